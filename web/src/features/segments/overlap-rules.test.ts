import { expect, test } from "vitest";
import { findClosest, readIds, shareOf } from "./overlap-rules";

const overlap = {
  segments: [
    { id: 1, name: "A", size: 10 },
    { id: 2, name: "B", size: 40 },
    { id: 3, name: "C", size: 0 },
  ],
  both: [
    [10, 5, 0],
    [5, 40, 0],
    [0, 0, 0],
  ],
};

test("a share is of the row's people, so it differs by direction", () => {
  expect(shareOf(overlap, 0, 1)).toBe(0.5);
  expect(shareOf(overlap, 1, 0)).toBe(0.125);
  expect(shareOf(overlap, 2, 0)).toBeNull();
});

test("the closest is the one that shares most", () => {
  expect(findClosest(overlap)).toEqual({ name: "B", share: 0.5 });
  expect(findClosest({ segments: overlap.segments.slice(0, 1), both: [[10]] })).toBeNull();
});

test("addresses hold ids and nothing else", () => {
  expect(readIds("4,7,x,,-1")).toEqual([4, 7]);
  expect(readIds(undefined)).toEqual([]);
});
