/** The condition language as it is stored and sent; what each part means exactly, the server's reference says. */

export type Scalar = string | number | boolean;
export type Zone = "workspace" | "person";
export type Unit = "minute" | "hour" | "day" | "week";
export type CalendarUnit = "day" | "week" | "month" | "year";

export interface Span {
  n: number;
  unit: Unit;
}

export type Moment =
  | { at: "date"; date: string }
  | { at: "time"; time: string }
  | { at: "ago"; span: Span }
  | { at: "ahead"; span: Span }
  | { at: "start_of"; unit: CalendarUnit; offset?: number };

export interface Window {
  since?: Moment | null;
  until?: Moment | null;
}

export type Test =
  | { op: "exists" }
  | { op: "is"; value: Scalar }
  | { op: "in"; values: Scalar[] }
  | { op: "contains"; value: string }
  | { op: "starts_with"; value: string }
  | { op: "ends_with"; value: string }
  | { op: "between"; low?: number | null; high?: number | null; open?: boolean }
  | { op: "dated"; since?: Moment | null; until?: Moment | null; zone?: Zone }
  | { op: "anniversary"; first?: number; last?: number; zone?: Zone }
  | { op: "has"; values: Scalar[] };

export interface Filter {
  property: string;
  test: Test;
}

export interface EventMatch {
  /** Null: any event. */
  name: string | null;
  where?: Filter[];
  touchpoints?: string[];
}

export type Compare = "at_least" | "at_most" | "exactly";

export interface Measure {
  of?: "count" | "distinct" | "sum" | "average" | "min" | "max";
  property?: string | null;
}

export interface Did {
  kind: "did";
  event: EventMatch;
  measure?: Measure;
  compare?: Compare;
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

export interface TraitLeaf {
  kind: "trait";
  name: string;
  test: Test;
}
export interface IdentifierLeaf {
  kind: "identifier";
  type: string;
  test: Test;
}
export interface FactLeaf {
  kind: "fact";
  name: string;
  test: Test;
}
export interface ConsentLeaf {
  kind: "consent";
  purpose: string;
  channel?: string;
}
export interface SegmentLeaf {
  kind: "segment";
  id: number;
}

export type Leaf =
  | TraitLeaf
  | IdentifierLeaf
  | FactLeaf
  | ConsentLeaf
  | SegmentLeaf
  | Did
  | Occurrence
  | Sequence
  | Unfollowed;
export type LeafKind = Leaf["kind"];

export interface Group {
  kind: "all" | "any";
  of: Node[];
}
export interface NotNode {
  kind: "not";
  of: Node;
}
export type Node = Group | NotNode | Leaf;

export interface Condition {
  version: 1;
  where: Node;
}

export const LEAVES_MAX = 100;
export const DEPTH_MAX = 12;
export const FILTERS_MAX = 20;
export const STEPS_MAX = 5;
export const COUNT_MAX = 100;
