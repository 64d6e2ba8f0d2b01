import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { decideConsent } from "../src/consent";
import { FakeBrowser } from "./browser";

let browser: FakeBrowser;

beforeEach(() => {
  browser = new FakeBrowser();
  browser.install();
});
afterEach(() => vi.unstubAllGlobals());

const YES = { analytics: true };
const NO = { analytics: false };

it.each([
  ["required", null, "pending"],
  ["required", YES, "granted"],
  ["required", NO, "denied"],
  ["implied", null, "granted"],
  ["implied", YES, "granted"],
  ["implied", NO, "denied"],
] as const)("%s with the answer %j is %s", (consent, answer, state) => {
  expect(decideConsent({ consent }, answer)).toBe(state);
});

describe("a privacy signal", () => {
  it.each([
    [
      "Global Privacy Control",
      () => {
        browser.navigator.globalPrivacyControl = true;
      },
    ],
    [
      "Do-Not-Track",
      () => {
        browser.navigator.doNotTrack = "1";
      },
    ],
  ])("%s stands above a yes where it is respected", (_name, arrange) => {
    arrange();
    expect(decideConsent({ respectDnt: true }, YES)).toBe("denied");
    expect(decideConsent({}, YES)).toBe("granted");
  });
});
