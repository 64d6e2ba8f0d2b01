import { expect, test } from "vitest";
import type { Condition } from "@/components/conditions/condition";
import type { SegmentDetail } from "@/lib/api";
import { askDifference, toChange, toDefinition, toDraft } from "./segment-draft";

const condition: Condition = { version: 1, where: { kind: "segment", id: 3 } };
const stored = {
  name: "Regulars",
  description: "",
  kind: "scheduled",
  every: "hour",
  condition: { ...condition },
  condition_masked: false,
} as unknown as SegmentDetail;

test("an hourly segment is scheduled by the hour, a live one by nothing", () => {
  const draft = toDraft(stored);
  expect(draft.way).toBe("hour");
  expect(toDefinition(draft)).toMatchObject({ kind: "scheduled", every: "hour" });
  expect(toDefinition({ ...draft, way: "live" })).not.toHaveProperty("every");
});

test("a new name sends no condition, so nothing is worked out anew", () => {
  const change = toChange({ ...toDraft(stored), name: " Guests " }, stored);
  expect(change).toEqual({ name: "Guests", description: "" });
});

test("a new way and a new condition are sent", () => {
  const next: Condition = { version: 1, where: { kind: "segment", id: 4 } };
  const change = toChange({ ...toDraft(stored), way: "day", condition: next }, stored);
  expect(change).toMatchObject({ kind: "scheduled", every: "day", condition: next });
});

test("a condition with values that the role does not see is never sent back", () => {
  const masked = { ...stored, condition_masked: true } as SegmentDetail;
  const change = toChange({ ...toDraft(masked), way: "live" }, masked);
  expect(change).toEqual({ name: "Regulars", description: "" });
});

test("who comes and who goes are two questions", () => {
  const { entering, leaving } = askDifference(7, condition);
  expect(entering.where).toEqual({
    kind: "all",
    of: [condition.where, { kind: "not", of: { kind: "segment", id: 7 } }],
  });
  expect(leaving.where).toEqual({
    kind: "all",
    of: [
      { kind: "segment", id: 7 },
      { kind: "not", of: condition.where },
    ],
  });
});
