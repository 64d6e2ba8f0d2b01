import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createAnalytics } from "../src/analytics";
import { load } from "../src/index";
import { CONSENT_EVENT } from "../src/refusal";
import type { Analytics, LoadOptions, Message } from "../src/types";
import { FakeBrowser } from "./browser";

let browser: FakeBrowser;
let analytics: Analytics;
let messages: Message[];

function start(options: Partial<LoadOptions> = {}): Analytics {
  analytics = load({ writeKey: "wk", host: "https://kizuna.example/", ...options });
  analytics.on("message", (message) => messages.push(message));
  return analytics;
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 5, 9) });
  messages = [];
  browser = new FakeBrowser();
  browser.install();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const stored = () => Object.keys(browser.localStorage);

describe("messages", () => {
  it("carry what the tracking API asks for", async () => {
    browser.visit("https://shop.example/cart?utm_source=line&utm_campaign=spring#token=secret");
    start().track("Order Completed", { total: 3980, currency: "JPY" });
    await analytics.flush();
    expect(browser.sent[0]?.url).toBe("https://kizuna.example/v1/batch");
    expect(browser.delivered[0]).toMatchObject({
      type: "track",
      event: "Order Completed",
      properties: { total: 3980, currency: "JPY" },
      timestamp: "2026-01-05T09:00:00.000Z",
      anonymousId: analytics.user().anonymousId(),
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      context: {
        campaign: { source: "line", name: "spring" },
        library: { name: "@kizuna/browser", version: "0.0.0-test" },
        locale: "ja-JP",
        page: {
          path: "/cart",
          referrer: "",
          search: "?utm_source=line&utm_campaign=spring",
          title: "Shop",
          url: "https://shop.example/cart?utm_source=line&utm_campaign=spring",
        },
        screen: { width: 1280, height: 720, density: 2 },
        session: { id: expect.any(String), number: 1, isNew: true },
        userAgent: "Test/1.0",
      },
    });
    expect(browser.delivered[0]).not.toHaveProperty("userId");
  });

  it("take the caller's time, id, context and integrations", () => {
    start().track(
      "A",
      {},
      {
        timestamp: new Date(Date.UTC(2025, 11, 31)),
        messageId: "mine",
        context: { ip: "0.0.0.0" },
        integrations: { All: false },
      },
    );
    expect(messages[0]).toMatchObject({
      messageId: "mine",
      timestamp: "2025-12-31T00:00:00.000Z",
      context: { ip: "0.0.0.0" },
      integrations: { All: false },
    });
  });

  it("keep the time of now when the given one is none", () => {
    start().track("A", {}, { timestamp: "yesterday" });
    expect(messages[0]?.timestamp).toBe("2026-01-05T09:00:00.000Z");
  });

  it("describe pages, with name and category", () => {
    start().page("Docs", "Index", { lang: "ja" });
    analytics.page("Home");
    analytics.page();
    expect(messages[0]).toMatchObject({
      name: "Index",
      category: "Docs",
      properties: { name: "Index", category: "Docs", lang: "ja", path: "/" },
    });
    expect(messages[1]).toMatchObject({ name: "Home" });
    expect(messages[1]).not.toHaveProperty("category");
    expect(messages[2]?.properties).toMatchObject({ url: "https://shop.example/", title: "Shop" });
  });

  it("are answered by a callback", () => {
    const done = vi.fn();
    start().track("A", done);
    analytics.identify("u1", {}, {}, done);
    expect(done.mock.calls.map(([message]) => message.type)).toEqual(["track", "identify"]);
  });

  it("never stop the page, whatever is in them", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const drops: string[] = [];
    start().on("drop", ({ reason }) => drops.push(reason));
    analytics.track("A", circle);
    analytics.track("A", { text: "x".repeat(40_000) });
    analytics.track("");
    analytics.ready(() => {
      throw new Error("theirs");
    });
    analytics.on("message", () => {
      throw new Error("theirs too");
    });
    analytics.track("B", { half: "\ud83d" });
    expect(drops).toEqual(["not_json", "too_large"]);
    expect(messages).toHaveLength(1);
    expect(warn).toHaveBeenCalledTimes(5);
    warn.mockRestore();
  });
});

describe("identity", () => {
  it("keeps the visitor over loads", () => {
    const id = start().user().anonymousId();
    analytics.identify("ada", { plan: "pro" });
    analytics.identify({ city: "Kyoto" });
    expect(start().user().anonymousId()).toBe(id);
    expect(analytics.user().id()).toBe("ada");
    expect(analytics.user().traits()).toEqual({ plan: "pro", city: "Kyoto" });
  });

  it("sends the given traits alone, so that old ones do not overwrite newer ones elsewhere", () => {
    start().identify(7, { plan: "pro" });
    analytics.identify({ city: "Kyoto" });
    expect(messages[1]).toMatchObject({ userId: "7", traits: { city: "Kyoto" } });
    expect(messages[1]?.traits).not.toHaveProperty("plan");
  });

  it("carries the signature on every event of that user", () => {
    start().identify("ada", {}, { signature: "ab12" });
    analytics.track("A");
    analytics.identify("ben");
    expect(messages.map(({ context }) => context.user_signature)).toEqual([
      "ab12",
      "ab12",
      undefined,
    ]);
  });

  it("does not let another user inherit the anonymous id and the session", () => {
    start().track("A");
    analytics.identify("ada", { plan: "pro" });
    analytics.identify("ben");
    const [before, ada, ben] = messages;
    expect(ada?.anonymousId).toBe(before?.anonymousId);
    expect(ben?.anonymousId).not.toBe(ada?.anonymousId);
    expect(ben?.context.session).toMatchObject({ number: 1, isNew: true });
    expect(analytics.user().traits()).toEqual({});
  });

  it("forgets on reset", () => {
    start().identify("ada");
    analytics.group("acme", { plan: "team" });
    const id = analytics.user().anonymousId();
    analytics.reset();
    analytics.track("A");
    expect(analytics.user().id()).toBeNull();
    expect(analytics.group().id()).toBeNull();
    expect(messages[messages.length - 1]?.anonymousId).not.toBe(id);
    expect(messages[messages.length - 1]).not.toHaveProperty("userId");
    expect(messages[messages.length - 1]?.context).not.toMatchObject({ groupId: "acme" });
  });

  it("names the group on later events", () => {
    start().group("acme", { plan: "team" });
    analytics.track("A");
    expect(messages[0]).toMatchObject({ type: "group", groupId: "acme", traits: { plan: "team" } });
    expect(messages[1]?.context.groupId).toBe("acme");
    expect(analytics.group().traits()).toEqual({ plan: "team" });
  });

  it("links by alias, but nobody to themselves", () => {
    start();
    const id = analytics.user().anonymousId();
    analytics.alias("ada");
    analytics.alias("new", "old");
    analytics.alias("ada", "ada");
    expect(messages.map(({ userId, previousId }) => [userId, previousId])).toEqual([
      ["ada", id],
      ["new", "old"],
    ]);
  });

  it("shares the anonymous id by cookie where asked", () => {
    const id = start({ cookieDomain: ".example" }).user().anonymousId();
    expect(browser.document.cookie).toContain(`kizuna_anonymous_id=${id};Domain=.example;Path=/`);
    expect(browser.document.cookie).toContain("SameSite=Lax;Secure");
    browser.localStorage.clear();
    expect(start({ cookieDomain: ".example" }).user().anonymousId()).toBe(id);
  });
});

describe("consent required", () => {
  const required = { consent: "required" } as const;

  it("stores and sends nothing before the answer", async () => {
    start({ ...required, cookieDomain: ".example" });
    analytics.identify("ada");
    analytics.track("A");
    await analytics.flush();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(stored()).toEqual([]);
    expect(browser.document.cookie).toBe("");
    expect(browser.sent).toEqual([]);
  });

  it("replays held calls with the answer and the time they were made", async () => {
    start(required).track("A");
    vi.advanceTimersByTime(10_000);
    analytics.identify("ada");
    analytics.consent({ analytics: true, marketing: false });
    analytics.track("B");
    await analytics.flush();
    expect(browser.delivered.map(({ type, timestamp }) => [type, timestamp])).toEqual([
      ["track", "2026-01-05T09:00:00.000Z"],
      ["identify", "2026-01-05T09:00:10.000Z"],
      ["track", "2026-01-05T09:00:10.000Z"],
      ["track", "2026-01-05T09:00:10.000Z"],
    ]);
    for (const { context, anonymousId } of browser.delivered as unknown as Message[]) {
      expect(context.consent).toEqual({
        categoryPreferences: { analytics: true, marketing: false },
      });
      expect(anonymousId).toBe(analytics.user().anonymousId());
    }
    expect(browser.delivered.map((event) => (event as never as Message).context.session)).toEqual([
      expect.objectContaining({ number: 1, isNew: true }),
      expect.objectContaining({ number: 1, isNew: false }),
      expect.objectContaining({ number: 1, isNew: false }),
      expect.objectContaining({ number: 1, isNew: false }),
    ]);
    expect(analytics.user().id()).toBe("ada");
  });

  it("takes over the identity another tab made in the meantime", async () => {
    start(required);
    const other = analytics;
    start(required).track("A");
    other.consent({ analytics: true });
    other.track("B");
    const id = other.user().anonymousId();
    analytics.consent({ analytics: true });
    await analytics.flush();
    expect(new Set(browser.delivered.map(({ anonymousId }) => anonymousId))).toEqual(new Set([id]));
    expect(browser.delivered).toHaveLength(4);
  });

  it("remembers the yes", () => {
    start(required).consent({ analytics: true });
    start(required).track("A");
    expect(analytics.consent()).toEqual({ analytics: true });
    expect(stored().some((key) => key.startsWith("kizuna.wk.e."))).toBe(true);
  });

  it("drops held calls after a no, and keeps no trace of it", async () => {
    start(required).track("A");
    analytics.consent({ analytics: false });
    analytics.track("B");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(browser.sent).toEqual([]);
    expect(stored()).toEqual([]);
    expect(messages).toHaveLength(1);
  });

  it("clears everything when the yes is taken back, and starts anew after another one", async () => {
    start({ ...required, cookieDomain: ".example" }).consent({ analytics: true });
    analytics.identify("ada");
    const id = analytics.user().anonymousId();
    analytics.consent({ analytics: false });
    expect(stored()).toEqual(["kizuna.wk.consent"]);
    expect(browser.localStorage.getItem("kizuna.wk.consent")).toBe('{"analytics":false}');
    expect(browser.document.cookie).toContain("kizuna_anonymous_id=;");
    browser.sent.length = 0;
    analytics.consent({ analytics: true });
    analytics.track("A");
    await analytics.flush();
    expect(browser.delivered.map(({ event }) => event)).toEqual([CONSENT_EVENT, "A"]);
    expect(browser.delivered[1]).not.toHaveProperty("userId");
    expect(analytics.user().anonymousId()).not.toBe(id);
  });

  it("holds no more than the bound", async () => {
    start({ ...required, queueEventsMax: 5 });
    for (let n = 0; n < 9; n++) analytics.track(`E${n}`);
    analytics.consent({ analytics: true });
    await analytics.flush();
    expect(browser.delivered.map(({ event }) => event)).toEqual([
      "E5",
      "E6",
      "E7",
      "E8",
      CONSENT_EVENT,
    ]);
  });

  it("follows an answer given in another tab", () => {
    start(required).track("A");
    const tell = (newValue: string | null) =>
      browser.window.dispatchEvent(
        Object.assign(new Event("storage"), { key: "kizuna.wk.consent", newValue }),
      );
    tell('{"analytics":true}');
    expect(stored()).not.toEqual([]);
    tell(null);
    expect(stored()).toEqual([]);
  });
});

describe("consent implied", () => {
  it("remembers a no, and nothing else", () => {
    start().track("A");
    analytics.consent({ analytics: false });
    expect(stored()).toEqual(["kizuna.wk.consent"]);
    start().track("B");
    expect(stored()).toEqual(["kizuna.wk.consent"]);
    expect(messages).toHaveLength(1);
  });

  it("does nothing under a privacy signal that is respected", async () => {
    start().track("A");
    browser.navigator.globalPrivacyControl = true;
    start({ respectDnt: true }).track("B");
    analytics.consent({ analytics: true });
    analytics.track("C");
    await analytics.flush();
    expect(stored()).toEqual([]);
    expect(browser.sent).toEqual([]);
  });
});

describe("around", () => {
  it("lets plug-ins listen and call", () => {
    const seen: string[] = [];
    start().use((running) => {
      running.on("session", ({ number }) => seen.push(`session ${number}`));
      running.on("message", ({ type }) => seen.push(type));
      running.track("From the plug-in");
    });
    expect(seen).toEqual(["session 1", "track"]);
  });

  it("stops telling who turned away", () => {
    const listener = vi.fn();
    start().on("message", listener);
    analytics.off("message", listener);
    analytics.track("A");
    expect(listener).not.toHaveBeenCalled();
  });

  it("makes early calls good with their time", () => {
    const { analytics: fresh, replay } = createAnalytics({ writeKey: "wk", host: "" });
    fresh.on("message", (message) => messages.push(message));
    replay(Object.assign(["track", "Early"], { t: Date.UTC(2026, 0, 5, 8) }));
    replay(["noSuchCall", 1]);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ event: "Early", timestamp: "2026-01-05T08:00:00.000Z" });
  });

  it("takes every call on a server that renders pages, and does nothing", () => {
    vi.unstubAllGlobals();
    start({ pageViews: "spa" });
    analytics.page();
    analytics.identify("ada");
    analytics.consent({ analytics: true });
    analytics.track("A");
    expect(messages).toEqual([]);
    expect(analytics.user().id()).toBeNull();
  });
});
