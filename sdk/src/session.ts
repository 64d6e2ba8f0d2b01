/** Sessions: 30 minutes of silence or 24 hours of age end one; all tabs share it. */
import type { Store } from "./store";
import { decodeJson, makeId } from "./text";

export const SESSION = "session";
export const SESSION_IDLE_MS = 1_800_000;
export const SESSION_MS_MAX = 86_400_000;

export type Campaign = Record<string, string>;

interface Session {
  id: string;
  number: number;
  startedAt: number;
  seenAt: number;
  /** What brought the visitor, for all events of the session, also after the address changed. */
  campaign: Campaign | null;
}

export interface SessionTouch {
  session: { id: string; number: number; isNew: boolean };
  campaign: Campaign | null;
}

export interface SessionLimits {
  idleMs: number;
  ageMs: number;
}

/** Notes activity now; begins a session where there is none or the last one is over. */
export function touchSession(
  store: Store,
  now: number,
  limits: SessionLimits,
  campaign: Campaign | null,
): SessionTouch {
  const last = decodeJson<Session>(store.get(SESSION));
  const goesOn =
    last !== null && now - last.seenAt <= limits.idleMs && now - last.startedAt <= limits.ageMs;
  const session: Session = goesOn
    ? last
    : {
        id: makeId(),
        number: (last?.number || 0) + 1,
        startedAt: now,
        seenAt: now,
        campaign: null,
      };
  session.seenAt = now;
  session.campaign = campaign ?? session.campaign;
  store.set(SESSION, JSON.stringify(session));
  const { id, number } = session;
  return { session: { id, number, isNew: !goesOn }, campaign: session.campaign };
}

/** A new visitor: counting starts again. */
export function endSession(store: Store): void {
  store.remove(SESSION);
}
