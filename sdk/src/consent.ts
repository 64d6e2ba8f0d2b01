/** May this SDK work? */
import type { ConsentPreferences, ConsentState, LoadOptions } from "./types";

export const CONSENT = "consent";

/** Global Privacy Control or Do-Not-Track, as this browser says it. */
export function hasPrivacySignal(): boolean {
  const { globalPrivacyControl } = navigator as Navigator & { globalPrivacyControl?: boolean };
  return globalPrivacyControl === true || navigator.doNotTrack === "1";
}

/** The privacy signal, where it counts, stands above any answer; no answer is not a yes. */
export function decideConsent(
  options: Pick<LoadOptions, "consent" | "respectDnt">,
  answer: ConsentPreferences | null,
): ConsentState {
  if (options.respectDnt && hasPrivacySignal()) return "denied";
  if (answer) return answer.analytics === true ? "granted" : "denied";
  return options.consent === "required" ? "pending" : "granted";
}
