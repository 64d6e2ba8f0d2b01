import { useMemo } from "react";
import { useWorkspaceMaybe } from "./session";
import { type Language, useLanguage } from "./words";

export interface Format {
  number: (value: number) => string;
  /** 12,345 → 1.2万 / 12K */
  compact: (value: number) => string;
  percent: (share: number) => string;
  date: (at: string | Date) => string;
  day: (at: string | Date) => string;
  time: (at: string | Date) => string;
  dateTime: (at: string | Date) => string;
  ago: (at: string | Date, now?: Date) => string;
  duration: (ms: number) => string;
  list: (texts: string[]) => string;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function makeFormat(language: Language, timeZone?: string): Format {
  const locale = language === "ja" ? "ja-JP" : "en-GB";
  const numberFormat = new Intl.NumberFormat(locale);
  const compactFormat = new Intl.NumberFormat(locale, {
    notation: "compact",
    maximumFractionDigits: 1,
  });
  const percentFormat = new Intl.NumberFormat(locale, {
    style: "percent",
    maximumFractionDigits: 1,
  });
  const dates = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const date = dates({
    year: "numeric",
    month: language === "ja" ? "long" : "short",
    day: "numeric",
  });
  const day = dates({ year: "numeric", month: "long", day: "numeric", weekday: "short" });
  const time = dates({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const dateTime = dates({ dateStyle: "medium", timeStyle: "medium" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const list = new Intl.ListFormat(locale, { style: "short", type: "conjunction" });
  return {
    list: (texts) => list.format(texts),
    number: (value) => numberFormat.format(value),
    compact: (value) => compactFormat.format(value),
    percent: (share) => percentFormat.format(share),
    date: (at) => date.format(new Date(at)),
    day: (at) => day.format(new Date(at)),
    time: (at) => time.format(new Date(at)),
    dateTime: (at) => dateTime.format(new Date(at)),
    ago: (at, now = new Date()) => {
      const text = describeAgo(relative, new Date(at), now);
      return language === "ja" ? text.replaceAll(" ", "") : text;
    },
    duration: (ms) =>
      ms < 1_000 ? `${Math.round(ms)} ms` : `${numberFormat.format(Math.round(ms / 100) / 10)} s`,
  };
}

function describeAgo(relative: Intl.RelativeTimeFormat, at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1_000);
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(0, "second");
}

/** Numbers and times as the reader's language and the workspace's zone write them. */
export function useFormat(): Format {
  const { language } = useLanguage();
  const timeZone = useWorkspaceMaybe()?.time_zone;
  return useMemo(() => makeFormat(language, timeZone), [language, timeZone]);
}

/** The day an instant falls on in a zone, as YYYY-MM-DD: the key for grouping a timeline. */
export function dayKey(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone }).format(new Date(at));
}

/** The instant at which a calendar day begins in a zone (`YYYY-MM-DD` → RFC 3339 UTC). */
export function startOfDay(day: string, timeZone: string): string {
  const guess = new Date(`${day}T00:00:00Z`);
  const shown = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  const offset = new Date(`${shown.format(guess).replace(" ", "T")}Z`).getTime() - guess.getTime();
  return new Date(guess.getTime() - offset).toISOString();
}
