import type { Answered, Withheld } from "@/lib/api";
import { dayKey } from "@/lib/format";

const DAY_MS = 86_400_000;

export interface AnswerTotals {
  granted: number;
  refused: number;
  answers: number;
  /** Of all answers those that agree; nothing while there are none. */
  share: number | null;
}

export function totalAnswers(rows: Answered[]): AnswerTotals {
  const granted = rows.reduce((sum, row) => sum + row.granted, 0);
  const refused = rows.reduce((sum, row) => sum + row.refused, 0);
  const answers = granted + refused;
  return { granted, refused, answers, share: answers === 0 ? null : granted / answers };
}

export interface WithheldDays {
  /** YYYY-MM-DD in the workspace's zone, oldest first, without gaps. */
  days: string[];
  /** What was withheld on each day, by place and reason. */
  series: { place: string; reason: string; values: number[] }[];
  total: number;
  /** Of as many days before; nothing when there was nothing. */
  change: number | null;
}

/** The last `days` days, today among them; `rows` go back twice as far, to compare. */
export function foldWithheld(
  rows: Withheld[],
  days: number,
  timeZone: string,
  now: Date,
): WithheldDays {
  const keys = lastDays(days * 2, timeZone, now);
  const before = new Set(keys.slice(0, days));
  const shown = keys.slice(days);
  const found = new Map<string, WithheldDays["series"][number]>();
  let total = 0;
  let earlier = 0;
  for (const row of rows) {
    const day = dayKey(row.hour, timeZone);
    const at = shown.indexOf(day);
    if (before.has(day)) earlier += row.number;
    if (at < 0) continue;
    const key = `${row.place} ${row.reason}`;
    const known = found.get(key);
    const series = known ?? { place: row.place, reason: row.reason, values: shown.map(() => 0) };
    series.values[at] = (series.values[at] ?? 0) + row.number;
    if (!known) found.set(key, series);
    total += row.number;
  }
  const change = earlier === 0 ? null : (total - earlier) / earlier;
  return { days: shown, series: [...found.values()], total, change };
}

/** Calendar days: a day of 23 or 25 hours is one day too. */
export function lastDays(days: number, timeZone: string, now: Date): string[] {
  const today = Date.parse(`${dayKey(now.toISOString(), timeZone)}T00:00:00Z`);
  return Array.from({ length: days }, (_, at) =>
    new Date(today - (days - 1 - at) * DAY_MS).toISOString().slice(0, 10),
  );
}

const LABEL_UNITS_MAX = 26;

/** A question as a chart's label. Of a long title the end goes, of the channel behind it nothing: the
 * channel is what tells the questions of a purpose apart. A character of Japanese is two units wide. */
export function shortenQuestion(question: string): string {
  const at = question.lastIndexOf(" · ");
  const channel = at < 0 ? "" : question.slice(at);
  const title = at < 0 ? question : question.slice(0, at);
  let room = LABEL_UNITS_MAX - measure(channel);
  if (measure(title) <= room) return question;
  let cut = "";
  for (const character of title) {
    room -= measure(character);
    if (room < 1) break;
    cut += character;
  }
  return `${cut.trimEnd()}…${channel}`;
}

function measure(text: string): number {
  return [...text].reduce((sum, one) => sum + (one > "\u2e7f" ? 2 : 1), 0);
}
