import type { MetricAnswer as Answer, AnswerColumn } from "@/lib/api";
import type { Names } from "./answer-names";
import { distinct, matchCompared, numberAt, type Parts, type Row, valueAt } from "./answer-read";
import { pickMeasures, tellingLabels } from "./series-read";

export interface BarsChoice {
  /** The column that is drawn. */
  measure?: string | undefined;
  /** Columns that are drawn beside one another, as long as none is chosen. */
  measures?: string[] | undefined;
}

export interface Bar {
  measure: AnswerColumn;
  /** Of which group it is; null where there is one only. */
  group: string | null;
  value: number | null;
  low: number | null;
  high: number | null;
  before: number | null;
  of: number | null;
  row: Row;
}

export interface BarsView {
  categories: { name: string; bars: Bar[] }[];
  groups: string[];
  /** What the categories are, and what is measured. */
  by: string;
  measured: string;
  most: number;
  least: number;
}

/** Rows as bars: the first column of labels says which, the breakdown or several columns which group. */
export function readBars(
  answer: Answer,
  parts: Parts,
  names: Names,
  chosen: BarsChoice = {},
): BarsView {
  const telling = tellingLabels(answer, parts);
  const own = telling.filter(({ key }) => key !== "label");
  const categoryBy = countedFirst(answer) ?? own[0] ?? telling[0] ?? parts.labels[0];
  const groupBy = telling.find((column) => column !== categoryBy);
  const values = parts.values.filter((column) => column !== categoryBy);
  const measures = measuresOf({ ...parts, values }, chosen, groupBy !== undefined);
  const compared = matchCompared(answer, parts);
  const categories = new Map<string, Bar[]>();
  for (const [number, row] of answer.rows.entries()) {
    const name = categoryBy ? nameOf(valueAt(row, parts, categoryBy.key), categoryBy, names) : "";
    const label = groupBy ? names.label(groupBy, valueAt(row, parts, groupBy.key)) : null;
    const bars = measures.map((measure) => {
      const read = (key: string | null | undefined) => (key ? numberAt(row, parts, key) : null);
      return {
        measure,
        group: measures.length > 1 ? names.title(measure) : label,
        value: read(measure.key),
        low: read(measure.low),
        high: read(measure.high),
        of: read(measure.of),
        before: numberAt(compared.get(number), parts, measure.key),
        row,
      };
    });
    categories.set(name, [...(categories.get(name) ?? []), ...bars]);
  }
  const bars = [...categories.values()].flat();
  const ends = bars.flatMap(({ value, high, low, before }) =>
    [value, high, low, before].map((end) => end ?? 0),
  );
  return {
    categories: [...categories].map(([name, found]) => ({ name, bars: found })),
    by: categoryBy ? names.title(categoryBy) : "",
    measured: measures.length === 1 && measures[0] ? names.title(measures[0]) : "",
    groups: distinct(bars.map((bar) => bar.group)).filter((group) => group !== null),
    most: Math.max(0, ...ends),
    least: Math.min(0, ...ends),
  };
}

/** Rows may be told apart by a number, as days on which somebody was there: then it stands first. */
export function countedFirst(answer: Answer): AnswerColumn | undefined {
  const [first] = answer.columns;
  return first && (first.kind === "count" || first.kind === "number") && !first.opens
    ? first
    : undefined;
}

function nameOf(value: unknown, column: AnswerColumn, names: Names): string {
  return typeof value === "number" ? String(value) : names.label(column, value);
}

function measuresOf(parts: Parts, chosen: BarsChoice, broken: boolean): AnswerColumn[] {
  const together = (chosen.measures ?? [])
    .map((key) => parts.values.find((column) => column.key === key))
    .filter((column) => column !== undefined);
  if (chosen.measure === undefined && together.length > 1 && !broken) return together;
  return pickMeasures(parts, true, chosen.measure);
}
