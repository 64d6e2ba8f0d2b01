/** Carries out the visitor's answer: releases, stops and forgets. */
import { CONSENT, decideConsent, hasPrivacySignal } from "./consent";
import type { Core } from "./core";
import { releaseHeld } from "./held";
import { readAnonymousId } from "./identity";
import { track } from "./methods";
import { describeConsent, touch } from "./record";
import { CONSENT_EVENT, tellRefusal } from "./refusal";
import { ANONYMOUS_ID } from "./store";
import { decodeJson } from "./text";
import type { ConsentDetails, ConsentPreferences } from "./types";

export const isBarred = ({ options }: Core) => options.respectDnt === true && hasPrivacySignal();

/** Finds the answer of an earlier visit; what a privacy signal now forbids to keep goes. */
export function restorePermission(core: Core): void {
  core.store.persist(true);
  core.answer = decodeJson<ConsentPreferences>(core.store.get(CONSENT));
  core.state = decideConsent(core.options, core.answer);
  if (isBarred(core)) core.store.clear();
  else if (core.state !== "granted") core.store.persist(false);
}

function grant(core: Core, preferences: ConsentPreferences): void {
  const { queue, store } = core;
  core.answer = preferences;
  if (core.state === "pending") {
    const heldId = store.get(ANONYMOUS_ID);
    releaseHeld(store, queue, (message, known) => {
      message.context.consent = describeConsent(core);
      if (known.anonymousId && message.anonymousId === heldId)
        message.anonymousId = readAnonymousId(store);
      if (known.session) message.context.session = touch(core).session;
    });
  } else if (core.state === "denied") {
    store.persist(true);
  }
  core.state = "granted";
  store.set(CONSENT, JSON.stringify(preferences));
  core.sender.notice();
}

/** Forgets the visitor; of a no that is kept, the answer alone stays in the browser. */
function refuse(core: Core, preferences: ConsentPreferences, isKept: boolean): void {
  const { store } = core;
  core.answer = preferences;
  core.state = "denied";
  const kept = isKept && !isBarred(core) ? CONSENT : undefined;
  if (kept) {
    store.persist(true);
    // Written before the rest goes, so that other tabs see one change, from yes to no.
    store.set(kept, JSON.stringify(preferences));
  }
  store.clear(kept);
}

function carryOut(core: Core, preferences: ConsentPreferences, keepsNo: boolean): void {
  if (decideConsent(core.options, preferences) === "granted") grant(core, preferences);
  else refuse(core, preferences, keepsNo);
  core.emit("consent", preferences);
}

/**
 * An answer of the person in front of this page.
 *
 * Where silence counts as a yes, a no has to be kept, or it would not hold on the next page. Where
 * consent is required it is kept only if something would follow from forgetting it: the banner
 * would ask again on every page, or the server would be told again.
 */
export function takeAnswer(
  core: Core,
  preferences: ConsentPreferences,
  details: ConsentDetails = {},
): void {
  const { answer, options } = core;
  // Consent tools repeat the answer on every page; who presses a button means it anew.
  if (details.how !== "banner" && JSON.stringify(preferences) === JSON.stringify(answer)) return;
  const properties = { how: "api", ...details };
  const isNo = decideConsent(options, preferences) === "denied";
  const isTold = isNo && tellRefusal(core, preferences, properties);
  const matters = options.consent !== "required" || options.banner === "auto";
  carryOut(core, preferences, matters || isTold || answer !== null);
  if (!isNo) track(core, CONSENT_EVENT, properties);
}

/** An answer given in another tab holds here too, and so does one taken back there. */
export function followAnswer(core: Core, event: StorageEvent): void {
  if (event.key !== null && event.key !== core.prefix + CONSENT) return;
  const theirs = decodeJson<ConsentPreferences>(event.newValue);
  if (theirs && event.newValue !== JSON.stringify(core.answer)) carryOut(core, theirs, true);
  if (!theirs && core.options.consent === "required" && core.state === "granted")
    carryOut(core, { analytics: false }, false);
}
