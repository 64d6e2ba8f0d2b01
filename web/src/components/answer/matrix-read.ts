import type { MetricAnswer as Answer, AnswerColumn } from "@/lib/api";
import type { Names } from "./answer-names";
import { distinct, numberAt, type Parts, type Row, valueAt } from "./answer-read";
import type { Values } from "./answer-values";

export interface MatrixCell {
  value: number | null;
  low: number | null;
  high: number | null;
  of: number | null;
  /** Its time is not over: it may still grow. */
  open: boolean;
  /** None where it stands for all lines together. */
  row: Row | null;
}

export interface MatrixView {
  measure: AnswerColumn | undefined;
  /** What every number of a line is of, such as the people of a cohort. */
  sizeColumn: AnswerColumn | undefined;
  columns: string[];
  lines: { name: string; size: number | null; cells: (MatrixCell | undefined)[] }[];
  most: number;
  /** Where the colours begin: at nothing, or near the least where all are much alike. */
  base: number;
  /** Labels of the breakdown: each has a matrix of its own. */
  groups: { key: string; name: string }[];
  group: string;
}

export interface Sides {
  line: AnswerColumn | undefined;
  column: AnswerColumn | undefined;
  /** A matrix for each of its labels. */
  group: AnswerColumn | undefined;
}

/** Which columns are the sides of a matrix: what began, and how long after; or two labels. */
export function sidesOf(answer: Answer, parts: Parts): Sides {
  const offset = parts.values.find(({ key }) => OFFSETS.has(key));
  const named = answer.columns.filter(
    ({ kind, hidden, key }) =>
      (kind === "time" || kind === "label") &&
      !hidden &&
      (key !== "label" || isTold(answer, parts)),
  );
  const own = named.filter(({ key }) => key !== "label");
  if (offset) {
    const group = named.find(({ key }) => key === "label");
    return { line: own[0], column: offset, group };
  }
  const [line, column] =
    own.length > 1 ? own : [...own, ...named.filter((one) => !own.includes(one))];
  return { line, column, group: undefined };
}

/** Whether the rows are broken down at all. */
function isTold(answer: Answer, parts: Parts): boolean {
  return answer.rows.some((row) => valueAt(row, parts, "label") != null);
}

const OFFSETS = new Set(["number", "offset"]);

/** What a matrix can show, shares first: they compare lines of different sizes. */
export function matrixMeasures(parts: Parts): AnswerColumn[] {
  const numbers = parts.values.filter(({ key, hidden }) => !hidden && !OFFSETS.has(key));
  const shares = numbers.filter((column) => column.kind === "share");
  return [...shares, ...numbers.filter((column) => column.kind !== "share")];
}

export interface MatrixChoice {
  measure?: string | undefined;
  /** Which label of the breakdown. */
  group?: string | undefined;
}

export function readMatrix(
  answer: Answer,
  parts: Parts,
  names: Names,
  values: Values,
  words: { after: (n: string) => string; all: string },
  chosen: MatrixChoice = {},
): MatrixView {
  const { line: lineBy, column: columnBy, group: groupBy } = sidesOf(answer, parts);
  const measures = matrixMeasures(parts);
  const measure = measures.find((column) => column.key === chosen.measure) ?? measures[0];
  const groups = groupBy
    ? distinct(answer.rows.map((row) => valueAt(row, parts, groupBy.key)))
    : [];
  const group = groups.find((one) => String(one) === chosen.group) ?? groups[0];
  const rows = groupBy
    ? answer.rows.filter((row) => valueAt(row, parts, groupBy.key) === group)
    : answer.rows;
  // Where the columns are labels too, sizes are theirs.
  const sizeColumn =
    columnBy && OFFSETS.has(columnBy.key)
      ? parts.values.find((column) => column.key === "size")
      : undefined;
  const say = (column: AnswerColumn | undefined, value: unknown) => {
    if (!column) return "";
    if (column.kind === "time") return values.period(value);
    if (column.kind === "label") return names.label(column, value);
    return words.after(values.say("count", value));
  };
  const columns = distinct(rows.map((row) => columnBy && valueAt(row, parts, columnBy.key)));
  // Ages and the like have an order of their own, whichever is the biggest.
  if (columns.every((one) => !Number.isNaN(rankOf(one))))
    columns.sort((a, b) => rankOf(a) - rankOf(b));
  const places = new Map(columns.map((column, place) => [column, place]));
  const lines = new Map<unknown, MatrixView["lines"][number]>();
  for (const row of rows) {
    const key = lineBy && valueAt(row, parts, lineBy.key);
    const line = lines.get(key) ?? {
      name: say(lineBy, key),
      size: sizeColumn ? numberAt(row, parts, sizeColumn.key) : null,
      cells: columns.map(() => undefined),
    };
    const place = places.get(columnBy && valueAt(row, parts, columnBy.key)) ?? 0;
    line.cells[place] = readCell(row, parts, measure);
    lines.set(key, line);
  }
  const all = [...summaryOf(answer, measure, groupBy, columns, words.all), ...lines.values()];
  // A cohort is all of itself at its beginning: the colours are for what comes after.
  const begins = columnBy && OFFSETS.has(columnBy.key) && columns.length > 1 && columns[0] === 0;
  const found = all.flatMap(({ cells }) =>
    cells.slice(begins ? 1 : 0).flatMap((cell) => cell?.value ?? []),
  );
  return {
    measure,
    sizeColumn: sizeColumn === measure ? undefined : sizeColumn,
    columns: columns.map((column) =>
      columnBy ? say(columnBy, column) : measure ? names.title(measure) : "",
    ),
    lines: all,
    most: Math.max(...found, 0),
    base: baseOf(found),
    groups: groupBy
      ? groups.map((one) => ({ key: String(one), name: names.label(groupBy, one) }))
      : [],
    group: String(group),
  };
}

/** A number, or what begins with one, such as 45–54; what has no value stands last. */
function rankOf(label: unknown): number {
  return label == null ? Number.POSITIVE_INFINITY : Number.parseFloat(String(label));
}

/** Numbers between 87 and 94 would all be as dark: then shades tell the least from the most. */
function baseOf(values: number[]): number {
  const told = values.filter((value) => value !== 0);
  const [least, most] = [Math.min(...told), Math.max(...told)];
  if (told.length < 2 || least < most / 2) return 0;
  return Math.max(0, least - (most - least) / 2);
}

/** All cohorts together, where the answer says so for each column. */
function summaryOf(
  answer: Answer,
  measure: AnswerColumn | undefined,
  groupBy: AnswerColumn | undefined,
  columns: unknown[],
  name: string,
): MatrixView["lines"] {
  if (measure?.kind !== "share" || groupBy) return [];
  const figures = new Map((answer.figures ?? []).map((figure) => [figure.key, figure]));
  const cells = columns.map((column): MatrixCell | undefined => {
    const figure = figures.get(`weighted_${String(column)}`);
    if (!figure || typeof figure.value !== "number") return undefined;
    const { value, low = null, high = null, n = null } = figure;
    return { value, low, high, of: n, open: false, row: null };
  });
  return cells.some(Boolean) ? [{ name, size: null, cells }] : [];
}

function readCell(row: Row, parts: Parts, measure: AnswerColumn | undefined): MatrixCell {
  const read = (key: string | null | undefined) => (key ? numberAt(row, parts, key) : null);
  const complete = valueAt(row, parts, "complete");
  return {
    value: read(measure?.key),
    low: read(measure?.low),
    high: read(measure?.high),
    of: read(measure?.of),
    open: complete === false,
    row,
  };
}
