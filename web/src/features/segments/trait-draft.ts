import type { Condition, Did, EventMatch, Window } from "@/components/conditions/condition";
import type { ComputedTrait } from "@/lib/api";

export const FIGURE_KINDS = [
  "count",
  "sum",
  "average",
  "min",
  "max",
  "unique_count",
  "first_time",
  "last_time",
  "days_since_last",
  "days_since_first",
  "most_frequent",
  "first",
  "last",
  "unique_list",
] as const;
export type FigureKind = (typeof FIGURE_KINDS)[number];

const SCHEDULED: ReadonlySet<FigureKind> = new Set([
  "days_since_last",
  "days_since_first",
  "most_frequent",
  "first",
  "last",
  "unique_list",
]);
const MEASURES: Partial<Record<FigureKind, NonNullable<Did["measure"]>["of"]>> = {
  sum: "sum",
  average: "average",
  min: "min",
  max: "max",
  unique_count: "distinct",
  most_frequent: "distinct",
  first: "distinct",
  last: "distinct",
  unique_list: "distinct",
};

/** Kinds of one value each: their spread is the commonest of them. */
export const WORDED: ReadonlySet<FigureKind> = new Set([
  "most_frequent",
  "first",
  "last",
  "unique_list",
]);
/** Kinds that need not be whole. */
export const AMOUNTS: ReadonlySet<FigureKind> = new Set(["sum", "average", "min", "max"]);
export const TIMED: ReadonlySet<FigureKind> = new Set(["first_time", "last_time"]);

export interface Figure {
  kind: FigureKind;
  event: EventMatch;
  property?: string | null;
  window?: Window;
}

export type TraitWay = "live" | "hour" | "day";

/** What is worked out, and when. */
export interface TraitRule {
  figure: Figure;
  way: TraitWay;
}

export interface TraitDraft extends TraitRule {
  name: string;
  description: string;
}

export const NEW_TRAIT: TraitDraft = {
  name: "",
  description: "",
  figure: { kind: "count", event: { name: "" } },
  way: "live",
};

export function needsProperty(kind: FigureKind): boolean {
  return MEASURES[kind] !== undefined;
}

export function followsEvents(kind: FigureKind): boolean {
  return !SCHEDULED.has(kind);
}

/** A figure that no event can tell of alone is worked out by a schedule. */
export function chooseKind(rule: TraitRule, kind: FigureKind): TraitRule {
  const { property, ...rest } = rule.figure;
  const figure = needsProperty(kind)
    ? { ...rest, kind, property: property ?? "" }
    : { ...rest, kind };
  return { figure, way: followsEvents(kind) || rule.way !== "live" ? rule.way : "day" };
}

/** The condition that holds for whoever has the figure: the server checks one as it checks the other. */
export function asCondition(figure: Figure): Condition {
  const of = MEASURES[figure.kind];
  const leaf: Did = { kind: "did", event: figure.event };
  if (of) leaf.measure = { of, property: figure.property ?? "" };
  if (figure.window) leaf.window = figure.window;
  return { version: 1, where: { kind: "all", of: [leaf] } };
}

/** Where the checked condition has its only leaf. */
export const PLACE = "$.where.of[0]";

export function toTraitDraft(trait: ComputedTrait): TraitDraft {
  return {
    name: trait.name,
    description: trait.description,
    figure: readFigure(trait),
    way: trait.every ?? "live",
  };
}

/** The document calls a figure any object; what is stored is one. */
export function readFigure(trait: ComputedTrait): Figure {
  return trait.figure as unknown as Figure;
}

export function toBody(draft: TraitDraft) {
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    figure: { ...draft.figure } as Record<string, unknown>,
    every: draft.way === "live" ? null : draft.way,
  };
}

/** What differs from what is stored; a name stays. */
export function toTraitChange(draft: TraitDraft, trait: ComputedTrait) {
  const { name: _, ...body } = toBody(draft);
  const before = toBody(toTraitDraft(trait));
  const changed = Object.entries(body).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof typeof before]),
  );
  return Object.fromEntries(changed) as Partial<typeof body>;
}
