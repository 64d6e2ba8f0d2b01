/** Who the visitor is, as far as this browser knows. */
import { REFERRER } from "./context";
import { endSession } from "./session";
import { ANONYMOUS_ID, type Store } from "./store";
import { decodeJson, encodeJson, makeId } from "./text";
import type { Properties } from "./types";

export const USER = "user";
export const GROUP = "group";

export interface Known {
  id: string | null;
  traits: Properties;
  signature?: string | undefined;
}

export function readKnown(store: Store, key: typeof USER | typeof GROUP): Known {
  return decodeJson<Known>(store.get(key)) ?? { id: null, traits: {} };
}

/** The anonymous id, made when it is first asked for. */
export function readAnonymousId(store: Store): string {
  const known = store.get(ANONYMOUS_ID);
  if (known) return known;
  const id = makeId();
  store.set(ANONYMOUS_ID, id);
  return id;
}

/**
 * Notes the user. Another one than before is another person on the same device: the anonymous id
 * and the session of the one before do not pass on.
 */
export function noteUser(
  store: Store,
  id: string | null,
  traits: Properties,
  signature?: string,
): void {
  const before = readKnown(store, USER);
  const changed = id !== null && before.id !== null && id !== before.id;
  if (changed) {
    store.remove(ANONYMOUS_ID);
    endSession(store);
  }
  const kept: Known = changed ? { id, traits: {} } : before;
  const user: Known = {
    id: id ?? before.id,
    traits: { ...kept.traits, ...traits },
    signature: signature ?? kept.signature,
  };
  store.set(USER, encodeJson(user));
}

export function noteGroup(store: Store, id: string, traits: Properties): void {
  const before = readKnown(store, GROUP);
  const kept = before.id === id ? before.traits : {};
  store.set(GROUP, encodeJson({ id, traits: { ...kept, ...traits } }));
}

export function forgetVisitor(store: Store): void {
  for (const key of [USER, GROUP, ANONYMOUS_ID, REFERRER]) store.remove(key);
  endSession(store);
}
