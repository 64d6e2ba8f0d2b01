import { expect, test } from "vitest";
import { findFaults, type RuleDraft, sumWouldGo, toGiven } from "./retention-rules";

function rule(id: number, change: Partial<RuleDraft> = {}): RuleDraft {
  return { id, kind: "event", name: "Page Viewed", days: 400, enabled: true, ...change };
}

test("each fault is found in its row", () => {
  const drafts = [
    rule(1),
    rule(2, { name: " " }),
    rule(3, { name: "Other", days: 0 }),
    rule(4, { name: " Page Viewed " }),
    rule(5, { kind: "inactive_profile", days: 29 }),
  ];
  expect([...findFaults(drafts)]).toEqual([
    [2, "name"],
    [3, "days"],
    [4, "twice"],
    [5, "days"],
  ]);
});

test("a trait and an event of the same name are two rules", () => {
  expect(findFaults([rule(1), rule(2, { kind: "trait" })]).size).toBe(0);
});

test("a rule for inactive customers has no name", () => {
  const [given] = toGiven([rule(1, { kind: "inactive_profile" })]);
  expect(given).toEqual({ kind: "inactive_profile", name: "", days: 400, enabled: true });
});

test("what would go is summed by kind, and nothing is left unsaid but zeros", () => {
  const item = { name: "", days: 1, before: "2026-01-01T00:00:00Z", oldest: null };
  const found = sumWouldGo([
    { ...item, kind: "trait", number: 0 },
    { ...item, kind: "event", number: 2 },
    { ...item, kind: "event", number: 3 },
  ]);
  expect(found).toEqual([["event", 5]]);
});
