import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueue, LEASE_MS, QUEUE_BYTES_MAX, type Queue } from "../src/queue";
import { createStore, type Store } from "../src/store";
import { FakeBrowser } from "./browser";

const ANY = Number.POSITIVE_INFINITY;
let browser: FakeBrowser;
let store: Store;
let queue: Queue;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 5, 9) });
  browser = new FakeBrowser();
  browser.install();
  store = createStore("k.");
  store.persist(true);
  queue = createQueue(store, 100);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const openTab = () => {
  const other = createStore("k.");
  other.persist(true);
  return createQueue(other, 100);
};

it("gives events back in the order they came", () => {
  const texts = Array.from({ length: 50 }, (_, n) => `{"n":${n}}`);
  for (const [n, text] of texts.entries()) {
    queue.add(text);
    if (n % 7 === 0) vi.advanceTimersByTime(13);
  }
  expect(queue.take(ANY, ANY).texts).toEqual(texts);
});

it("shares events over tabs and survives a reload", () => {
  queue.add('{"tab":1}');
  vi.advanceTimersByTime(1);
  const other = openTab();
  other.add('{"tab":2}');
  expect(openTab().take(ANY, ANY).texts).toEqual(['{"tab":1}', '{"tab":2}']);
  expect(other.take(ANY, ANY, 1000).texts).toEqual(['{"tab":2}']);
  vi.advanceTimersByTime(1000);
  expect(other.take(ANY, ANY, 1000).texts).toEqual(['{"tab":1}', '{"tab":2}']);
});

describe("bounds", () => {
  it("drops the oldest when there are too many", () => {
    for (let n = 0; n < 100; n++) expect(queue.add(`${n}`)).toBe(0);
    expect(queue.add("100")).toBe(1);
    const { texts } = queue.take(ANY, ANY);
    expect(texts).toHaveLength(100);
    expect(texts[0]).toBe("1");
  });

  it("drops the oldest when they weigh too much", () => {
    const heavy = `"${"絆".repeat(10_000)}"`;
    for (let n = 0; n < 60; n++) queue.add(heavy);
    const { bytes, keys } = queue.take(ANY, ANY);
    expect(bytes).toBeLessThanOrEqual(QUEUE_BYTES_MAX + keys.length);
    expect(keys).toHaveLength(33);
  });

  it("takes no more than asked for", () => {
    for (let n = 0; n < 10; n++) queue.add('"123456"');
    expect(queue.take(ANY, 3).keys).toHaveLength(3);
    expect(queue.take(27, ANY).keys).toHaveLength(3);
  });
});

describe("claims", () => {
  it("hide events from other tabs until they are released", () => {
    queue.add("1");
    const claim = queue.claim(queue.list());
    expect(openTab().list()).toEqual([]);
    queue.release(claim);
    expect(openTab().list()).toHaveLength(1);
  });

  it("of a page that is gone run out", () => {
    queue.add("1");
    queue.claim(queue.list());
    vi.advanceTimersByTime(LEASE_MS - 1);
    expect(openTab().list()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(openTab().list()).toHaveLength(1);
  });

  it("from a clock that ran ahead do not hold for ever", () => {
    queue.add("1");
    vi.setSystemTime(Date.UTC(2027, 0, 1));
    queue.claim(queue.list());
    vi.setSystemTime(Date.UTC(2026, 0, 5, 9, 1));
    expect(openTab().list()).toHaveLength(1);
  });
});

describe("where storage throws", () => {
  const refuse = () => {
    throw new DOMException("full", "QuotaExceededError");
  };

  it("keeps events in memory", () => {
    browser.localStorage.setItem = refuse;
    queue.add("1");
    expect(queue.take(ANY, ANY).texts).toEqual(["1"]);
    expect(store.survives(queue.list()[0] ?? "")).toBe(false);
  });

  it("works without any localStorage", () => {
    vi.stubGlobal("localStorage", undefined);
    queue.add("1");
    queue.remove(queue.list());
    queue.add("2");
    expect(queue.take(ANY, ANY).texts).toEqual(["2"]);
  });
});
