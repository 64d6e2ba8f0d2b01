import { expect, test } from "vitest";
import type { EventRow } from "@/lib/api";
import { matchesTail, reduceTail, TAIL_EVENTS_MAX } from "./tail";

const event = (n: number): EventRow => ({
  message_id: `m${n}`,
  time: "",
  received_at: new Date(n * 1_000).toISOString(),
  name: "Order Completed",
  type: "track",
  source_id: 1,
  touchpoint: "web",
  profile_id: "p-1",
  properties: {},
  context: {},
});

const empty = { events: [], waiting: [], paused: false };

test("nothing moves while paused, and nothing is lost", () => {
  const paused = reduceTail(reduceTail(empty, { kind: "arrive", events: [event(1)] }), {
    kind: "toggle",
  });
  const later = reduceTail(paused, { kind: "arrive", events: [event(2), event(2)] });
  expect(later.events).toHaveLength(1);
  const resumed = reduceTail(later, { kind: "toggle" });
  expect(resumed.events[0]?.message_id).toBe("m2");
  expect(resumed.waiting).toEqual([]);
});

test("a page fetched while paused adds only what is new to those who wait", () => {
  const shown = reduceTail(empty, { kind: "arrive", events: [event(1), event(2)] });
  const paused = reduceTail(shown, { kind: "toggle" });
  const fetched = [event(3), event(3), event(2), event(1)];
  expect(reduceTail(paused, { kind: "arrive", events: fetched }).waiting).toEqual([event(3)]);
});

test("the list has an end", () => {
  const many = Array.from({ length: TAIL_EVENTS_MAX + 50 }, (_, n) => event(n));
  const { events } = reduceTail(empty, { kind: "arrive", events: many });
  expect(events).toHaveLength(TAIL_EVENTS_MAX);
  expect(events[0]?.message_id).toBe(`m${TAIL_EVENTS_MAX + 49}`);
});

test("filters hold together", () => {
  expect(matchesTail(event(1), { name: "order", touchpoint: "web", profile: "p-" })).toBe(true);
  expect(matchesTail(event(1), { name: "order", source: 2 })).toBe(false);
});
