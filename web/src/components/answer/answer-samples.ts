import type { MetricAnswer as Answer, AnswerColumn } from "@/lib/api";

/** Answers for the tests of this folder. */
export function column(
  key: string,
  kind: AnswerColumn["kind"],
  more: Partial<AnswerColumn> = {},
): AnswerColumn {
  return { key, kind, title: { en: key, ja: key }, ...more };
}

export function makeAnswer(more: Partial<Answer>): Answer {
  return {
    metric: "trend",
    shape: "series",
    title: { en: "Trend", ja: "推移" },
    definition: { en: "What it means", ja: "説明" },
    columns: [],
    rows: [],
    span: { since: "2026-05-01T00:00:00Z", until: "2026-05-04T00:00:00Z" },
    zone: "Asia/Tokyo",
    week_start: "monday",
    interval: "day",
    currency: "JPY",
    ...more,
  };
}

export const DAYS = ["2026-05-01T00:00:00+09:00", "2026-05-02T00:00:00+09:00"];
export const TREND_COLUMNS = [
  column("period", "time"),
  column("series", "label"),
  column("label", "label"),
  column("value", "number", { opens: true }),
];
