/** A window of time as it is chosen; what fits none of the short ways is written with its two ends. */
import type { CalendarUnit, Moment, Span, Window } from "./condition";

export type WindowChoice =
  | { way: "ever" }
  | { way: "last"; span: Span }
  | { way: "before"; span: Span }
  | { way: "next"; span: Span }
  | { way: "this"; unit: CalendarUnit }
  | { way: "previous"; unit: CalendarUnit }
  | { way: "ends"; since: Moment | null; until: Moment | null };

export type WindowWay = WindowChoice["way"];

export function readWindow(window: Window | undefined): WindowChoice {
  const since = window?.since ?? null;
  const until = window?.until ?? null;
  if (!since && !until) return { way: "ever" };
  if (since?.at === "ago" && !until) return { way: "last", span: since.span };
  if (until?.at === "ago" && !since) return { way: "before", span: until.span };
  if (since?.at === "start_of") {
    const offset = since.offset ?? 0;
    if (!until && offset === 0) return { way: "this", unit: since.unit };
    if (until?.at === "ahead" && since.unit === "day" && offset === 0)
      return { way: "next", span: until.span };
    const ended = until?.at === "start_of" && until.unit === since.unit && !until.offset;
    if (ended && offset === -1) return { way: "previous", unit: since.unit };
  }
  return { way: "ends", since, until };
}

export function writeWindow(choice: WindowChoice): Window {
  switch (choice.way) {
    case "ever":
      return {};
    case "last":
      return { since: { at: "ago", span: choice.span } };
    case "before":
      return { until: { at: "ago", span: choice.span } };
    case "next":
      return {
        since: { at: "start_of", unit: "day" },
        until: { at: "ahead", span: choice.span },
      };
    case "this":
      return { since: { at: "start_of", unit: choice.unit } };
    case "previous":
      return {
        since: { at: "start_of", unit: choice.unit, offset: -1 },
        until: { at: "start_of", unit: choice.unit },
      };
    case "ends":
      return {
        ...(choice.since && { since: choice.since }),
        ...(choice.until && { until: choice.until }),
      };
  }
}

const DAYS_30: Span = { n: 30, unit: "day" };

/** Another way of saying when; a length that was given comes along. */
export function changeWay(choice: WindowChoice, way: WindowWay): WindowChoice {
  if (choice.way === way) return choice;
  const span = "span" in choice ? choice.span : DAYS_30;
  const unit = "unit" in choice ? choice.unit : "month";
  if (way === "ever") return { way };
  if (way === "this" || way === "previous") return { way, unit };
  if (way !== "ends") return { way, span };
  const { since = null, until = null } = writeWindow(choice);
  return { way, since: since ?? { at: "ago", span }, until };
}

/** An instant as a clock on the wall of the zone shows it: `2026-01-31T09:30`, as browsers ask for it. */
export function toLocalTime(instant: string, timeZone: string): string {
  const shown = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "short",
  });
  return shown.format(new Date(instant)).replace(" ", "T");
}

/** The instant at which that clock shows this, in UTC. */
export function fromLocalTime(local: string, timeZone: string): string {
  const asUtc = new Date(`${local.slice(0, 16)}:00Z`).getTime();
  const shift = (at: number) =>
    new Date(`${toLocalTime(new Date(at).toISOString(), timeZone)}:00Z`).getTime() - at;
  // The second look is for instants beside a change of the clocks.
  const first = asUtc - shift(asUtc);
  return `${new Date(asUtc - shift(first)).toISOString().slice(0, 19)}Z`;
}
