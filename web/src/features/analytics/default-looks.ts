import type { AnswerLook } from "@/lib/api";

/** How answers of a metric are drawn where nobody said otherwise and the first column is not what matters most. */
export const DEFAULT_LOOKS: Record<string, AnswerLook> = {
  lifecycle: { chart: "stacked" },
  cohorts: { options: { measure: "so_far" } },
  concentration: { options: { measure: "share" } },
  attribution: { options: { measures: ["first", "last_non_direct", "linear", "markov"] } },
  buyers: { options: { measure: "index" } },
  churn_risk: { options: { measures: ["foretold", "left"] } },
  repeat: { options: { measure: "share" } },
  // Survival is a curve: what is known with its interval, and what the model expects.
  contract_retention: {
    chart: "line",
    options: { along: "age", measures: ["stayed", "projected"] },
  },
};

/** What was chosen wins over what is usual. */
export function lookOf(metric: string, chosen: AnswerLook | undefined): AnswerLook {
  const usual = DEFAULT_LOOKS[metric];
  if (!usual) return chosen ?? PLAIN;
  return {
    ...chosen,
    chart: chosen?.chart ?? usual.chart,
    options: { ...usual.options, ...chosen?.options },
  };
}

const PLAIN: AnswerLook = {};
