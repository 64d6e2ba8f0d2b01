import type { Range } from "./question";

/** Periods that are asked for most, by the keys that stand in a select. */
export const USUAL: Record<string, Range> = {
  last_7_day: { kind: "last", n: 7, unit: "day" },
  last_30_day: { kind: "last", n: 30, unit: "day" },
  last_90_day: { kind: "last", n: 90, unit: "day" },
  last_12_week: { kind: "last", n: 12, unit: "week" },
  last_12_month: { kind: "last", n: 12, unit: "month" },
  this_month: { kind: "last", n: 1, unit: "month", current: true },
  this_year: { kind: "last", n: 1, unit: "year", current: true },
  until_12_month: { kind: "until_last", n: 12, unit: "month" },
  all: { kind: "all" },
};

function complete(range: Range): Range {
  if (range.kind === "last")
    return { ...range, unit: range.unit ?? "day", current: range.current ?? false };
  if (range.kind === "until_last")
    return {
      ...range,
      n: range.n ?? null,
      unit: range.unit ?? "month",
      current: range.current ?? true,
    };
  return range;
}

/** The key of a period that is one of the usual ones. */
export function keyOf(range: Range): string | undefined {
  const wanted = JSON.stringify(sort(complete(range)));
  return Object.keys(USUAL).find((key) => {
    const usual = USUAL[key];
    return usual && JSON.stringify(sort(complete(usual))) === wanted;
  });
}

function sort(range: Range) {
  return Object.entries(range).toSorted(([a], [b]) => a.localeCompare(b));
}

interface RangeWords {
  rangeLast: (n: string, unit: string) => string;
  rangeUntil: (n: string, unit: string) => string;
  rangeUntilAll: string;
  rangeDates: (first: string, last: string) => string;
  ranges: { all: string; current: string };
  units: Record<string, string>;
  currents: Record<string, string>;
}

/** A period in words. */
export function sayRange(range: Range, words: RangeWords, date: (day: string) => string): string {
  switch (range.kind) {
    case "last": {
      const { n, unit = "day", current = false } = range;
      if (current && n === 1) return words.currents[unit] ?? unit;
      const said = words.rangeLast(String(n), words.units[unit] ?? unit);
      return current ? `${said} (${words.ranges.current})` : said;
    }
    case "until_last":
      return range.n == null
        ? words.rangeUntilAll
        : words.rangeUntil(String(range.n), words.units[range.unit ?? "month"] ?? "");
    case "dates":
      return words.rangeDates(date(range.first), date(range.last));
    case "all":
      return words.ranges.all;
  }
}
