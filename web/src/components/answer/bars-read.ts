import type { MetricAnswer as Answer, AnswerColumn } from "@/lib/api";
import type { Names } from "./answer-names";
import { distinct, matchCompared, numberAt, type Parts, type Row, valueAt } from "./answer-read";
import { pickMeasures, tellingLabels } from "./series-read";

export interface Bar {
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
  measure: AnswerColumn | undefined;
  categories: { name: string; bars: Bar[] }[];
  groups: string[];
  most: number;
  least: number;
}

/** Rows as bars: the first column of labels says which, the breakdown which group. */
export function readBars(answer: Answer, parts: Parts, names: Names, chosen?: string): BarsView {
  const telling = tellingLabels(answer, parts);
  const own = telling.filter(({ key }) => key !== "label");
  const categoryBy = own[0] ?? telling[0] ?? parts.labels[0];
  const groupBy = telling.find((column) => column !== categoryBy);
  const [measure] = pickMeasures(parts, true, chosen);
  const compared = matchCompared(answer, parts);
  const categories = new Map<string, Bar[]>();
  for (const [number, row] of answer.rows.entries()) {
    const name = categoryBy ? names.label(categoryBy, valueAt(row, parts, categoryBy.key)) : "";
    const read = (key: string | null | undefined) => (key ? numberAt(row, parts, key) : null);
    const bar: Bar = {
      group: groupBy ? names.label(groupBy, valueAt(row, parts, groupBy.key)) : null,
      value: read(measure?.key),
      low: read(measure?.low),
      high: read(measure?.high),
      of: read(measure?.of),
      before: measure ? numberAt(compared.get(number), parts, measure.key) : null,
      row,
    };
    categories.set(name, [...(categories.get(name) ?? []), bar]);
  }
  const bars = [...categories.values()].flat();
  const ends = bars.flatMap(({ value, high, low, before }) => [
    value ?? 0,
    high ?? 0,
    low ?? 0,
    before ?? 0,
  ]);
  return {
    measure,
    categories: [...categories].map(([name, found]) => ({ name, bars: found })),
    groups: distinct(bars.map((bar) => bar.group)).filter((group) => group !== null),
    most: Math.max(0, ...ends),
    least: Math.min(0, ...ends),
  };
}
