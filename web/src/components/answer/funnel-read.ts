import type { MetricAnswer as Answer, AnswerColumn } from "@/lib/api";
import type { Names } from "./answer-names";
import { distinct, matchCompared, numberAt, type Parts, type Row, valueAt } from "./answer-read";

export interface Step {
  people: number;
  /** Of those who reached the step before; null for the first, and where nobody did. */
  ofBefore: number | null;
  ofFirst: number | null;
  low: number | null;
  high: number | null;
  /** Who has not reached it and still has time to. */
  open: number;
  /** Seconds from the step before, typically. */
  seconds: number | null;
  before: number | null;
  row: Row;
}

export interface FunnelView {
  steps: string[];
  /** One for each label of the breakdown; one without a name where there is none. */
  groups: { name: string | null; steps: (Step | undefined)[] }[];
  measure: AnswerColumn | undefined;
  /** Whether who was lost before a step can be listed. */
  opensLost: boolean;
  most: number;
}

const SECONDS_KEYS = ["median_seconds", "seconds"];

/** Rows of steps, in their order, for each label. */
export function readFunnel(answer: Answer, parts: Parts, names: Names): FunnelView {
  const stepBy = answer.columns.find(({ key }) => key === "step");
  const nameBy = parts.labels.find(({ key }) => key !== "label" && key !== "step") ?? stepBy;
  const measure = parts.values.find(({ kind, key }) => kind === "people" && key !== "open");
  const share = parts.values.find(({ key }) => key === "share_before");
  const compared = matchCompared(answer, parts);
  const find = (keys: string[]) => parts.values.find(({ key }) => keys.includes(key))?.key;
  const keys = { open: find(["open"]), seconds: find(SECONDS_KEYS) };
  const order = distinct(answer.rows.map((row) => stepBy && valueAt(row, parts, stepBy.key)));
  const labels = distinct(answer.rows.map((row) => valueAt(row, parts, "label") ?? null));
  const labelBy = answer.columns.find(({ key }) => key === "label");
  const read = (row: Row, key: string | null | undefined) =>
    key ? numberAt(row, parts, key) : null;
  const groups = labels.map((label) => {
    const steps: (Step | undefined)[] = order.map(() => undefined);
    for (const [number, row] of answer.rows.entries()) {
      if ((valueAt(row, parts, "label") ?? null) !== label) continue;
      const place = order.indexOf(stepBy && valueAt(row, parts, stepBy.key));
      steps[place] = {
        people: read(row, measure?.key) ?? 0,
        ofBefore: read(row, share?.key),
        ofFirst: null,
        low: read(row, share?.low),
        high: read(row, share?.high),
        open: read(row, keys.open) ?? 0,
        seconds: read(row, keys.seconds),
        before: measure ? numberAt(compared.get(number), parts, measure.key) : null,
        row,
      };
    }
    return {
      name: labels.length > 1 && labelBy ? names.label(labelBy, label) : null,
      steps: withShares(steps),
    };
  });
  const nameOf = (step: unknown) => {
    const row = answer.rows.find((one) => stepBy && valueAt(one, parts, stepBy.key) === step);
    return nameBy && row ? names.label(nameBy, valueAt(row, parts, nameBy.key)) : String(step);
  };
  return {
    steps: order.map(nameOf),
    groups,
    measure,
    opensLost: parts.values.some(({ key, opens }) => key === "dropped" && opens),
    most: Math.max(1, ...groups.flatMap(({ steps }) => steps.map((step) => step?.people ?? 0))),
  };
}

function withShares(steps: (Step | undefined)[]): (Step | undefined)[] {
  const first = steps[0]?.people ?? 0;
  return steps.map((step, place) => {
    if (!step) return step;
    const before = steps[place - 1]?.people ?? 0;
    return {
      ...step,
      // An optional step is passed over, which only the answer itself knows.
      ofBefore: step.ofBefore ?? (place > 0 && before > 0 ? step.people / before : null),
      ofFirst: first > 0 ? step.people / first : null,
    };
  });
}
