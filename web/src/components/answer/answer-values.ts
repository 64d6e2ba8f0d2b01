import { useMemo } from "react";
import type { MetricAnswer as Answer, Interval } from "@/lib/api";
import { useWorkspaceMaybe } from "@/lib/session";
import { type Language, useLanguage } from "@/lib/words";
import type { Kind } from "./answer-read";

/** How the values of an answer are written. */
export interface Values {
  language: Language;
  /** In full: 12,345円, 45.2 %, 3時間20分. */
  say: (kind: Kind, value: unknown) => string;
  /** Above the rest, where millions are read at a glance: 459.4万円, ¥4.594m. */
  head: (kind: Kind, value: unknown) => string;
  /** For axes and cells: 1.2万円. */
  short: (kind: Kind, value: number) => string;
  /** The start of a period as its name. */
  period: (start: unknown) => string;
  periodShort: (start: unknown) => string;
  /** A change, with its sign. */
  change: (share: number) => string;
}

export interface Setting {
  language: Language;
  currency: string;
  zone: string;
  interval: Interval;
}

export const ABSENT = "–";

export function makeValues(setting: Setting): Values {
  const { language } = setting;
  const numbers = makeNumbers(setting);
  const periods = makePeriods(setting);
  const say = (kind: Kind, value: unknown): string => {
    if (value === null || value === undefined) return ABSENT;
    if (kind === "time") return periods.long(value);
    if (typeof value !== "number") return String(value);
    switch (kind) {
      case "share":
        return numbers.share(value);
      case "money":
        return numbers.money(value);
      case "seconds":
        return sayDuration(value, language);
      case "people":
        return language === "ja" ? `${numbers.whole(value)}人` : numbers.whole(value);
      case "count":
        return numbers.whole(value);
      default:
        return numbers.decimal(value);
    }
  };
  const head = (kind: Kind, value: unknown): string => {
    if (typeof value !== "number" || Math.abs(value) < HEAD_FROM) return say(kind, value);
    if (kind === "money") return numbers.moneyHead(value);
    if (kind === "people" && language === "ja") return `${numbers.head(value)}人`;
    return kind === "people" || kind === "count" ? numbers.head(value) : say(kind, value);
  };
  const short = (kind: Kind, value: number): string => {
    if (kind === "share") return numbers.shareShort(value);
    if (kind === "seconds") return sayDuration(value, language, true);
    if (kind === "money") return numbers.moneyShort(value);
    return numbers.compact(value);
  };
  return {
    language,
    say,
    head,
    short,
    period: periods.long,
    periodShort: periods.short,
    change: (share) => `${share < 0 ? "−" : "+"}${numbers.share(Math.abs(share))}`,
  };
}

/** Smaller numbers are as short in full. */
const COMPACT_FROM = 10_000;
const HEAD_FROM = 1_000_000;
/** From here on, decimals say nothing. */
const WHOLE_FROM = 1_000;

function makeNumbers({ language, currency }: Setting) {
  const locale = language === "ja" ? "ja-JP" : "en-GB";
  const format = (options: Intl.NumberFormatOptions) => {
    const made = new Intl.NumberFormat(locale, options);
    return (value: number) => made.format(value).replace(/^-(?=\S)/, "−");
  };
  const whole = format({ maximumFractionDigits: 0 });
  const decimal = format({ maximumFractionDigits: 2 });
  const tenth = format({ maximumFractionDigits: 1 });
  const small = format({ maximumSignificantDigits: 3 });
  const compact = format({ notation: "compact", maximumFractionDigits: 1 });
  const compactSmall = format({ maximumSignificantDigits: 2 });
  const share = format({ style: "percent", maximumFractionDigits: 1 });
  const shareSmall = format({ style: "percent", maximumSignificantDigits: 2 });
  // In Japanese the name of the currency stands behind the number: 1,200円.
  const money: Intl.NumberFormatOptions = {
    style: "currency",
    currency: /^[A-Z]{3}$/.test(currency) ? currency : "JPY",
    currencyDisplay: language === "ja" ? "name" : "narrowSymbol",
  };
  const tight = (text: string) =>
    language === "ja" ? text.replace(/\s(?=円)/, "").replace("米ドル", "ドル") : text;
  const moneyFull = format(money);
  const moneyWhole = format({ ...money, maximumFractionDigits: 0 });
  const moneyRound = format({ ...money, trailingZeroDisplay: "stripIfInteger" });
  const moneyCompact = format({ ...money, notation: "compact", maximumFractionDigits: 1 });
  const compactHead: Intl.NumberFormatOptions = {
    notation: "compact",
    maximumSignificantDigits: 4,
  };
  const moneyHead = format({ ...money, ...compactHead });
  const isPart = (value: number) => value !== 0 && Math.abs(value) < 1;
  // Three digits are enough where there is little room.
  const short = (value: number) =>
    (Math.abs(value) < 10 ? decimal : Math.abs(value) < 100 ? tenth : whole)(value);
  const decimalOf = (value: number) => (Math.abs(value) < WHOLE_FROM ? decimal : whole)(value);
  const moneyOf = (value: number) => {
    const size = Math.abs(value);
    if (size >= COMPACT_FROM) return moneyCompact(value);
    return (size >= 10 ? moneyWhole : moneyRound)(value);
  };
  return {
    whole,
    decimal: (value: number) => (isPart(value) ? small : decimalOf)(value),
    head: format(compactHead),
    moneyHead: (value: number) => tight(moneyHead(value)),
    compact: (value: number) =>
      isPart(value)
        ? compactSmall(value)
        : (Math.abs(value) < COMPACT_FROM ? short : compact)(value),
    share: (value: number) => (value !== 0 && Math.abs(value) < 0.001 ? shareSmall : share)(value),
    shareShort: (value: number) =>
      value !== 0 && Math.abs(value) < 0.1 ? share(value) : percentWhole(value, locale),
    money: (value: number) => tight(moneyFull(value)),
    moneyShort: (value: number) => tight(moneyOf(value)),
  };
}

function percentWhole(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(
    value,
  );
}

const UNITS = {
  en: { day: " d", hour: " h", minute: " min", second: " s", gap: " " },
  ja: { day: "日", hour: "時間", minute: "分", second: "秒", gap: "" },
};

/** A duration as people say it, in its two biggest units: 3時間20分, 2 d 4 h. */
export function sayDuration(seconds: number, language: Language, short = false): string {
  const units = UNITS[language];
  const sign = seconds < 0 ? "−" : "";
  const total = Math.abs(seconds);
  if (total < 60) {
    const text =
      total < 10 && !Number.isInteger(total) ? total.toFixed(1) : String(Math.round(total));
    return `${sign}${text}${units.second}`;
  }
  const steps: [number, string][] = [
    [86_400, units.day],
    [3_600, units.hour],
    [60, units.minute],
    [1, units.second],
  ];
  const first = steps.findIndex(([size]) => total >= size);
  const small = steps[first + 1] ?? [1, units.second];
  const rounded = Math.round(total / small[0]) * small[0];
  // What is rounded up to a whole unit is said in that one: an hour, not sixty minutes.
  const up = steps.findIndex(([size]) => rounded >= size);
  const big = steps[up] ?? small;
  const many = Math.floor(rounded / big[0]);
  const rest = up < first ? 0 : Math.round((rounded - many * big[0]) / small[0]);
  const head = `${sign}${many.toLocaleString("en")}${big[1]}`;
  return rest === 0 || short ? head : `${head}${units.gap}${rest}${small[1]}`;
}

/** Names of periods; they are in the zone of the answer, which may not be the workspace's. */
function makePeriods({ language, zone, interval }: Setting) {
  const locale = language === "ja" ? "ja-JP" : "en-GB";
  const dates = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
    return (at: Date) => made.format(at);
  };
  const month = language === "ja" ? "long" : "short";
  const day = dates({ year: "numeric", month, day: "numeric" });
  const dayName = dates({ year: "numeric", month, day: "numeric", weekday: "short" });
  const monthName = dates({ year: "numeric", month });
  const year = dates({ year: "numeric" });
  const dayShort = dates({ month: language === "ja" ? "numeric" : "short", day: "numeric" });
  const hour = dates({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const monthShort = dates({ year: "2-digit", month: "short" });
  const quarter = (at: Date) => {
    const number = Math.ceil(Number(dates({ month: "numeric" })(at).replace(/\D/g, "")) / 3);
    return language === "ja" ? `${year(at)}第${number}四半期` : `Q${number} ${year(at)}`;
  };
  const long: Record<Interval, (at: Date) => string> = {
    hour: (at) => `${day(at)} ${hour(at)}`,
    day: dayName,
    week: (at) => (language === "ja" ? `${day(at)}の週` : `week of ${day(at)}`),
    month: monthName,
    quarter,
    year,
  };
  const short: Record<Interval, (at: Date) => string> = {
    hour: (at) => `${dayShort(at)} ${hour(at)}`,
    day: dayShort,
    week: dayShort,
    month: monthShort,
    quarter,
    year,
  };
  const read = (write: (at: Date) => string) => (start: unknown) => {
    const at = new Date(String(start));
    return start === null || start === undefined || Number.isNaN(at.getTime()) ? ABSENT : write(at);
  };
  return { long: read(long[interval]), short: read(short[interval]) };
}

export function useValues(answer: Pick<Answer, "currency" | "zone" | "interval">): Values {
  const { language } = useLanguage();
  const { currency, zone, interval } = answer;
  return useMemo(
    () => makeValues({ language, currency, zone, interval }),
    [language, currency, zone, interval],
  );
}

/** The same before there is an answer: in the workspace's money and zone. */
export function useWorkspaceValues(interval: Interval = "day"): Values {
  const workspace = useWorkspaceMaybe();
  return useValues({
    currency: workspace?.currency ?? "JPY",
    zone: workspace?.time_zone ?? "UTC",
    interval,
  });
}
