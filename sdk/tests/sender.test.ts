import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueue, type Queue } from "../src/queue";
import { createSender, LEAVING_BYTES_MAX, type Sender } from "../src/sender";
import { createStore, type Store } from "../src/store";
import { FakeBrowser } from "./browser";

let browser: FakeBrowser;
let store: Store;
let queue: Queue;
let sender: Sender;
let allowed: boolean;
let signals: [string, unknown][];

function openTab(): void {
  store = createStore("k.");
  store.persist(true);
  queue = createQueue(store, 1000);
  sender = createSender(store, queue, {
    url: "https://kizuna.example/v1/batch",
    writeKey: "wk",
    flushAt: 3,
    flushIntervalMs: 5000,
    isAllowed: () => allowed,
    emit: (name, detail) => signals.push([name, detail]),
  });
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 5, 9) });
  vi.spyOn(Math, "random").mockReturnValue(1);
  allowed = true;
  signals = [];
  browser = new FakeBrowser();
  browser.install();
  openTab();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

let made = 0;
function add(count = 1): void {
  for (let n = 0; n < count; n++) {
    queue.add(JSON.stringify({ n: made++ }));
    sender.notice();
  }
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("batching", () => {
  it("waits for its time", async () => {
    add(2);
    await pass(4999);
    expect(browser.sent).toHaveLength(0);
    await pass(1);
    expect(browser.sent).toHaveLength(1);
    expect(browser.sent[0]?.batch).toHaveLength(2);
  });

  it("goes at once when enough waits", async () => {
    add(3);
    await pass(0);
    expect(browser.delivered).toHaveLength(3);
  });

  it("stays under the server's size, and sends the rest right after", async () => {
    const heavy = JSON.stringify({ text: "絆".repeat(10_000) });
    for (let n = 0; n < 20; n++) queue.add(heavy);
    await sender.flush();
    expect(browser.delivered).toHaveLength(20);
    expect(browser.sent.map(({ batch }) => batch.length)).toEqual([14, 6]);
    for (const { text } of browser.sent) expect(new Blob([text]).size).toBeLessThan(500_000);
  });

  it("says where and when it was sent", async () => {
    add();
    await sender.flush();
    expect(browser.sent[0]).toMatchObject({
      url: "https://kizuna.example/v1/batch",
      writeKey: "wk",
      sentAt: "2026-01-05T09:00:00.000Z",
    });
    expect(signals).toEqual([["sent", { events: 1 }]]);
  });

  it("does not send what consent forbids", async () => {
    allowed = false;
    add(3);
    await pass(60_000);
    sender.leave(true);
    expect(browser.sent).toHaveLength(0);
    expect(queue.isEmpty()).toBe(false);
  });
});

describe("after a failure", () => {
  it("tries again with growing pauses", async () => {
    browser.replies.push({ status: 500 }, { status: 503 }, { status: 408 });
    add();
    await sender.flush();
    await pass(5000);
    await pass(5000);
    expect(browser.replies).toHaveLength(0);
    expect(browser.sent).toHaveLength(0);
    await pass(5000);
    expect(browser.delivered).toHaveLength(1);
  });

  it("honours Retry-After, also after a reload", async () => {
    browser.replies.push({ status: 429, headers: { "Retry-After": "60" } });
    add();
    await sender.flush();
    openTab();
    sender.notice();
    await pass(59_000);
    expect(browser.sent).toHaveLength(0);
    await pass(6000);
    expect(browser.delivered).toHaveLength(1);
  });

  it("loses nothing to a network that comes and goes", async () => {
    browser.replies.push("no network", "no network");
    add(3);
    for (const delivered of [0, 0, 3]) {
      await pass(1);
      sender.wake();
      await pass(300);
      expect(browser.delivered).toHaveLength(delivered);
    }
  });

  it("drops what the server will never take", async () => {
    browser.replies.push({ status: 413 });
    add(2);
    await sender.flush();
    expect(queue.isEmpty()).toBe(true);
    expect(signals).toEqual([["drop", { events: 2, reason: "refused" }]]);
  });

  it("does not try while the browser is offline", async () => {
    browser.navigator.onLine = false;
    add(3);
    await pass(20_000);
    sender.leave(true);
    expect(browser.sent).toHaveLength(0);
    browser.navigator.onLine = true;
    sender.wake();
    await pass(0);
    expect(browser.delivered).toHaveLength(3);
  });

  it("finds the one event that the server stumbles over", async () => {
    vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
      const { batch } = JSON.parse(String(init.body)) as { batch: { poison?: boolean }[] };
      if (batch.some(({ poison }) => poison)) return new Response("", { status: 500 });
      for (const event of batch) browser.sent.push({ batch: [event] } as never);
      return new Response("{}");
    });
    queue.add('{"poison":true}');
    for (let n = 0; n < 9; n++) queue.add(`{"n":${n}}`);
    sender.notice();
    await pass(3_600_000);
    expect(browser.delivered).toHaveLength(9);
    expect(signals.filter(([name]) => name === "drop")).toEqual([
      ["drop", { events: 1, reason: "failing" }],
    ]);
  });

  it("never gives up an event because the network fails", async () => {
    browser.replies.push(...Array.from({ length: 40 }, () => "no network" as const));
    add();
    await pass(12 * 3_600_000);
    expect(browser.delivered).toHaveLength(1);
  });
});

describe("where tabs cannot take turns", () => {
  beforeEach(() => {
    browser.navigator.locks = undefined;
  });

  it("leaves fresh events of other tabs alone, but not for ever", async () => {
    queue.add('{"of":"a tab that is gone"}');
    openTab();
    sender.notice();
    await pass(9999);
    expect(browser.delivered).toHaveLength(0);
    await pass(5001);
    expect(browser.delivered).toHaveLength(1);
  });
});

describe("when the page goes away", () => {
  it("hands what waits to the browser", async () => {
    add(2);
    sender.leave(true);
    expect(queue.isEmpty()).toBe(true);
    await pass(0);
    expect(browser.sent[0]).toMatchObject({ keepalive: true });
    expect(browser.delivered).toHaveLength(2);
  });

  it("keeps within what browsers allow and leaves the rest stored", async () => {
    for (let n = 0; n < 20; n++) queue.add(JSON.stringify({ text: "x".repeat(10_000) }));
    sender.leave(true);
    await pass(0);
    expect(new Blob([browser.sent[0]?.text ?? ""]).size).toBeLessThanOrEqual(
      LEAVING_BYTES_MAX + 100,
    );
    expect(browser.delivered).toHaveLength(5);
    expect(queue.list()).toHaveLength(15);
  });

  it("does not send again what is under way", async () => {
    let finish: (response: Response) => void = () => {};
    vi.stubGlobal(
      "fetch",
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    add(3);
    sender.leave(true);
    expect(queue.isEmpty()).toBe(true);
    finish(new Response("{}"));
    await pass(0);
    expect(queue.isEmpty()).toBe(true);
  });

  it("trusts the browser with a request that it cut off to leave", async () => {
    browser.replies.push("no network");
    add(3);
    await pass(10);
    sender.leave(true);
    expect(queue.isEmpty()).toBe(true);
    await pass(60_000);
    expect(browser.sent).toHaveLength(0);
  });

  it("does not trust it with a request after failures", async () => {
    browser.replies.push("no network", "no network");
    add(3);
    await pass(5260);
    sender.leave(true);
    openTab();
    sender.notice();
    await pass(60_000);
    expect(browser.delivered).toHaveLength(3);
  });

  it("keeps what waits after any page's failure, until an attempt succeeds", async () => {
    browser.replies.push("no network");
    add();
    await pass(5100);
    openTab();
    add();
    sender.leave(true);
    expect(queue.list()).toHaveLength(2);
    await pass(5000);
    expect(browser.delivered).toHaveLength(2);
    add();
    sender.leave(true);
    expect(queue.isEmpty()).toBe(true);
  });

  it("takes back what came to nothing, if the page lives on", async () => {
    browser.replies.push("no network");
    add(2);
    sender.leave(true);
    await pass(0);
    expect(queue.list()).toHaveLength(2);
    await pass(10_000);
    expect(browser.delivered).toHaveLength(2);
  });

  it("uses a beacon where requests cannot outlive the page", async () => {
    vi.stubGlobal("Request", class {});
    add();
    sender.leave(true);
    expect(browser.navigator.sendBeacon).toHaveBeenCalledOnce();
    expect(queue.isEmpty()).toBe(true);
  });

  it("sends even during a pause what only memory holds", async () => {
    browser.replies.push({ status: 503 });
    browser.localStorage.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    add();
    await sender.flush();
    sender.leave(true);
    await pass(0);
    expect(browser.delivered).toHaveLength(1);
  });
});
