import type { MetricAnswer as Answer, AnswerColumn } from "@/lib/api";
import type { Names } from "./answer-names";
import {
  type Cell,
  cellOf,
  type Kind,
  matchCompared,
  type Parts,
  type Row,
  valueAt,
} from "./answer-read";
import type { Values } from "./answer-values";
import { readSeries } from "./series-read";

export interface TableCell {
  /** What it is sorted by. */
  raw: number | string | null;
  text: string;
  /** Its interval, and what it is compared with. */
  interval?: string;
  before?: string;
  of?: string;
  /** Who is behind it can be listed. */
  cell?: Cell;
  /** Why it stands out. */
  mark?: string;
  /** Its period is not over. */
  open?: boolean;
}

export interface TableView {
  columns: { key: string; title: string; definition?: string; numeric: boolean }[];
  rows: TableCell[][];
}

interface Reading {
  answer: Answer;
  parts: Parts;
  names: Names;
  values: Values;
}

/** Series stand beside one another, period by period; anything else as its rows are. */
export function readTable(reading: Reading, chosen?: string): TableView {
  const { answer, parts } = reading;
  const pivots = answer.shape === "series" && parts.times.length > 0 && parts.labels.length > 0;
  return pivots ? readPivot(reading, chosen) : readRows(reading);
}

function readPivot({ answer, parts, names, values }: Reading, chosen?: string): TableView {
  const view = readSeries(answer, parts, names, { chosen, all: true });
  const marks = marksOf(answer, values.language);
  const [time] = parts.times;
  return {
    columns: [
      { key: "period", title: time ? names.title(time) : "", numeric: false },
      ...view.series.map(({ key, name, column }) => ({
        key,
        title: name,
        definition: column.definition?.[values.language],
        numeric: true,
      })),
    ],
    rows: view.periods.map((period, place) => [
      {
        raw: String(period),
        text: values.period(period),
        open: place >= view.incompleteFrom,
      },
      ...view.series.map(({ points, kind, column }) => {
        const point = points[place];
        const row = point?.row == null ? undefined : answer.rows[point.row];
        return {
          raw: point?.value ?? null,
          text: values.say(kind, point?.value),
          before: point?.before == null ? undefined : values.say(kind, point.before),
          interval: sayInterval(kind, point?.low, point?.high, values),
          cell: column.opens && row ? cellOf(answer, row, column.key) : undefined,
          mark: point?.row == null ? undefined : marks.get(`${point.row} ${column.key}`),
        };
      }),
    ]),
  };
}

function readRows(reading: Reading): TableView {
  const { answer, parts, names, values } = reading;
  const shown = shownColumns(answer);
  const compared = matchCompared(answer, parts);
  const marks = marksOf(answer, values.language);
  return {
    columns: shown.map((column) => ({
      key: column.key,
      title: names.title(column),
      definition: column.definition?.[values.language],
      numeric: column.kind !== "label" && column.kind !== "time",
    })),
    rows: answer.rows.map((row, number) =>
      shown.map((column) => ({
        ...readCell(reading, row, column, compared.get(number)),
        mark: marks.get(`${number} ${column.key}`),
        open:
          column.kind === "time" &&
          answer.incomplete_since != null &&
          valueAt(row, parts, column.key) === answer.incomplete_since,
      })),
    ),
  };
}

/** Columns of the table: hidden ones are for drawings, ends of intervals stand beside their number. */
function shownColumns(answer: Answer): AnswerColumn[] {
  const ends = new Set(answer.columns.flatMap(({ low, high }) => [low, high]));
  const telling = answer.columns.filter(({ hidden, key }) => !hidden && !ends.has(key));
  // A breakdown that was not asked for says nothing in any row.
  return telling.filter(
    (column) =>
      column.key !== "label" ||
      answer.rows.some((row) => row[answer.columns.indexOf(column)] != null),
  );
}

function readCell(
  { answer, parts, names, values }: Reading,
  row: Row,
  column: AnswerColumn,
  compared: Row | undefined,
): TableCell {
  const value = valueAt(row, parts, column.key);
  if (column.kind === "label") {
    const text = value == null && column.key !== "label" ? "–" : names.label(column, value);
    return { raw: text, text };
  }
  if (column.kind === "time") return { raw: String(value), text: values.period(value) };
  const before = valueAt(compared, parts, column.key);
  const at = (key: string | null | undefined) => (key ? valueAt(row, parts, key) : null);
  return {
    raw: typeof value === "number" ? value : null,
    text: values.say(column.kind, value),
    before: before == null ? undefined : values.say(column.kind, before),
    interval: sayInterval(column.kind, at(column.low), at(column.high), values),
    of: hiddenOf(answer, column) ? values.say("count", at(column.of)) : undefined,
    cell: column.opens && value != null ? cellOf(answer, row, column.key) : undefined,
  };
}

/** What an estimate rests on has a column of its own, or is said beside it. */
function hiddenOf(answer: Answer, column: AnswerColumn): boolean {
  return answer.columns.some(({ key, hidden }) => key === column.of && hidden === true);
}

function sayInterval(kind: Kind, low: unknown, high: unknown, values: Values): string | undefined {
  if (typeof low !== "number" || typeof high !== "number") return undefined;
  return `${values.say(kind, low)}–${values.say(kind, high)}`;
}

function marksOf(answer: Answer, language: "en" | "ja"): Map<string, string> {
  return new Map(
    (answer.marks ?? []).map(({ row, column, text }) => [`${row} ${column}`, text[language]]),
  );
}

/** Every row as it was computed, for a file: numbers stay numbers, labels are named. */
export function fileOf({ answer, parts, names }: Reading, before: string) {
  const columns = answer.columns.filter(
    (column) =>
      !column.hidden || answer.columns.some(({ low, high }) => [low, high].includes(column.key)),
  );
  const compared = matchCompared(answer, parts);
  const numbers =
    compared.size > 0 ? columns.filter((column) => parts.values.includes(column)) : [];
  const write = (row: Row | undefined, column: AnswerColumn) => {
    const value = valueAt(row, parts, column.key);
    if (column.kind !== "label") return value ?? "";
    return value == null && column.key !== "label" ? "" : names.label(column, value);
  };
  return {
    columns: [
      ...columns.map((column) => names.title(column)),
      ...numbers.map((column) => `${names.title(column)} (${before})`),
    ],
    rows: answer.rows.map((row, number) => [
      ...columns.map((column) => write(row, column)),
      ...numbers.map((column) => write(compared.get(number), column)),
    ]),
  };
}
