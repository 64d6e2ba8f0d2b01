import type { MetricAnswer as Answer } from "@/lib/api";
import type { Names } from "./answer-names";
import { distinct, numberAt, type Parts, type Row, valueAt } from "./answer-read";

/** A number on the map: of how many it is a part, and the row that it comes from. */
export interface Fact {
  people: number | null;
  share: number | null;
  of: number | null;
  days: number | null;
  row: Row;
}

export interface Stage {
  key: string;
  name: string;
  /** At the end of each period. */
  people: (number | null)[];
  now: Fact | undefined;
  movesOn: Fact | undefined;
  fallsBack: Fact | undefined;
  stay: Fact | undefined;
  stalled: Fact | undefined;
  /** The most used first. */
  touchpoints: { name: string; fact: Fact }[];
}

export interface MapView {
  stages: Stage[];
  /** Who is in no stage. */
  nowhere: Fact | undefined;
  periods: string[];
}

const NOWHERE = "none";

/** The rows of a journey map by stage: where people are, whether they move on, and what they use there. */
export function readMap(answer: Answer, parts: Parts, names: Names): MapView {
  const text = (row: Row, key: string) => {
    const value = valueAt(row, parts, key);
    return value == null ? null : String(value);
  };
  const rowsOf = (part: string) => answer.rows.filter((row) => text(row, "part") === part);
  const placed = rowsOf("stage");
  const periods = distinct(placed.map((row) => text(row, "period") ?? ""));
  const [stageBy, touchBy] = ["stage", "touchpoint"].map((by) =>
    answer.columns.find(({ key }) => key === by),
  );
  const find = (part: string, stage: string, period?: string) =>
    rowsOf(part).find(
      (row) =>
        text(row, "stage") === stage && (period === undefined || text(row, "period") === period),
    );
  const factOf = (row: Row | undefined): Fact | undefined =>
    row && {
      people: numberAt(row, parts, "people"),
      share: numberAt(row, parts, "share"),
      of: numberAt(row, parts, "of"),
      days: numberAt(row, parts, "days"),
      row,
    };
  const last = periods.at(-1);
  const keys = distinct(placed.map((row) => text(row, "stage") ?? "")).filter(
    (key) => key !== NOWHERE,
  );
  const stages = keys.map((key) => ({
    key,
    name: stageBy ? names.label(stageBy, key) : key,
    people: periods.map((period) => factOf(find("stage", key, period))?.people ?? null),
    now: factOf(find("stage", key, last)),
    movesOn: factOf(find("moves_on", key)),
    fallsBack: factOf(find("falls_back", key)),
    stay: factOf(find("stay", key)),
    stalled: factOf(find("stalled", key)),
    touchpoints: rowsOf("touchpoint")
      .filter((row) => text(row, "stage") === key)
      .map((row) => {
        const touch = text(row, "touchpoint") ?? "";
        return { name: touchBy ? names.label(touchBy, touch) : touch, fact: factOf(row) };
      })
      .filter((one): one is { name: string; fact: Fact } => one.fact !== undefined)
      .toSorted((a, b) => (b.fact.people ?? 0) - (a.fact.people ?? 0)),
  }));
  return { stages, nowhere: factOf(find("stage", NOWHERE, last)), periods };
}
