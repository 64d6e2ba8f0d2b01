/** From a call to a message in the queue. */
import type { Call } from "./calls";
import { parseCampaign, readDevice, readPage, readReferrer } from "./context";
import type { Core } from "./core";
import { GROUP, readAnonymousId, readKnown, USER } from "./identity";
import { SESSION_IDLE_MS, SESSION_MS_MAX, type SessionTouch, touchSession } from "./session";
import { countBytes, encodeJson, makeId } from "./text";
import type { CallOptions, Message, MessageType, Properties } from "./types";

/** The server refuses a longer event. */
const EVENT_BYTES_MAX = 32_768;

/** Notes activity in the session, which begins here if there is none. */
export function touch(core: Core): SessionTouch {
  const { sessionIdleMs, sessionMaxMs } = core.options;
  const limits = {
    idleMs: sessionIdleMs ?? SESSION_IDLE_MS,
    ageMs: sessionMaxMs ?? SESSION_MS_MAX,
  };
  const campaign = parseCampaign(location.search);
  const touched = touchSession(core.store, Date.now(), limits, campaign);
  const { id, number, isNew } = touched.session;
  if (isNew) core.emit("session", { id, number });
  return touched;
}

export function describeConsent({ answer }: Pick<Core, "answer">): Properties | undefined {
  return answer ? { categoryPreferences: answer } : undefined;
}

function buildContext(core: Core, given: CallOptions): Properties {
  const { session, campaign } = touch(core);
  return {
    ...readDevice(),
    page: readPage(core.referrer),
    campaign: campaign ?? undefined,
    referrer: readReferrer(core.store),
    session,
    consent: describeConsent(core),
    groupId: readKnown(core.store, GROUP).id ?? undefined,
    user_signature: readKnown(core.store, USER).signature,
    ...given.context,
  };
}

function formatTime(given: CallOptions["timestamp"], now: number): string {
  const time = new Date(given ?? now);
  return (Number.isNaN(time.getTime()) ? new Date(now) : time).toISOString();
}

function encodeMessage(core: Core, message: Message): string | null {
  let json: string;
  try {
    json = encodeJson(message);
  } catch (error) {
    core.warn(`A ${message.type} call cannot be written as JSON and was dropped.`, error);
    core.emit("drop", { events: 1, reason: "not_json" });
    return null;
  }
  if (countBytes(json) <= EVENT_BYTES_MAX) return json;
  core.warn(`A ${message.type} call is over 32 KB and was dropped.`);
  core.emit("drop", { events: 1, reason: "too_large" });
  return null;
}

/** Queues one message; after a refusal nothing is recorded, not even in memory. */
export function record(core: Core, type: MessageType, fields: Partial<Message>, call: Call): void {
  const { options: given, done } = call;
  const userId = fields.userId ?? readKnown(core.store, USER).id;
  const message: Message = {
    type,
    messageId: given.messageId ?? makeId(),
    timestamp: formatTime(given.timestamp, core.replayedAt ?? Date.now()),
    anonymousId: given.anonymousId ?? readAnonymousId(core.store),
    ...(userId && { userId }),
    ...fields,
    context: buildContext(core, given),
    ...(given.integrations && { integrations: given.integrations }),
  };
  const json = encodeMessage(core, message);
  if (json === null) return;
  const dropped = core.queue.add(json);
  if (dropped) core.emit("drop", { events: dropped, reason: "full" });
  if (core.state === "granted") core.sender.notice();
  core.emit("message", message);
  done?.(message);
}
