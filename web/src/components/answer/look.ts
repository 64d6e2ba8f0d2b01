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
