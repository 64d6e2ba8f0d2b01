import type { MetricAnswer as Answer } from "@/lib/api";
import type { Names } from "./answer-names";
import { headFigures, numberAt, type Parts, valueAt } from "./answer-read";
import type { Values } from "./answer-values";
import { pickMeasures, readSeries } from "./series-read";

interface SummaryWords {
  summary: (title: string, parts: string) => string;
  seriesSummary: (name: string, first: string, last: string, most: string) => string;
  topSummary: (name: string, value: string) => string;
  rowsSummary: (n: string) => string;
}

const SAID_MAX = 4;

/** What a screen reader says of a drawing: its head figures, and how it runs. */
export function summarise(
  answer: Answer,
  parts: Parts,
  names: Names,
  values: Values,
  words: SummaryWords,
): string {
  const figures = headFigures(answer)
    .slice(0, SAID_MAX)
    .map((one) => `${one.title[values.language]} ${values.say(one.kind, one.value)}`);
  const said = [...figures, ...describe(answer, parts, names, values, words)];
  return words.summary(
    answer.title[values.language],
    said.join(values.language === "ja" ? "、" : ", "),
  );
}

function describe(
  answer: Answer,
  parts: Parts,
  names: Names,
  values: Values,
  words: SummaryWords,
): string[] {
  if (answer.shape === "series") {
    const { series } = readSeries(answer, parts, names);
    return series.slice(0, SAID_MAX).flatMap(({ name, kind, points }) => {
      const known = points.map((point) => point.value).filter((value) => value !== null);
      if (known.length === 0) return [];
      const [first, last, most] = [known[0], known.at(-1), Math.max(...known)].map((value) =>
        values.say(kind, value),
      );
      return [words.seriesSummary(name, first ?? "", last ?? "", most ?? "")];
    });
  }
  const top = topOf(answer, parts, names, values, words);
  return top ? [top] : [words.rowsSummary(values.say("number", answer.rows.length))];
}

function topOf(
  answer: Answer,
  parts: Parts,
  names: Names,
  values: Values,
  words: SummaryWords,
): string | null {
  const [measure] = pickMeasures(parts, true);
  if (!measure || parts.labels.length === 0) return null;
  const ranked = answer.rows
    .map((row) => ({ row, value: numberAt(row, parts, measure.key) }))
    .filter(({ value }) => value !== null)
    .toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const [first] = ranked;
  if (!first) return null;
  const name = parts.labels
    .map((column) => [column, valueAt(first.row, parts, column.key)] as const)
    .filter(([, value]) => value != null)
    .map(([column, value]) => names.label(column, value));
  return words.topSummary(name.join(" · "), values.say(measure.kind, first.value));
}
