/** Carries out the visitor's answer: releases, stops and forgets. */
import { CONSENT, decideConsent, hasPrivacySignal } from "./consent";
import type { Core } from "./core";
import { releaseHeld } from "./held";
import { readAnonymousId } from "./identity";
import { describeConsent, touch } from "./record";
import { ANONYMOUS_ID } from "./store";
import { decodeJson } from "./text";
import type { ConsentPreferences } from "./types";

const isBarred = ({ options }: Core) => options.respectDnt === true && hasPrivacySignal();

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
  } else {
    store.persist(true);
  }
  core.state = "granted";
  store.set(CONSENT, JSON.stringify(preferences));
  core.sender.notice();
}

function refuse(core: Core, preferences: ConsentPreferences): void {
  const { options, store } = core;
  core.answer = preferences;
  core.state = "denied";
  store.clear();
  // Where silence counts as a yes, the no has to be remembered; elsewhere nothing stays.
  if (options.consent === "required" || isBarred(core)) return;
  store.persist(true);
  store.set(CONSENT, JSON.stringify(preferences));
  store.persist(false);
}

export function applyAnswer(core: Core, preferences: ConsentPreferences): void {
  if (decideConsent(core.options, preferences) === "granted") grant(core, preferences);
  else refuse(core, preferences);
  core.emit("consent", preferences);
}

/** An answer given in another tab holds here too, and so does one taken back there. */
export function followAnswer(core: Core, event: StorageEvent): void {
  if (event.key !== null && event.key !== core.prefix + CONSENT) return;
  const theirs = decodeJson<ConsentPreferences>(event.newValue);
  if (theirs && event.newValue !== JSON.stringify(core.answer)) applyAnswer(core, theirs);
  if (!theirs && core.options.consent === "required" && core.state === "granted")
    applyAnswer(core, { analytics: false });
}
