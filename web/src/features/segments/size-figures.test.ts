import { expect, test } from "vitest";
import { addUpByDay, toSteps } from "./size-figures";

const sizes = {
  time_zone: "Asia/Tokyo",
  points: [
    { at: "2026-03-01T14:00:00Z", size: 10, entered: 10, left: 0 },
    { at: "2026-03-01T15:00:00Z", size: 12, entered: 3, left: 1 },
    { at: "2026-03-03T15:00:00Z", size: 11, entered: 0, left: 1 },
  ],
};

test("moves are added up by the day of the workspace, and quiet days stand between", () => {
  expect(addUpByDay(sizes)).toEqual([
    { day: "2026-03-01", entered: 10, left: 0 },
    { day: "2026-03-02", entered: 3, left: 1 },
    { day: "2026-03-03", entered: 0, left: 0 },
    { day: "2026-03-04", entered: 0, left: 1 },
  ]);
  expect(addUpByDay({ ...sizes, points: [] })).toEqual([]);
});

test("sizes lie where their time is", () => {
  expect(toSteps(sizes).map(([at, size]) => [new Date(at).toISOString(), size])[1]).toEqual([
    "2026-03-01T15:00:00.000Z",
    12,
  ]);
});
