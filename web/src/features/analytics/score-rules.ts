import type { MetricAnswer, Score, ScorePreview } from "@/lib/api";

/** The metric whose answer shows how a score was checked. */
const METRICS: Record<string, string> = {
  rfm_group: "rfm",
  clv: "clv",
  p_alive: "alive",
  churn_risk: "churn_risk",
  engagement_score: "engagement",
  stage: "journey",
};

export function metricOf(score: Pick<Score, "key">): string | undefined {
  return METRICS[score.key];
}

export interface Area {
  what: "purchase" | "silence" | "leaving";
  auc: number;
  low: number | null;
  high: number | null;
  grade: string;
}

/** What a run or a preview found about how well the score foretells. */
export function readAreas(quality: Record<string, unknown>): Area[] {
  const found: Area[] = [];
  for (const what of ["purchase", "silence"] as const) {
    const area = readArea(quality[what]);
    if (area) found.push({ what, ...area });
  }
  const own = readArea(quality);
  return own ? [...found, { what: "leaving", ...own }] : found;
}

function readArea(value: unknown): Omit<Area, "what"> | null {
  if (typeof value !== "object" || value === null) return null;
  const { auc, low, high, grade } = value as Record<string, unknown>;
  if (typeof auc !== "number") return null;
  return {
    auc,
    low: typeof low === "number" ? low : null,
    high: typeof high === "number" ? high : null,
    grade: typeof grade === "string" ? grade : "",
  };
}

interface SpreadWords {
  value: string;
  people: string;
}

/** How a score is spread, as an answer that is drawn like any other. */
export function asSpread(
  score: Score,
  preview: ScorePreview,
  words: SpreadWords,
  say: (value: unknown) => string,
  setting: Pick<MetricAnswer, "currency" | "zone" | "week_start">,
): MetricAnswer {
  const name = (text: string) => ({ en: text, ja: text });
  const bins = preview.bins.map(({ low, high, people }) => [`${say(low)} – ${say(high)}`, people]);
  const common = preview.common.map(({ value, people }) => [String(value), people]);
  return {
    metric: score.key,
    shape: "bars",
    title: score.title,
    definition: score.description,
    columns: [
      { key: "band", kind: "label", title: name(words.value), words: score.words },
      { key: "people", kind: "people", title: name(words.people) },
    ],
    rows: bins.length > 0 ? bins : common,
    span: { since: "1970-01-01T00:00:00Z", until: "1970-01-01T00:00:00Z" },
    interval: "day",
    ...setting,
  };
}
