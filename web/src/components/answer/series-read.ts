import { SERIES_MAX } from "@/components/chart/chart-theme";
import type { MetricAnswer as Answer, AnswerColumn } from "@/lib/api";
import type { Names } from "./answer-names";
import {
  distinct,
  type Kind,
  matchCompared,
  numberAt,
  OTHER_LABEL,
  type Parts,
  valueAt,
} from "./answer-read";

export interface Point {
  value: number | null;
  low: number | null;
  high: number | null;
  before: number | null;
  /** The row it comes from, if it comes from one. */
  row: number | null;
}

export interface Series {
  key: string;
  name: string;
  kind: Kind;
  column: AnswerColumn;
  points: Point[];
  /** So many beyond the limit, added up: no row stands for them. */
  folded?: number;
}

export interface SeriesView {
  periods: unknown[];
  /** Of periods that are no times: what they are called, and of what they are values. */
  along?: { title: string; names: string[] };
  series: Series[];
  /** The first period that is not over; as many as there are periods where all are. */
  incompleteFrom: number;
  /** How many are in the table only. */
  left: number;
  /** What all others are called, where they are in the table only: beside them the named ones would be flat. */
  towering?: string | undefined;
}

const NOTHING: Point = { value: null, low: null, high: null, before: null, row: null };
/** What may be added up without counting anything twice. */
const ADDITIVE: Kind[] = ["count", "money"];

/** Which columns a drawing shows: the chosen one, or all where they are read alike, or the first. */
export function pickMeasures(parts: Parts, labelled: boolean, chosen?: string): AnswerColumn[] {
  const shown = parts.values.filter((column) => !column.hidden);
  const found = shown.find((column) => column.key === chosen);
  if (found) return [found];
  const alike = shown.length <= SERIES_MAX && shown.every(({ kind }) => kind === shown[0]?.kind);
  return alike && !labelled ? shown : shown.slice(0, 1);
}

/** Label columns that tell rows apart; one whose values are all the same says nothing. */
export function tellingLabels(answer: Answer, parts: Parts, along?: AnswerColumn): AnswerColumn[] {
  return parts.labels.filter(
    ({ key, hidden }) =>
      !hidden &&
      key !== along?.key &&
      distinct(answer.rows.map((row) => valueAt(row, parts, key))).length > 1,
  );
}

export interface SeriesChoice {
  /** Keys of the columns that are wanted. */
  chosen?: string | undefined;
  /** Columns that are drawn together, as long as none is chosen. */
  together?: string[] | undefined;
  /** Instead of time. */
  along?: AnswerColumn | undefined;
  /** For a table: every series, however many there are. */
  all?: boolean;
}

/** Rows by period as series in the order in which they first come. */
export function readSeries(
  answer: Answer,
  parts: Parts,
  names: Names,
  { chosen, together, along, all = false }: SeriesChoice = {},
): SeriesView {
  const time = along ?? parts.times[0];
  const labels = tellingLabels(answer, parts, along);
  const beside = parts.values.filter(({ key }) => together?.includes(key));
  const measures =
    chosen === undefined && beside.length > 1 && labels.length === 0
      ? beside
      : pickMeasures(parts, labels.length > 0, chosen);
  const periods = distinct(answer.rows.map((row) => (time ? valueAt(row, parts, time.key) : null)));
  const places = new Map(periods.map((period, place) => [period, place]));
  const compared = matchCompared(answer, parts);
  const kinds = new Map((answer.figures ?? []).map((one) => [one.key, one.kind]));
  const found = new Map<string, Series>();
  for (const [number, row] of answer.rows.entries()) {
    const place = places.get(time ? valueAt(row, parts, time.key) : null) ?? 0;
    const said = labels.map((column) => names.label(column, valueAt(row, parts, column.key)));
    const id = JSON.stringify(labels.map(({ key }) => valueAt(row, parts, key) ?? null));
    for (const column of measures) {
      const key = `${column.key}${id}`;
      const series = found.get(key) ?? {
        key,
        name: seriesName(said, column, measures.length, answer, names),
        kind: kindOf(column, valueAt(row, parts, "series"), kinds),
        column,
        points: periods.map(() => NOTHING),
      };
      series.points[place] = {
        value: numberAt(row, parts, column.key),
        low: column.low ? numberAt(row, parts, column.low) : null,
        high: column.high ? numberAt(row, parts, column.high) : null,
        before: numberAt(compared.get(number), parts, column.key),
        row: number,
      };
      found.set(key, series);
    }
  }
  const since = answer.incomplete_since ? places.get(answer.incomplete_since) : undefined;
  const series = [...found.values()];
  const shorten = (long: Series[]) => {
    if (labels.some(({ key }) => key !== "series")) return long;
    const short = withoutShared(long.map(({ name }) => name));
    return long.map((one, at) => ({ ...one, name: short[at] ?? one.name }));
  };
  return {
    periods,
    ...(along && {
      along: {
        title: names.title(along),
        names: periods.map((period) => names.label(along, period)),
      },
    }),
    incompleteFrom: since ?? periods.length,
    ...(all
      ? { series, left: 0 }
      : fold(shorten(series), isAdditive(answer, series), (column) =>
          names.label(column, OTHER_LABEL),
        )),
  };
}

function seriesName(
  said: string[],
  column: AnswerColumn,
  measures: number,
  answer: Answer,
  names: Names,
): string {
  if (said.length > 0 && measures === 1) return said.join(" · ");
  const own = names.title(column);
  if (measures > 1) return [own, ...said].join(" · ");
  // One series alone is called what its figure is called.
  const [figure] = answer.figures ?? [];
  const series = answer.columns.find((one) => one.key === "series");
  return series && figure && answer.figures?.length === 1 ? names.label(series, figure.key) : own;
}

/** A column of numbers may hold a series of money and one of people: the figure of each says which. */
function kindOf(column: AnswerColumn, series: unknown, kinds: Map<string, Kind>): Kind {
  return column.kind === "number" ? (kinds.get(String(series)) ?? column.kind) : column.kind;
}

function total(series: Series): number {
  return series.points.reduce((sum, point) => sum + Math.abs(point.value ?? 0), 0);
}

/** An event that has several labels would count twice. */
function isAdditive(answer: Answer, series: Series[]): boolean {
  const several = (answer.caveats ?? []).some(({ code }) => code === "several_labels");
  return (
    !several && series.every(({ kind }) => kind === series[0]?.kind && ADDITIVE.includes(kind))
  );
}

function isOther(one: Series): boolean {
  return one.key.includes(OTHER_LABEL);
}

function mostOf(series: Series): number {
  return Math.max(0, ...series.points.map((point) => Math.abs(point.value ?? 0)));
}

/** From so many times the largest on, the others together leave no room for the named ones. */
const TOWERING_FROM = 3;

/** Lines beside one another, without what all others are together where that would flatten them. */
export function withoutTowering(view: SeriesView): SeriesView {
  const named = view.series.filter((one) => !isOther(one));
  const towers = view.series.filter((one) => isOther(one) && isTowering(one, named));
  if (towers.length === 0) return view;
  const folded = towers.reduce((sum, one) => sum + (one.folded ?? 0), 0);
  const others = towers.filter((one) => !one.folded).map(({ name }) => name);
  return {
    ...view,
    series: view.series.filter((one) => !towers.includes(one)),
    left: view.left + folded,
    ...(others.length > 0 && { towering: others.join(", ") }),
  };
}

function isTowering(other: Series, named: Series[]): boolean {
  const alike = named.filter(({ kind }) => kind === other.kind);
  const most = Math.max(0, ...alike.map(mostOf));
  return alike.length > 1 && most > 0 && mostOf(other) >= TOWERING_FROM * most;
}

/**
 * What all figures begin with tells no line from another: of “Order Completed: people” and “Order Completed: events”
 * the ends are left.
 */
export function withoutShared(names: string[]): string[] {
  const shared = names[0]?.match(/^.+?(: |：)/)?.[0] ?? "";
  const ends = names.map((name) => name.slice(shared.length));
  const alike = names.length > 1 && names.every((name) => name.startsWith(shared));
  return alike && ends.every(Boolean) ? ends : names;
}

/** Six series at most: the biggest ones, and the others added up where they can be. */
function fold(
  series: Series[],
  additive: boolean,
  nameRest: (column: AnswerColumn) => string,
): { series: Series[]; left: number } {
  if (series.length <= SERIES_MAX) return { series, left: 0 };
  const ranked = series.filter((one) => !isOther(one)).toSorted((a, b) => total(b) - total(a));
  const shown = new Set(ranked.slice(0, additive ? SERIES_MAX - 1 : SERIES_MAX));
  const rest = series.filter((one) => !shown.has(one));
  const kept = series.filter((one) => shown.has(one));
  const [first] = rest;
  if (!additive || !first) return { series: kept, left: rest.length };
  return { series: [...kept, { ...addUp(rest, first), name: nameRest(first.column) }], left: 0 };
}

function addUp(rest: Series[], first: Series): Series {
  const sum = (place: number, of: "value" | "before") => {
    const numbers = rest.map((one) => one.points[place]?.[of] ?? null);
    return numbers.every((one) => one === null)
      ? null
      : numbers.reduce<number>((all, one) => all + (one ?? 0), 0);
  };
  return {
    ...first,
    key: OTHER_LABEL,
    folded: rest.length,
    points: first.points.map((_, place) => ({
      ...NOTHING,
      value: sum(place, "value"),
      before: sum(place, "before"),
    })),
  };
}
