import type { SegmentOverlap } from "@/lib/api";

export const OVERLAP_MAX = 12;

/** Of the people of the row, the share that is in the column too; null of an empty row. */
export function shareOf(overlap: SegmentOverlap, row: number, column: number): number | null {
  const size = overlap.both[row]?.[row] ?? 0;
  return size > 0 ? (overlap.both[row]?.[column] ?? 0) / size : null;
}

/** The other segment that shares most of the first one's people, or null. */
export function findClosest(overlap: SegmentOverlap): { name: string; share: number } | null {
  const others = overlap.segments
    .map((segment, at) => ({ name: segment.name, share: shareOf(overlap, 0, at) ?? 0 }))
    .slice(1)
    .toSorted((a, b) => b.share - a.share);
  return others[0] ?? null;
}

/** Ids in an address: `4,7`. */
export function readIds(text: string | undefined): number[] {
  return (text ?? "")
    .split(",")
    .map(Number)
    .filter((id) => Number.isInteger(id) && id > 0);
}
