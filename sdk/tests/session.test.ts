import { beforeEach, expect, it } from "vitest";
import { SESSION_IDLE_MS, SESSION_MS_MAX, touchSession } from "../src/session";
import { createStore, type Store } from "../src/store";

const START = Date.UTC(2026, 0, 5, 9);
const LIMITS = { idleMs: SESSION_IDLE_MS, ageMs: SESSION_MS_MAX };
let store: Store;

beforeEach(() => {
  store = createStore("s.");
});

const touch = (now: number, campaign: Record<string, string> | null = null) =>
  touchSession(store, now, LIMITS, campaign);

it("begins once and goes on while there is activity", () => {
  const first = touch(START).session;
  expect(first).toMatchObject({ number: 1, isNew: true });
  expect(touch(START + SESSION_IDLE_MS).session).toEqual({ ...first, isNew: false });
  expect(touch(START + 2 * SESSION_IDLE_MS).session.id).toBe(first.id);
});

it("is over after more than 30 minutes of silence", () => {
  const first = touch(START).session;
  const second = touch(START + SESSION_IDLE_MS + 1).session;
  expect(second).toMatchObject({ number: 2, isNew: true });
  expect(second.id).not.toBe(first.id);
});

it("is over after 24 hours, however busy", () => {
  const { id } = touch(START).session;
  for (let at = START; at <= START + SESSION_MS_MAX; at += SESSION_IDLE_MS)
    expect(touch(at).session.id).toBe(id);
  expect(touch(START + SESSION_MS_MAX + 1).session).toMatchObject({ number: 2, isNew: true });
});

it("keeps its campaign to its end, and a later campaign takes over without a cut", () => {
  const first = touch(START, { source: "news" });
  expect(touch(START + 1).campaign).toEqual({ source: "news" });
  const later = touch(START + 2, { source: "line" });
  expect(later.session.id).toBe(first.session.id);
  expect(touch(START + 3).campaign).toEqual({ source: "line" });
  expect(touch(START + SESSION_MS_MAX + 9).campaign).toBeNull();
});

it("survives a spoilt record", () => {
  store.set("session", "{broken");
  expect(touch(START).session).toMatchObject({ number: 1, isNew: true });
});
