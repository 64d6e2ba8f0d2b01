import type { Node } from "@/components/conditions/condition";
import { EMPTY } from "@/components/conditions/condition-rules";
import type { Breakdown, Interval, Metric, Question } from "@/lib/api";
import { isComplete, type ParamSchema, readFields, startObject } from "./param-schema";

export const INTERVALS: Interval[] = ["hour", "day", "week", "month", "quarter", "year"];
export type Range = NonNullable<Question["range"]>;

export const RANGE_DEFAULT: Range = { kind: "last", n: 30, unit: "day" };
export const LEAVE_OUT_DEFAULT = { bots: true, tests: true, late: false };

/** The first question that is asked with a metric: of events that are there. */
export function startQuestion(metric: Metric, known: { name: string; volume: number }[]): Question {
  const fields = readFields(metric.params as ParamSchema);
  const event = likelyEvent(known);
  const question: Question = { metric: metric.key, params: startObject(fields, event) };
  // Who buys what asks by what customers are told apart.
  if (metric.key === "buyers") return { ...question, breakdown: { by: "touchpoint" } };
  return metric.key === "funnel" || metric.key === "correlation" || metric.key === "conversion"
    ? startOnTheWay(question, known)
    : question;
}

const WANTED = ["Order Completed", "Product Viewed", "Product Added", "Checkout Started"];

/** What people usually ask about first; else the event that came most often. */
export function likelyEvent(known: { name: string; volume: number }[]): string | null {
  const names = new Set(known.map((one) => one.name));
  const wanted = WANTED.find((name) => names.has(name));
  return wanted ?? known.toSorted((a, b) => b.volume - a.volume)[0]?.name ?? null;
}

const WAY_TO_BUY = ["Product Viewed", "Product Added", "Checkout Started", "Order Completed"];

/** What leads somewhere begins with what comes before it: steps on the way to buy, as far as they are known. */
function startOnTheWay(question: Question, known: { name: string }[]): Question {
  const names = new Set(known.map((one) => one.name));
  const way = WAY_TO_BUY.filter((name) => names.has(name));
  const { steps, start } = question.params ?? {};
  const [begin] = way;
  if (way.length < 2) return question;
  if (start && begin) return withParams(question, { start: { name: begin } });
  if (!Array.isArray(steps)) return question;
  const [first] = steps as Record<string, unknown>[];
  return withParams(question, { steps: way.map((name) => ({ ...first, event: { name } })) });
}

function withParams(question: Question, params: Record<string, unknown>): Question {
  return { ...question, params: { ...question.params, ...params } };
}

/** Another metric keeps whom and when the question is about. */
export function changeMetric(
  question: Question | undefined,
  metric: Metric,
  known: { name: string; volume: number }[],
): Question {
  const fresh = startQuestion(metric, known);
  if (!question) return fresh;
  const { range, interval, people, zone, week_start, sample, leave_out } = question;
  return tidy({
    ...fresh,
    range,
    interval,
    people,
    zone,
    week_start,
    sample,
    leave_out,
    ...(metric.breaks_down && { breakdown: question.breakdown }),
    ...(metric.compares && { compare: question.compare }),
  });
}

/** Without what is the default anyhow, so that addresses are short and the same question is the same text. */
export function tidy(question: Question): Question {
  const { people, range, interval, leave_out, sample, breakdown, ...rest } = question;
  const kept = {
    ...rest,
    ...(people && !isNobodyMeant(people as unknown as Node) && { people }),
    ...(range && JSON.stringify(range) !== JSON.stringify(RANGE_DEFAULT) && { range }),
    ...(interval && interval !== "day" && { interval }),
    ...(sample !== undefined && sample < 1 && { sample }),
    ...(leave_out && !isLeaveOutDefault(leave_out) && { leave_out }),
    ...(breakdown && { breakdown }),
  };
  const told = Object.entries(kept).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(told) as unknown as Question;
}

/** What is said of it anyhow where nobody says anything. */
export function isLeaveOutDefault(leaveOut: NonNullable<Question["leave_out"]>): boolean {
  return (
    (leaveOut.bots ?? true) === LEAVE_OUT_DEFAULT.bots &&
    (leaveOut.tests ?? true) === LEAVE_OUT_DEFAULT.tests &&
    (leaveOut.late ?? false) === LEAVE_OUT_DEFAULT.late
  );
}

/** An empty group means everybody. */
function isNobodyMeant(node: Node): boolean {
  return "of" in node && Array.isArray(node.of) && node.of.length === 0;
}

/** Whether it can be asked: nothing that the metric needs is missing. */
export function isAskable(question: Question, metric: Metric): boolean {
  const fields = readFields(metric.params as ParamSchema);
  return isComplete(fields, question.params ?? {}) && isBreakdownWhole(question.breakdown);
}

function isBreakdownWhole(breakdown: Breakdown | null | undefined): boolean {
  if (!breakdown) return true;
  if (breakdown.by === "property") return breakdown.property !== "";
  if (breakdown.by === "trait") return breakdown.trait !== "";
  return breakdown.by !== "segment" || breakdown.segments.length > 0;
}

/** Who is looked at, as the builder holds it. */
export function conditionOf(people: Question["people"]) {
  return people ? { version: 1 as const, where: people as unknown as Node } : EMPTY;
}

/** Two questions that ask the same. */
export function isSame(a: Question | null | undefined, b: Question | null | undefined): boolean {
  if (!a || !b) return a === b;
  return sorted(tidy(a)) === sorted(tidy(b));
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => a.localeCompare(b)))
      : inner,
  );
}
