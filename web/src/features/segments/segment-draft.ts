import type { Condition, Node } from "@/components/conditions/condition";
import { EMPTY } from "@/components/conditions/condition-rules";
import type { Segment, SegmentDetail } from "@/lib/api";

/** How a segment is kept up to date, as one choice: the kind, and of scheduled ones how often. */
export type Way = "live" | "hour" | "day" | "static";

export interface SegmentDraft {
  name: string;
  description: string;
  way: Way;
  condition: Condition;
}

export const NEW_DRAFT: SegmentDraft = { name: "", description: "", way: "live", condition: EMPTY };

export function readWay(segment: Pick<Segment, "kind" | "every">): Way {
  return segment.kind === "scheduled" ? (segment.every ?? "day") : segment.kind;
}

export function toDraft(segment: SegmentDetail): SegmentDraft {
  return {
    name: segment.name,
    description: segment.description,
    way: readWay(segment),
    condition: readStored(segment.condition),
  };
}

/** The document calls a condition any object; what is stored is one. */
export function readStored(stored: Record<string, unknown> | null | undefined): Condition {
  return stored ? (stored as unknown as Condition) : EMPTY;
}

interface Definition {
  name: string;
  description: string;
  kind: "live" | "scheduled";
  every?: "hour" | "day";
  condition: Record<string, unknown>;
}

export function toDefinition(draft: SegmentDraft): Definition {
  const { name, description, way, condition } = draft;
  const every = way === "hour" || way === "day" ? way : undefined;
  return {
    name: name.trim(),
    description: description.trim(),
    kind: every ? "scheduled" : "live",
    ...(every && { every }),
    condition: { ...condition },
  };
}

/** What differs from what is stored; nothing else is sent. */
export function toChange(draft: SegmentDraft, segment: SegmentDetail): Partial<Definition> {
  const next = toDefinition(draft);
  const before = toDraft(segment);
  const shared = { name: next.name, description: next.description };
  if (segment.kind === "static" || segment.condition_masked) return shared;
  return {
    ...shared,
    ...(draft.way !== before.way && { kind: next.kind, ...(next.every && { every: next.every }) }),
    ...(sameCondition(draft.condition, before.condition) ? {} : { condition: next.condition }),
  };
}

export function sameCondition(a: Condition, b: Condition): boolean {
  return JSON.stringify(a.where) === JSON.stringify(b.where);
}

/** Who would come into a segment with another condition, and who would leave: conditions that ask just that. */
export function askDifference(
  id: number,
  next: Condition,
): { entering: Condition; leaving: Condition } {
  const inside: Node = { kind: "segment", id };
  return {
    entering: { version: 1, where: { kind: "all", of: [next.where, { kind: "not", of: inside }] } },
    leaving: { version: 1, where: { kind: "all", of: [inside, { kind: "not", of: next.where }] } },
  };
}
