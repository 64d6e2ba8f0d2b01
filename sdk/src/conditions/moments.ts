/** When something is asked, and what the moments of a condition are then. */
import type { Moment, Span, Window } from "./ast";

/** The moment that a caller asks about. */
export interface At {
  /** Whole microseconds since 1970, UTC: `Date.now() * 1000`. */
  now_us: number;
  /** The workspace's, an IANA name. Default UTC. */
  zone?: string;
  /** Default monday. */
  week_start?: "monday" | "sunday" | "saturday";
}

export type Asked = Required<At>;

/** Microseconds since 1970; bigint, as the year 9999 is beyond what a number holds exactly. */
export type Instant = bigint;
/** [since, until); an open end is infinite. Numbers and bigints compare exactly. */
export type Bounds = [since: Instant | number, until: Instant | number];

const MINUTE_US = 6e7;
const HOUR_MS = 36e5;
export const DAY_MS = 24 * HOUR_MS;
const FIRST_DAY_MS = Date.parse("0001-01-01");
const LAST_DAY_MS = Date.parse("9999-12-31");
const WRITTEN =
  /^((?!0000)\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;

/** Engines also take "utc", "+09:00" and "JST", which are no IANA names: to the server they are no zones. */
const NAMED = /^(?:[A-Z].{3}|[CEMW]ET|[EHM]ST|GMT|PRC|RO[CK]|UCT|UTC|GB|NZ)/;

/** For what is not known here, or only to a newer version of the language: the server answers then. */
export function refuse(): never {
  throw new Error();
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Throws a RangeError for what is no zone. A formatter costs more than all else here, so it is kept. */
function clockOf(zone: string): Intl.DateTimeFormat {
  const clock =
    clocks.get(zone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  clocks.set(zone, clock);
  return clock;
}

export function isZone(name: unknown): name is string {
  try {
    return typeof name === "string" && NAMED.test(name) && !!clockOf(name);
  } catch {
    return false;
  }
}

/** What clocks show in the zone, as if it were UTC. Six digits of a year, for the day after 9999-12-31. */
function showMs(ms: number, zone: string): number {
  const [month, day, year, hour, minute, second] = clockOf(zone).format(ms).match(/\d+/g) ?? [];
  return Date.parse(`+${year?.padStart(6, "0")}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** A day as UTC's midnight: the one that clocks in the zone show. */
const dayMs = (ms: number, zone: string): number => Math.floor(showMs(ms, zone) / DAY_MS) * DAY_MS;

export const todayMs = (at: Asked, zone: string): number =>
  dayMs(Math.floor(at.now_us / 1e6) * 1e3, zone);

/** The first instant of a day in a zone, also where midnight does not exist or comes twice. */
function startOfDay(day: number, zone: string): Instant {
  // Offsets change by the hour or so: the day begins at midnight by the offset before or after it.
  const midnights = [-DAY_MS, 0, DAY_MS].map(
    (shift) => 2 * day + shift - showMs(day + shift, zone),
  );
  const inside = midnights.filter((ms) => dayMs(ms, zone) === day);
  // A day that the zone left out (Samoa's 30 December 2011) begins with the one after it.
  return BigInt(inside.length ? Math.min(...inside) : Math.max(...midnights)) * 1000n;
}

/** A date or a time as text; undefined for anything else, and for days that no calendar has. */
export function readInstant(text: unknown, zone: string): Instant | undefined {
  const [, date, time, second = "00", fraction = "", offset = "Z"] =
    (typeof text === "string" && WRITTEN.exec(text)) || [];
  if (!date) return;
  const day = Date.parse(date);
  // Some engines let 30 February roll over.
  if (new Date(day).getUTCDate() !== +date.slice(8)) return;
  if (!time) return startOfDay(day, zone);
  const ms = Date.parse(`${date}T${time}:${second}${offset}`);
  return BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, "0"));
}

/** Exact: the units are multiples of powers of two. NaN for an unknown unit, which `BigInt` refuses. */
export function spanUs(span: Span): number {
  const minutes = { minute: 1, hour: 60, day: 1440, week: 10080 }[span.unit];
  return Number(BigInt(span.n * minutes * MINUTE_US));
}

/** The first day of the unit that today is in, `offset` units later; clamped to the calendar's ends. */
function startOfPeriod(moment: Moment & { at: "start_of" }, at: Asked, zone: string): number {
  const { unit, offset = 0 } = moment;
  const today = new Date(todayMs(at, zone));
  const [year, month] = [today.getUTCFullYear(), today.getUTCMonth()];
  const weekday = { monday: 1, saturday: 6, sunday: 0 }[at.week_start];
  const first = {
    day: () => +today + offset * DAY_MS,
    week: () => +today + (offset * 7 - ((today.getUTCDay() - weekday + 7) % 7)) * DAY_MS,
    month: () => today.setUTCFullYear(year, month + offset, 1),
    year: () => today.setUTCFullYear(year + offset, 0, 1),
  }[unit]();
  const isBeyond = first < FIRST_DAY_MS || first > LAST_DAY_MS;
  return isBeyond ? Date.parse(offset > 0 ? "9998-12-31" : "0002-01-01") : first;
}

function instantOf(moment: Moment, at: Asked, zone: string): Instant {
  switch (moment.at) {
    case "date":
      return readInstant(moment.date, zone) ?? refuse();
    case "time":
      return readInstant(moment.time, zone) ?? refuse();
    case "ago":
      return BigInt(at.now_us) - BigInt(spanUs(moment.span));
    case "ahead":
      return BigInt(at.now_us) + BigInt(spanUs(moment.span));
    case "start_of":
      return startOfDay(startOfPeriod(moment, at, zone), zone);
  }
  return refuse();
}

export function boundsOf(window: Window, at: Asked, zone: string): Bounds {
  const { since, until } = window;
  return [
    since ? instantOf(since, at, zone) : -Infinity,
    until ? instantOf(until, at, zone) : Infinity,
  ];
}

export const isWithin = (us: Instant | number, [since, until]: Bounds): boolean =>
  us >= since && us < until;
