import { expect, test } from "vitest";
import { dayKey, makeFormat, startOfDay } from "./format";

test("Japanese counts in 万 and 億 and writes 年月日", () => {
  const format = makeFormat("ja", "Asia/Tokyo");
  expect(format.compact(12_345)).toBe("1.2万");
  expect(format.compact(234_000_000)).toBe("2.3億");
  expect(format.date("2026-11-22T15:30:00Z")).toBe("2026年11月23日");
});

test("English counts in k and M", () => {
  expect(makeFormat("en", "UTC").compact(12_345)).toBe("12.3k");
});

test("a day begins when it begins in the workspace's zone", () => {
  expect(startOfDay("2026-11-23", "Asia/Tokyo")).toBe("2026-11-22T15:00:00.000Z");
  expect(startOfDay("2026-07-01", "America/New_York")).toBe("2026-07-01T04:00:00.000Z");
  expect(dayKey("2026-11-22T15:30:00Z", "Asia/Tokyo")).toBe("2026-11-23");
});

test("tells how long ago in the largest unit that fits", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  const { ago } = makeFormat("en", "UTC");
  expect(ago("2026-11-22T11:57:00Z", now)).toContain("3 min");
  expect(ago("2026-11-20T11:57:00Z", now)).toContain("2 days");
  expect(makeFormat("ja", "UTC").ago("2026-11-22T11:57:00Z", now)).toBe("3分前");
});
