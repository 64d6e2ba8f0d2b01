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
  row: Row;
}

export interface MatrixView {
  measure: AnswerColumn | undefined;
  /** What every number of a line is of, such as the people of a cohort. */
  sizeColumn: AnswerColumn | undefined;
  columns: string[];
  lines: { name: string; size: number | null; cells: (MatrixCell | undefined)[] }[];
  most: number;
}

/** Which columns are the sides of a matrix: those that say of what a number is, in their order. */
export function sidesOf(answer: Answer): AnswerColumn[] {
  const first = answer.columns.findIndex(isNumber);
  const sides = answer.columns.filter(
    (column, place) => !isNumber(column) || OFFSETS.has(column.key) || place < first,
  );
  return sides.filter((column) => column.key !== "open" && column.key !== "complete");
}

const OFFSETS = new Set(["offset", "after", "step", "number", "age"]);
/** Columns that say of a cell that its time is not over. */
const OPEN = new Set(["open", "incomplete"]);

function isNumber({ kind }: AnswerColumn): boolean {
  return kind !== "time" && kind !== "label";
}

/** What a matrix can show, shares first: they compare lines of different sizes. */
export function matrixMeasures(answer: Answer, parts: Parts): AnswerColumn[] {
  const sides = sidesOf(answer).slice(0, 2);
  const numbers = parts.values.filter(
    (column) => !sides.includes(column) && !column.hidden && !OPEN.has(column.key),
  );
  const shares = numbers.filter((column) => column.kind === "share");
  return [...shares, ...numbers.filter((column) => column.kind !== "share")];
}

export function readMatrix(
  answer: Answer,
  parts: Parts,
  names: Names,
  values: Values,
  words: { after: (n: string) => string },
  chosen?: string,
): MatrixView {
  const [lineBy, columnBy] = sidesOf(answer);
  const measures = matrixMeasures(answer, parts);
  const measure = measures.find((column) => column.key === chosen) ?? measures[0];
  const sizeColumn = parts.values.find((column) => column.key === "size");
  const say = (column: AnswerColumn | undefined, value: unknown) => {
    if (!column) return "";
    if (column.kind === "time") return values.period(value);
    if (column.kind === "label") return names.label(column, value);
    return words.after(values.say("count", value));
  };
  const columns = distinct(answer.rows.map((row) => columnBy && valueAt(row, parts, columnBy.key)));
  if (columns.every((one) => typeof one === "number"))
    columns.sort((a, b) => Number(a) - Number(b));
  const places = new Map(columns.map((column, place) => [column, place]));
  const lines = new Map<unknown, MatrixView["lines"][number]>();
  for (const row of answer.rows) {
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
  const all = [...lines.values()];
  const found = all.flatMap(({ cells }) => cells.map((cell) => cell?.value ?? 0));
  return {
    measure,
    sizeColumn: sizeColumn === measure ? undefined : sizeColumn,
    columns: columns.map((column) => say(columnBy, column)),
    lines: all,
    most: Math.max(...found, 0),
  };
}

function readCell(row: Row, parts: Parts, measure: AnswerColumn | undefined): MatrixCell {
  const read = (key: string | null | undefined) => (key ? numberAt(row, parts, key) : null);
  const open = [...OPEN].some((key) => Boolean(valueAt(row, parts, key)));
  const whole = valueAt(row, parts, "complete");
  return {
    value: read(measure?.key),
    low: read(measure?.low),
    high: read(measure?.high),
    of: read(measure?.of),
    open: open || whole === false || whole === 0,
    row,
  };
}
