import { expect, test } from "vitest";
import type { DashboardDetail, Metric, Score, ScorePreview, Tile } from "@/lib/api";
import { readDashboardSearch, readExplorerSearch, readQuestion } from "./explorer-search";
import { findFault, readPlaces } from "./form-places";
import { clockOf, instantOf } from "./local-time";
import { splitBlocks } from "./Markdown";
import { isComplete, listEvents, type ParamSchema, readFields, startObject } from "./param-schema";
import { changeMetric, isAskable, isSame, startQuestion, tidy } from "./question";
import { keyOf, sayRange } from "./range-rules";
import { asSpread, readAreas } from "./score-rules";
import { asBody, asTile, move, questionOf, resize, withDays } from "./tile-rules";
import { putAt } from "./use-event-check";

const EVENT = { $ref: "#/$defs/EventMatch" };
const TREND: ParamSchema = {
  properties: {
    series: {
      type: "array",
      items: { $ref: "#/$defs/Series" },
      minItems: 1,
      maxItems: 6,
    },
    refund: { anyOf: [EVENT, { type: "null" }], default: { name: "Order Refunded" } },
    preset: { anyOf: [{ enum: ["auto"] }, { enum: ["browsing", "regulars"] }], default: "auto" },
    stage: { anyOf: [{ $ref: "#/$defs/All" }, { $ref: "#/$defs/Did" }] },
    events: { type: "array", items: EVENT, minItems: 1 },
    weeks: { type: "integer", minimum: 1, maximum: 9, default: 4 },
  },
  required: ["series"],
  $defs: {
    EventMatch: { properties: { name: { type: "string" } } },
    Series: {
      properties: { event: EVENT, money: { type: "boolean", default: false } },
      required: ["event"],
    },
  },
};

const fields = readFields(TREND);

test("a schema becomes fields that a form can ask for", () => {
  expect(fields.map((field) => [field.name, field.kind, field.nullable])).toEqual([
    ["series", "list", false],
    ["refund", "event", true],
    ["preset", "choice", false],
    ["stage", "condition", false],
    ["events", "events", false],
    ["weeks", "whole", false],
  ]);
  expect(fields[0]?.fields.map((field) => field.kind)).toEqual(["event", "flag"]);
  expect(fields[2]?.options).toEqual(["auto", "browsing", "regulars"]);
  expect(fields[5]).toMatchObject({ least: 1, most: 9, fallback: 4 });
});

test("a question starts with what the metric cannot do without, and nothing else", () => {
  expect(startObject(fields, "Order Completed")).toEqual({
    series: [{ event: { name: "Order Completed" } }],
  });
});

test("a question is complete when every event has a name; any event is a name", () => {
  expect(isComplete(fields, { series: [{ event: { name: "" } }] })).toBe(false);
  expect(isComplete(fields, { series: [{ event: { name: null } }] })).toBe(true);
  expect(isComplete(fields, { series: [] })).toBe(false);
  expect(isComplete(fields, {})).toBe(false);
  const unfinished = { name: "x", where: [{ property: "", test: { op: "exists" } }] };
  expect(isComplete(fields, { series: [{ event: unfinished }] })).toBe(false);
});

test("events are found with their places, and a suggestion goes where it belongs", () => {
  const params = { series: [{ event: { name: "a" } }, { event: { name: "b" } }], refund: null };
  expect(listEvents(fields, params).map((one) => one.place)).toEqual([
    "series.0.event",
    "series.1.event",
  ]);
  expect(putAt(params, "series.1.event", { name: "c" })).toEqual({
    series: [{ event: { name: "a" } }, { event: { name: "c" } }],
    refund: null,
  });
});

function metric(more: Partial<Metric>): Metric {
  return {
    key: "trend",
    group: "behaviour",
    shape: "series",
    title: { en: "Trend", ja: "推移" },
    definition: { en: "", ja: "" },
    params: TREND as Record<string, unknown>,
    by_period: true,
    breaks_down: true,
    compares: true,
    opens_people: true,
    engines: [],
    ...more,
  };
}

const known = [
  { name: "Page Viewed", volume: 900 },
  { name: "Order Completed", volume: 20 },
];

test("the first question is of the event that is most often meant, else of the most frequent", () => {
  expect(startQuestion(metric({}), known).params).toEqual({
    series: [{ event: { name: "Order Completed" } }],
  });
  expect(startQuestion(metric({}), known.slice(0, 1)).params).toEqual({
    series: [{ event: { name: "Page Viewed" } }],
  });
});

test("another metric keeps whom and when, and drops what it cannot do", () => {
  const before = {
    metric: "trend",
    params: {},
    range: { kind: "all" as const },
    breakdown: { by: "touchpoint" as const },
    compare: "previous_year" as const,
  };
  const next = changeMetric(before, metric({ key: "rfm", breaks_down: false }), known);
  expect(next).toMatchObject({ metric: "rfm", range: { kind: "all" }, compare: "previous_year" });
  expect(next.breakdown).toBeUndefined();
});

test("what is the default anyhow is not in the address, so the same question is the same text", () => {
  const question = {
    metric: "trend",
    params: {},
    people: { kind: "all", of: [] },
    range: { kind: "last" as const, n: 30, unit: "day" as const },
    interval: "day" as const,
    compare: null,
    sample: 1,
    leave_out: { bots: true, tests: true, late: false },
  };
  expect(tidy(question)).toEqual({ metric: "trend", params: {} });
  expect(isSame(question, { params: {}, metric: "trend" })).toBe(true);
  expect(isSame(question, { ...question, sample: 0.1 })).toBe(false);
});

test("what the server found wrong stands at its field, or at what holds it", () => {
  const faults = new Map(
    readPlaces({ "params.steps[0].optional": "first", "range.last": "backwards", zone: "unknown" }),
  );
  expect(findFault(faults, "params.steps.0.optional")).toBe("first");
  expect(findFault(faults, "params.steps.0")).toBeUndefined();
  expect(findFault(faults, "params.steps.0", true)).toBe("first");
  expect(findFault(faults, "range", true)).toBe("backwards");
  expect(findFault(faults, "params.steps.1", true)).toBeUndefined();
});

test("a breakdown without a name cannot be asked yet", () => {
  const asked = { metric: "trend", params: { series: [{ event: { name: "a" } }] } };
  expect(isAskable(asked, metric({}))).toBe(true);
  expect(isAskable({ ...asked, breakdown: { by: "property", property: "" } }, metric({}))).toBe(
    false,
  );
});

test("an address that holds no question is an explorer without one", () => {
  expect(readQuestion("trend")).toBeUndefined();
  expect(readQuestion({ metric: "" })).toBeUndefined();
  expect(readExplorerSearch({ q: { metric: "trend", params: 3 }, run: "7", cell: "x" })).toEqual({
    q: { metric: "trend", params: {} },
    run: 7,
  });
  expect(readDashboardSearch({ range: { kind: "never" }, interval: "week", edit: "true" })).toEqual(
    {
      interval: "week",
      edit: true,
    },
  );
});

const words = {
  rangeLast: (n: string, unit: string) => `過去${n}${unit}`,
  rangeUntil: (n: string, unit: string) => `最後の${n}${unit}`,
  rangeUntilAll: "最後まで",
  rangeDates: (first: string, last: string) => `${first}〜${last}`,
  ranges: { all: "全期間", current: "現在を含む" },
  units: { day: "日", month: "か月" },
  currents: { month: "今月" },
};

test("a period is found among the usual ones, and said in words", () => {
  expect(keyOf({ kind: "last", n: 30 })).toBe("last_30_day");
  expect(keyOf({ kind: "last", n: 31, unit: "day" })).toBeUndefined();
  const say = (range: Parameters<typeof sayRange>[0]) => sayRange(range, words, (day) => day);
  expect(say({ kind: "last", n: 7, unit: "day" })).toBe("過去7日");
  expect(say({ kind: "last", n: 1, unit: "month", current: true })).toBe("今月");
  expect(say({ kind: "dates", first: "2026-05-01", last: "2026-05-03" })).toBe(
    "2026-05-01〜2026-05-03",
  );
  expect(say({ kind: "until_last" })).toBe("最後まで");
});

test("a time on the workspace's clocks is one instant, whatever the clocks do that day", () => {
  expect(instantOf("2026-05-10", "09:30", "Asia/Tokyo")).toBe("2026-05-10T00:30:00.000Z");
  // New York is four hours behind from 8 March 2026 on, 02:00.
  expect(instantOf("2026-03-08", "01:30", "America/New_York")).toBe("2026-03-08T06:30:00.000Z");
  expect(instantOf("2026-03-08", "03:30", "America/New_York")).toBe("2026-03-08T07:30:00.000Z");
  expect(clockOf("2026-05-09T15:00:00Z", "Asia/Tokyo")).toEqual({
    day: "2026-05-10",
    time: "00:00",
  });
});

const tile: Tile = {
  report_id: 3,
  report_name: "Orders",
  own_query: null,
  query: { metric: "trend", params: {} },
  text: null,
  title: null,
  missing: null,
  shape: "series",
  width: 6,
  height: 4,
  view: {},
};

test("a tile is written as what is its own, and shown before it is kept", () => {
  const body = asBody(tile);
  expect(body).toEqual({ report_id: 3, width: 6, height: 4, view: {} });
  const dashboard = { tiles: [tile] } as unknown as DashboardDetail;
  expect(questionOf(body, dashboard)).toEqual(tile.query);
  expect(asTile({ text: "# Hi" }, dashboard, "x").text).toEqual({ en: "# Hi", ja: "# Hi" });
  expect(withDays(tile.query, { interval: "week" })).toEqual({
    metric: "trend",
    params: {},
    interval: "week",
  });
});

test("tiles move one place and grow one step, and stop at the ends", () => {
  expect(move(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
  expect(move(["a", "b"], 1, 1)).toEqual(["a", "b"]);
  expect([resize(6, 1), resize(5, 1), resize(12, 1), resize(3, -1)]).toEqual([8, 6, 12, 3]);
});

test("a text is cut into headings, lists and paragraphs", () => {
  expect(splitBlocks("# One\ntwo\nthree\n\n- a\n- b\nfour")).toEqual([
    ["# One"],
    ["two", "three"],
    ["- a", "- b"],
    ["four"],
  ]);
});

const score = {
  key: "engagement_score",
  kind: "score",
  title: { en: "Score", ja: "スコア" },
  description: { en: "", ja: "" },
  words: { loyal: { en: "Loyal", ja: "ロイヤル" } },
} as unknown as Score;

test("how well a score foretells is read of each thing that it foretells", () => {
  const purchase = { auc: 0.75, low: 0.7, high: 0.8, grade: "fairly" };
  expect(readAreas({ purchase, silence: null })).toEqual([{ what: "purchase", ...purchase }]);
  expect(readAreas({ auc: 0.6, low: null, high: null, grade: "weakly" })).toEqual([
    { what: "leaving", auc: 0.6, low: null, high: null, grade: "weakly" },
  ]);
  expect(readAreas({ caveats: [] })).toEqual([]);
});

test("the spread of a score is drawn as any answer is", () => {
  const setting = { currency: "JPY", zone: "Asia/Tokyo", week_start: "monday" as const };
  const preview = { bins: [{ low: 0, high: 5, people: 3 }], common: [] } as unknown as ScorePreview;
  const labels = { bins: [], common: [{ value: "loyal", people: 2 }] } as unknown as ScorePreview;
  const draw = (one: ScorePreview) =>
    asSpread(score, one, { value: "値", people: "人" }, String, setting);
  expect(draw(preview).rows).toEqual([["0 – 5", 3]]);
  expect(draw(labels)).toMatchObject({
    rows: [["loyal", 2]],
    columns: [{ words: score.words }, {}],
  });
});
