/** Tells the server of a no, so that it stops as well. */
import type { Core } from "./core";
import { readKnown, USER } from "./identity";
import { describeConsent } from "./record";
import { ANONYMOUS_ID } from "./store";
import { encodeJson, makeId } from "./text";
import type { ConsentPreferences, Message, Properties } from "./types";

/** Segment calls it "Segment Consent Preference Updated"; the server takes both. */
export const CONSENT_EVENT = "Consent Preference Updated";

/**
 * Sends the one message that follows a no, and returns whether it did.
 *
 * It goes only where the server can know the person: a user, or a visitor whose events it has
 * because of an earlier yes. A visitor who never agreed is unknown there, and stays so. The message
 * says who, what and when, and nothing of the page or the device.
 */
export function tellRefusal(
  core: Core,
  answer: ConsentPreferences,
  properties: Properties,
): boolean {
  const { id: userId, signature } = readKnown(core.store, USER);
  const anonymousId = core.state === "granted" ? core.store.get(ANONYMOUS_ID) : null;
  if (!userId && !anonymousId) return false;
  const message: Omit<Message, "anonymousId"> = {
    type: "track",
    event: CONSENT_EVENT,
    messageId: makeId(),
    timestamp: new Date(core.replayedAt ?? Date.now()).toISOString(),
    ...(userId && { userId }),
    ...(anonymousId && { anonymousId }),
    properties,
    context: { consent: describeConsent({ answer }), user_signature: signature },
  };
  void core.sender.tell(encodeJson(message));
  return true;
}
