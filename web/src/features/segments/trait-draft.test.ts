import { describe, expect, it } from "vitest";
import type { ComputedTrait } from "@/lib/api";
import { asCondition, chooseKind, NEW_TRAIT, toBody, toTraitChange } from "./trait-draft";

const STORED = {
  name: "orders",
  description: "All time",
  figure: { kind: "count", event: { name: "Order Completed" } },
  every: null,
} as unknown as ComputedTrait;

describe("a draft of a computed trait", () => {
  it("asks for a property only where the kind has one", () => {
    const sum = chooseKind(NEW_TRAIT, "sum");
    expect(sum.figure.property).toBe("");
    const spent = { ...sum, figure: { ...sum.figure, property: "total" } };
    expect(chooseKind(spent, "max").figure.property).toBe("total");
    expect("property" in chooseKind(spent, "count").figure).toBe(false);
  });

  it("leaves live where no event tells of a change", () => {
    expect(chooseKind(NEW_TRAIT, "days_since_last").way).toBe("day");
    expect(chooseKind({ ...NEW_TRAIT, way: "hour" }, "first").way).toBe("hour");
    expect(chooseKind(NEW_TRAIT, "sum").way).toBe("live");
  });

  it("is checked as the condition that holds for whoever has it", () => {
    const event = { name: "Visited" };
    expect(asCondition({ kind: "unique_list", event, property: "page" }).where).toEqual({
      kind: "all",
      of: [{ kind: "did", event, measure: { of: "distinct", property: "page" } }],
    });
    expect(asCondition({ kind: "first_time", event }).where).toEqual({
      kind: "all",
      of: [{ kind: "did", event }],
    });
  });

  it("sends what was changed, and live as no schedule", () => {
    const draft = {
      name: "orders",
      description: "All time ",
      figure: { kind: "count" as const, event: { name: "Order Completed" } },
      way: "live" as const,
    };
    expect(toBody(draft).every).toBeNull();
    expect(toTraitChange(draft, STORED)).toEqual({});
    expect(toTraitChange({ ...draft, way: "day" }, STORED)).toEqual({ every: "day" });
  });
});
