import { expect, test } from "vitest";
import type { Test, Window } from "./condition";
import { changeTest, listChoices, readChoice, readScalar, readType, startTest } from "./test-rules";
import { changeWay, fromLocalTime, readWindow, toLocalTime, writeWindow } from "./window-rules";

const DAY_7 = { n: 7, unit: "day" } as const;

test.each<[string, Window]>([
  ["ever", {}],
  ["last", { since: { at: "ago", span: DAY_7 } }],
  ["before", { until: { at: "ago", span: DAY_7 } }],
  ["next", { since: { at: "start_of", unit: "day" }, until: { at: "ahead", span: DAY_7 } }],
  ["this", { since: { at: "start_of", unit: "month" } }],
  [
    "previous",
    {
      since: { at: "start_of", unit: "week", offset: -1 },
      until: { at: "start_of", unit: "week" },
    },
  ],
  ["ends", { since: { at: "date", date: "2026-01-01" } }],
  [
    "ends",
    { since: { at: "ago", span: DAY_7 }, until: { at: "ago", span: { n: 1, unit: "day" } } },
  ],
  ["ends", { since: { at: "start_of", unit: "month", offset: -3 } }],
])("a window reads as %s and is written back the same", (way, window) => {
  const choice = readWindow(window);
  expect(choice.way).toBe(way);
  expect(writeWindow(choice)).toEqual(window);
});

test("the length that was given comes along to another way", () => {
  const last = readWindow({ since: { at: "ago", span: DAY_7 } });
  expect(changeWay(last, "before")).toEqual({ way: "before", span: DAY_7 });
  expect(writeWindow(changeWay(last, "ends"))).toEqual({ since: { at: "ago", span: DAY_7 } });
  expect(writeWindow(changeWay(last, "ever"))).toEqual({});
});

test.each<[string, Test]>([
  ["more", { op: "between", low: 5, open: true }],
  ["least", { op: "between", low: 5 }],
  ["less", { op: "between", high: 5, open: true }],
  ["most", { op: "between", high: 5 }],
  ["between", { op: "between", low: 1, high: 5 }],
  ["within", { op: "between", low: 1, high: 5, open: true }],
  ["is", { op: "is", value: 5 }],
])("a test reads as %s", (choice, value) => {
  expect(readChoice(value)).toBe(choice);
});

test("the value comes along to another test", () => {
  expect(changeTest({ op: "is", value: "東京" }, "in", "text")).toEqual({
    op: "in",
    values: ["東京"],
  });
  expect(changeTest({ op: "in", values: ["a", "b"] }, "contains", "text")).toEqual({
    op: "contains",
    value: "a",
  });
  expect(changeTest({ op: "between", low: 5 }, "most", "number")).toEqual({
    op: "between",
    high: 5,
  });
  expect(changeTest({ op: "exists" }, "is", "boolean")).toEqual({ op: "is", value: true });
});

test("what fits the type comes first and nothing is lost", () => {
  expect(listChoices("number")[1]).toBe("more");
  expect(listChoices("date")[0]).toBe("dated");
  expect(new Set(listChoices("list")).size).toBe(listChoices("unknown").length);
});

test("types as the catalogue names them", () => {
  expect(["integer", "boolean", "datetime", "string", "array", undefined].map(readType)).toEqual([
    "number",
    "boolean",
    "date",
    "text",
    "list",
    "unknown",
  ]);
  expect(startTest("list")).toEqual({ op: "has", values: [] });
});

test("typed text becomes the value that it stands for", () => {
  expect(readScalar("42", "number")).toBe(42);
  expect(readScalar("42", "text")).toBe("42");
  expect(readScalar("42", "unknown", [42])).toBe(42);
  expect(readScalar("true", "boolean")).toBe(true);
  expect(readScalar("", "number")).toBe("");
});

test("a clock's time is the same instant, in winter and in summer", () => {
  expect(fromLocalTime("2026-01-31T09:30", "Asia/Tokyo")).toBe("2026-01-31T00:30:00Z");
  expect(fromLocalTime("2026-07-01T09:30", "Europe/Berlin")).toBe("2026-07-01T07:30:00Z");
  expect(fromLocalTime("2026-03-29T03:30", "Europe/Berlin")).toBe("2026-03-29T01:30:00Z");
  expect(toLocalTime("2026-07-01T07:30:00Z", "Europe/Berlin")).toBe("2026-07-01T09:30");
});
