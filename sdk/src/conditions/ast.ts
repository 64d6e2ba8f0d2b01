/**
 * The shapes of conditions, as the server stores and sends them. A field that is absent has its default.
 * What each means exactly is told in docs/reference/conditions.md and bound by the cases in spec/conditions.
 */

export type Scalar = boolean | number | string;
/** Whose calendar; `person`: the one in their trait `timezone`. */
export type Zone = "workspace" | "person";

export interface Span {
  n: number;
  unit: "minute" | "hour" | "day" | "week";
}

export type Moment =
  | { at: "date"; date: string }
  | { at: "time"; time: string }
  | { at: "ago"; span: Span }
  | { at: "ahead"; span: Span }
  | { at: "start_of"; unit: "day" | "week" | "month" | "year"; offset?: number };

/** From `since` (inclusive) to `until` (exclusive); without one, open on that side. */
export interface Window {
  since?: Moment | null;
  until?: Moment | null;
}

export type Test =
  | { op: "exists" }
  | { op: "is"; value: Scalar }
  | { op: "in" | "has"; values: Scalar[] }
  | { op: "contains" | "starts_with" | "ends_with"; value: string }
  | { op: "between"; low?: number | null; high?: number | null; open?: boolean }
  | ({ op: "dated"; zone?: Zone } & Window)
  | { op: "anniversary"; first?: number; last?: number; zone?: Zone };

/** `a.b` is b within a; `a[].b` the b of every element of the list a, of which one must pass. */
export interface Filter {
  property: string;
  test: Test;
}

export interface EventMatch {
  /** null: any name. */
  name: string | null;
  where?: Filter[];
  touchpoints?: string[];
}

export interface Measure {
  of?: "count" | "distinct" | "sum" | "average" | "min" | "max";
  property?: string | null;
}

export interface Did {
  kind: "did";
  event: EventMatch;
  measure?: Measure;
  compare?: "at_least" | "at_most" | "exactly";
  value?: number;
  window?: Window;
}

export interface Occurrence {
  kind: "occurrence";
  which: "first" | "last";
  event: EventMatch;
  having?: Filter[];
  window?: Window;
}

export interface Sequence {
  kind: "sequence";
  steps: EventMatch[];
  within: Span;
  window?: Window;
}

export interface Unfollowed {
  kind: "unfollowed";
  first: EventMatch;
  then: EventMatch;
  within: Span;
  window?: Window;
}

export type Behaviour = Did | Occurrence | Sequence | Unfollowed;

export type Leaf =
  | { kind: "trait" | "fact"; name: string; test: Test }
  | { kind: "identifier"; type: string; test: Test }
  | { kind: "consent"; purpose: string; channel?: string }
  | { kind: "segment"; id: number }
  | Behaviour;

export type Node = { kind: "all" | "any"; of: Node[] } | { kind: "not"; of: Node } | Leaf;

export interface Condition {
  where: Node;
  /** Of the language. */
  version?: number;
}
