import type { MetricAnswer as Answer, AnswerColumn, AnswerFigure } from "@/lib/api";

/** Everything beyond the limit of a breakdown stands under this label. */
export const OTHER_LABEL = "\ue000other";

export type Kind = AnswerColumn["kind"];
export type Row = readonly unknown[];
/** A row by its columns' keys, with `column`: the key of the one that was chosen. */
export type Cell = Record<string, unknown>;

/** The columns of an answer by what they are for. */
export interface Parts {
  /** Where each column stands in a row. */
  at: Map<string, number>;
  times: AnswerColumn[];
  labels: AnswerColumn[];
  /** Numbers, without those that are only the ends of another one's interval. */
  values: AnswerColumn[];
}

export function readParts(answer: Pick<Answer, "columns">): Parts {
  const { columns } = answer;
  const at = new Map(columns.map((column, place) => [column.key, place]));
  const ends = intervalKeys(columns);
  const shown = columns.filter((column) => !ends.has(column.key));
  return {
    at,
    times: shown.filter((column) => column.kind === "time"),
    labels: shown.filter((column) => column.kind === "label" && !column.hidden),
    values: shown.filter((column) => column.kind !== "time" && column.kind !== "label"),
  };
}

/** Columns that are the ends of an interval, and stand beside their number. */
export function intervalKeys(columns: AnswerColumn[]): Set<string> {
  return new Set(columns.flatMap(({ low, high }) => [low, high]).filter((key) => key != null));
}

export function valueAt(row: Row | undefined, parts: Parts, key: string): unknown {
  const place = parts.at.get(key);
  return place === undefined ? undefined : row?.[place];
}

export function numberAt(row: Row | undefined, parts: Parts, key: string): number | null {
  const value = valueAt(row, parts, key);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function cellOf(answer: Pick<Answer, "columns">, row: Row, column: string): Cell {
  const fields = answer.columns.map(({ key }, place) => [key, row[place] ?? null]);
  return { ...Object.fromEntries(fields), column };
}

/** Different values in the order in which they come. */
export function distinct<T>(values: T[]): T[] {
  return [...new Set(values)];
}

/** The columns that say of what a number is: those of two rows of one answer are never all the same. */
export function keyOf(row: Row, parts: Parts, columns: AnswerColumn[]): string {
  return JSON.stringify(columns.map(({ key }) => valueAt(row, parts, key) ?? null));
}

/**
 * The rows of the compared period, each under the place of the row that it is compared with: the one with the same
 * labels, in the period that is as far from the first one.
 */
export function matchCompared(answer: Answer, parts: Parts): Map<number, Row> {
  const compared = answer.compared ?? [];
  const rank = (rows: Row[]) => {
    const ranks = parts.times.map(({ key }) => {
      const starts = distinct(rows.map((row) => valueAt(row, parts, key)));
      return new Map(starts.map((start, place) => [start, place]));
    });
    return (row: Row) => {
      const times = parts.times.map(({ key }, place) =>
        ranks[place]?.get(valueAt(row, parts, key)),
      );
      return JSON.stringify([
        times,
        parts.labels.map(({ key }) => valueAt(row, parts, key) ?? null),
      ]);
    };
  };
  const rankBefore = rank(compared);
  const before = new Map(compared.map((row) => [rankBefore(row), row]));
  const rankNow = rank(answer.rows);
  const found = new Map<number, Row>();
  for (const [place, row] of answer.rows.entries()) {
    const match = before.get(rankNow(row));
    if (match) found.set(place, match);
  }
  return found;
}

/** The change against what it is compared with, as a share of it. */
export function changeOf(value: unknown, previous: unknown): number | null {
  if (typeof value !== "number" || typeof previous !== "number" || previous === 0) return null;
  return (value - previous) / Math.abs(previous);
}

/** Figures of the whole answer, without those of each label of a breakdown, and of each column of a matrix. */
export function headFigures(answer: Answer): AnswerFigure[] {
  return (answer.figures ?? []).filter(
    ({ key }) => !key.includes(":") && !/^(simple|weighted)_(?!1$)/.test(key) && key !== "simple_1",
  );
}

/** Whether there is a number in it at all; steps that nobody took are no funnel. */
export function isEmpty(answer: Answer, parts: Parts): boolean {
  const none = answer.shape === "funnel" ? [null, 0] : [null];
  return !answer.rows.some((row) =>
    parts.values.some(
      ({ key, kind }) =>
        kind !== "time" && key !== "step" && !none.includes(numberAt(row, parts, key)),
    ),
  );
}
