import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { load } from "../src/index";
import type { Analytics, ConsentPreferences, LoadOptions } from "../src/types";
import { FakeBrowser } from "./browser";

const EVENT = "Consent Preference Updated";
const ANSWER = "kizuna.wk.consent";
const YES = { analytics: true };
const NO = { analytics: false };

let browser: FakeBrowser;
let warn: MockInstance;

const start = (options: Partial<LoadOptions> = {}): Analytics =>
  load({ writeKey: "wk", host: "https://kizuna.example", ...options });
const required = { consent: "required" } as const;
const stored = () => Object.keys(browser.localStorage);
const told = () => browser.delivered.filter(({ event }) => event === EVENT);
/** Lets a message that goes past the queue arrive. */
const arrive = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 5, 9) });
  browser = new FakeBrowser();
  browser.install();
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("a yes", () => {
  it("is one event that says what was agreed to, under which words and how", async () => {
    const analytics = start(required);
    const answer: ConsentPreferences = { analytics: true, marketing: false };
    analytics.consent(answer, { version: 3, language: "ja", how: "banner" });
    await analytics.flush();
    expect(told()).toHaveLength(1);
    expect(told()[0]).toMatchObject({
      type: "track",
      properties: { version: 3, language: "ja", how: "banner" },
      context: { consent: { categoryPreferences: answer } },
      anonymousId: analytics.user().anonymousId(),
    });
  });

  it("that a consent tool repeats on every page is told once", async () => {
    for (let page = 0; page < 3; page++) {
      const analytics = start(required);
      analytics.consent(YES);
      await analytics.flush();
    }
    expect(told().map(({ properties }) => properties)).toEqual([{ how: "api" }]);
  });

  it("given again in the banner is told again: the words may be others", async () => {
    const analytics = start(required);
    analytics.consent(YES, { version: 3, how: "banner" });
    analytics.consent(YES, { version: 4, how: "banner" });
    await analytics.flush();
    expect(told().map(({ properties }) => (properties as { version: number }).version)).toEqual([
      3, 4,
    ]);
  });

  it("goes on every later event with all its purposes", async () => {
    const analytics = start(required);
    analytics.consent({ ...YES, personalisation: true });
    analytics.consent({ ...YES, personalisation: false });
    analytics.track("A");
    await analytics.flush();
    expect(told()).toHaveLength(2);
    expect(browser.delivered[2]).toMatchObject({
      event: "A",
      context: { consent: { categoryPreferences: { analytics: true, personalisation: false } } },
    });
  });

  it("repeated where storage is blocked costs no event", async () => {
    const { localStorage } = browser;
    vi.stubGlobal("localStorage", undefined);
    const analytics = start(required);
    analytics.consent(YES);
    analytics.track("A");
    analytics.consent({ ...YES, marketing: true });
    await analytics.flush();
    vi.stubGlobal("localStorage", localStorage);
    expect(browser.delivered.map(({ event }) => event)).toEqual([EVENT, "A", EVENT]);
  });
});

describe("a no", () => {
  it("of a visitor who never agreed is neither sent nor kept", async () => {
    const analytics = start(required);
    analytics.track("A");
    analytics.consent(NO);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(browser.sent).toEqual([]);
    expect(stored()).toEqual([]);
  });

  it("of a known user is sent once, with nothing of the page or the device", async () => {
    const analytics = start(required);
    analytics.identify("ada", { email: "ada@shop.example" }, { signature: "ab12" });
    analytics.consent({ analytics: false, marketing: true }, { version: 3, how: "banner" });
    await arrive();
    expect(browser.delivered).toEqual([
      {
        type: "track",
        event: EVENT,
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        timestamp: "2026-01-05T09:00:00.000Z",
        userId: "ada",
        properties: { version: 3, how: "banner" },
        context: {
          consent: { categoryPreferences: { analytics: false, marketing: true } },
          user_signature: "ab12",
        },
      },
    ]);
    expect(stored()).toEqual([ANSWER]);
  });

  it("of a known user is not told from every page, whatever a consent tool repeats", async () => {
    for (let page = 0; page < 4; page++) {
      const analytics = start(required);
      analytics.identify("ada");
      analytics.consent(NO);
      await arrive();
    }
    expect(browser.delivered).toHaveLength(1);
  });

  it("that takes a yes back is sent once, for the visitor the server knows", async () => {
    const analytics = start(required);
    analytics.consent(YES);
    const anonymousId = analytics.user().anonymousId();
    await analytics.flush();
    browser.sent.length = 0;
    analytics.consent(NO);
    analytics.consent(NO);
    analytics.track("After");
    await vi.advanceTimersByTimeAsync(600_000);
    expect(browser.delivered).toHaveLength(1);
    expect(browser.delivered[0]).toMatchObject({ anonymousId, event: EVENT });
    expect(browser.sent[0]?.keepalive).toBe(true);
    expect(stored()).toEqual([ANSWER]);
    expect(start(required).consent()).toEqual(NO);
  });

  it("is sent where silence was a yes, and not where nothing was recorded yet", async () => {
    start().consent(NO);
    await arrive();
    expect(browser.sent).toEqual([]);
    browser.localStorage.clear();
    const analytics = start();
    analytics.track("A");
    analytics.consent(NO);
    await arrive();
    expect(browser.delivered.map(({ event }) => event)).toEqual([EVENT]);
  });

  it("is tried again from memory when the network or the server fails, and then given up", async () => {
    browser.replies.push("no network", { status: 503, headers: { "Retry-After": "7" } });
    const analytics = start(required);
    analytics.identify("ada");
    analytics.consent(NO);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(browser.sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(browser.delivered).toHaveLength(1);
    expect(stored()).toEqual([ANSWER]);
  });

  it("is kept where the banner would ask again on every page", () => {
    start({ ...required, banner: "off" }).consent(NO);
    expect(stored()).toEqual([]);
    browser.localStorage.setItem(ANSWER, JSON.stringify(YES));
    start({ ...required, banner: "auto" }).consent(NO);
    expect(stored()).toEqual([ANSWER]);
    expect(start(required).consent()).toEqual(NO);
  });

  it("is neither sent nor kept under a privacy signal that is respected", async () => {
    browser.navigator.globalPrivacyControl = true;
    const analytics = start({ ...required, banner: "auto", respectDnt: true });
    analytics.identify("ada");
    analytics.consent(NO);
    analytics.showConsent();
    await arrive();
    expect(browser.sent).toEqual([]);
    expect(stored()).toEqual([]);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});

describe("another tab", () => {
  const hear = (newValue: string | null) =>
    browser.window.dispatchEvent(Object.assign(new Event("storage"), { key: ANSWER, newValue }));

  it("follows an answer without telling it again or writing it anew", async () => {
    const analytics = start({ ...required, banner: "auto" });
    analytics.track("A");
    const write = vi.spyOn(browser.localStorage, "setItem");
    const no = '{"analytics":false,"marketing":true}';
    browser.localStorage[ANSWER] = no;
    hear(no);
    await arrive();
    expect(analytics.consent()).toEqual({ analytics: false, marketing: true });
    expect(browser.localStorage[ANSWER]).toBe(no);
    expect(write.mock.calls.filter(([, value]) => value !== no)).toEqual([]);
    expect(browser.sent).toEqual([]);
  });

  it("that clears the storage ends a yes, and leaves no answer behind", () => {
    const analytics = start({ ...required, banner: "auto" });
    analytics.consent(YES);
    browser.localStorage.clear();
    hear(null);
    expect(analytics.consent()).toEqual(NO);
    expect(stored()).toEqual([]);
  });
});
