import { expect, test } from "vitest";
import type { FlowMinute } from "@/lib/api";
import { addMinute, addUp, compareHalves, FLOW_MINUTES } from "./flow";

const minute = (n: number, accepted = 10): FlowMinute => ({
  at: new Date(n * 60_000).toISOString(),
  accepted,
  refused: 1,
  duplicates: 0,
  set_aside: 0,
  by_source: {},
  by_touchpoint: {},
});

const hour = Array.from({ length: FLOW_MINUTES }, (_, n) => minute(n));
const flow = { minutes: hour, per_minute_now: 10, totals: addUp(hour) };

test("a minute is replaced by newer word of it, and the hour moves on", () => {
  const again = addMinute(flow, minute(59, 25));
  expect(again.minutes).toHaveLength(FLOW_MINUTES);
  expect(again.totals.accepted).toBe(615);
  const next = addMinute(again, minute(60, 5), 60 * 60_000);
  expect(next.minutes[0]?.at).toBe(minute(1).at);
});

test("the rate now is that of the last sixty seconds", () => {
  const rateAfter = (seconds: number) =>
    addMinute(flow, minute(60, 4), (60 * 60 + seconds) * 1_000).per_minute_now;
  expect([rateAfter(0), rateAfter(30), rateAfter(60)]).toEqual([14, 9, 4]);
});

test("no comparison is made with nothing", () => {
  expect(compareHalves([minute(0, 0), minute(1, 5)])).toBeNull();
  expect(compareHalves([minute(0, 10), minute(1, 15)])).toBe(0.5);
});
