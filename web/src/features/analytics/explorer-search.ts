import type { Cell } from "@/components/answer/answer-read";
import type { AnswerLook, AnswerRange, Interval, Question } from "@/lib/api";
import { compact, type RawSearch, readChoice, readFlag, readNumber } from "@/lib/search";

/** What the address of the explorer holds: the whole question, so that it can be sent to a colleague. */
export interface ExplorerSearch {
  q?: Question;
  look?: AnswerLook;
  /** A number that was opened: who is behind it. */
  cell?: Cell;
  /** A question that is answered in the background. */
  run?: number;
}

export function readExplorerSearch(raw: RawSearch): ExplorerSearch {
  return compact({
    q: readQuestion(raw.q),
    look: isObject(raw.look) ? (raw.look as AnswerLook) : undefined,
    cell: isObject(raw.cell) ? raw.cell : undefined,
    run: readNumber(raw, "run"),
  });
}

/** A question as an address holds it: whatever has not its shape is no question. */
export function readQuestion(raw: unknown): Question | undefined {
  if (typeof raw !== "object" || raw === null || !("metric" in raw)) return undefined;
  const { metric, params } = raw as Question;
  if (typeof metric !== "string" || metric === "") return undefined;
  return { ...(raw as Question), params: typeof params === "object" && params ? params : {} };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Days that stand for those of all tiles; which tile a list of people was opened from. */
export interface DashboardSearch {
  range?: AnswerRange;
  interval?: Interval;
  tile?: number;
  cell?: Cell;
  edit?: true;
}

const INTERVALS: Interval[] = ["hour", "day", "week", "month", "quarter", "year"];
const RANGES = ["last", "dates", "all", "until_last"];

export function readDashboardSearch(raw: RawSearch): DashboardSearch {
  const { range } = raw;
  const isRange = isObject(range) && RANGES.includes(String(range.kind));
  return compact({
    range: isRange ? (range as unknown as AnswerRange) : undefined,
    interval: readChoice(raw, "interval", INTERVALS),
    tile: readNumber(raw, "tile"),
    cell: isObject(raw.cell) ? raw.cell : undefined,
    edit: readFlag(raw, "edit"),
  });
}
