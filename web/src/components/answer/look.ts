import type { AnswerColumn, MetricAnswer } from "@/lib/api";

/** How an answer is looked at; a report keeps it. */
export interface Look {
  chart?: string | null;
  targets?: { value: number; title?: string; series?: string | null }[];
  options?: Record<string, unknown>;
}

/** What happened, drawn at its time. */
export interface Happened {
  id: number;
  at: string;
  text: string;
  kind: "campaign" | "outage" | "release" | "other";
  link?: string | null;
}

/** The column along which rows that have no time are drawn as lines, such as months since the start. */
export function alongOf(
  answer: Pick<MetricAnswer, "shape" | "columns">,
  look: Look,
): AnswerColumn | undefined {
  const key = readText(look.options, "along");
  return answer.shape === "bars" ? answer.columns.find((column) => column.key === key) : undefined;
}

/** Whether it is drawn as lines, areas or columns over an axis. */
export function isSeries(answer: Pick<MetricAnswer, "shape" | "columns">, look: Look): boolean {
  return answer.shape === "series" || alongOf(answer, look) !== undefined;
}

export type SeriesChart = "line" | "area" | "bar" | "stacked";
export const SERIES_CHARTS: SeriesChart[] = ["line", "area", "bar", "stacked"];

export function readText(options: Look["options"], name: string): string | undefined {
  const value = options?.[name];
  return typeof value === "string" ? value : undefined;
}

export function readTexts(options: Look["options"], name: string): string[] | undefined {
  const value = options?.[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : undefined;
}
