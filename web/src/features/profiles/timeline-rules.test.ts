import { expect, test } from "vitest";
import type { EventRow } from "@/lib/api";
import {
  arrangeTimeline,
  matchesTimeline,
  mergeEvents,
  readTimelineFilter,
} from "./timeline-rules";

const event = (id: string, time: string, name = "Page Viewed"): EventRow => ({
  message_id: id,
  time,
  received_at: time,
  name,
  type: "track",
  source_id: 1,
  touchpoint: "web",
  properties: {},
  context: {},
});

test("events are grouped by the days of the workspace's zone", () => {
  const items = arrangeTimeline(
    [event("b", "2026-11-22T15:30:00Z"), event("a", "2026-11-22T14:30:00Z")],
    "Asia/Tokyo",
  );
  expect(items.map((item) => item.key)).toEqual(["2026-11-23", "1 b", "2026-11-22", "1 a"]);
});

test("an event that comes by page and live stands once, in its place by time", () => {
  const loaded = [event("b", "2026-11-22T02:00:00Z"), event("a", "2026-11-22T00:00:00Z")];
  const fresh = [event("c", "2026-11-22T01:00:00Z"), event("b", "2026-11-22T02:00:00Z")];
  expect(mergeEvents(fresh, loaded).map((one) => one.message_id)).toEqual(["b", "c", "a"]);
  expect(mergeEvents([], loaded)).toBe(loaded);
});

test("the last day of a filter counts in full", () => {
  const filter = readTimelineFilter({ from: "2026-11-22", to: "2026-11-22" }, "Asia/Tokyo");
  expect(filter).toEqual({ from: "2026-11-21T15:00:00.000Z", to: "2026-11-22T15:00:00.000Z" });
  expect(matchesTimeline(event("a", "2026-11-22T14:59:59.000Z"), filter)).toBe(true);
  expect(matchesTimeline(event("a", "2026-11-22T15:00:00.000Z"), filter)).toBe(false);
});
