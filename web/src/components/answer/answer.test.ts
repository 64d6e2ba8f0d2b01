import { expect, test } from "vitest";
import { makeNames } from "./answer-names";
import {
  changeOf,
  headFigures,
  isEmpty,
  matchCompared,
  OTHER_LABEL,
  readParts,
} from "./answer-read";
import { column, DAYS, makeAnswer, TREND_COLUMNS } from "./answer-samples";
import { makeValues, sayDuration } from "./answer-values";
import { readBars } from "./bars-read";
import { sayCell } from "./cell-title";
import { readFlow } from "./flow-read";
import { readFunnel } from "./funnel-read";
import { placeHappened } from "./happened";
import { alongOf, isSeries } from "./look";
import { sayHeads } from "./MatrixDrawing";
import { readMap } from "./map-read";
import { readMatrix } from "./matrix-read";
import { readSeries, withoutShared, withoutTowering } from "./series-read";
import { shorten, wrap } from "./svg-text";
import { fileOf, readTable } from "./table-read";

const setting = { zone: "Asia/Tokyo", currency: "JPY", interval: "day" } as const;
const ja = makeValues({ language: "ja", ...setting });
const en = makeValues({ language: "en", ...setting });

function namesOf(answer: ReturnType<typeof makeAnswer>) {
  return makeNames(answer, { language: "ja", other: "その他", none: "（なし）" });
}

test("values are written as the language writes them", () => {
  expect(ja.say("money", 12_345)).toBe("12,345円");
  expect(en.say("money", 12_345)).toBe("¥12,345");
  expect(ja.short("money", 123_456_789)).toBe("1.2億円");
  expect(en.short("people", 1_234_567)).toBe("1.2m");
  expect(ja.say("people", 1_234)).toBe("1,234人");
  expect(ja.say("share", 0.4567)).toBe("45.7%");
  expect(ja.say("share", null)).toBe("–");
  expect(en.change(-0.05)).toBe("−5%");
  // Above the rest millions are read at a glance; what is smaller is told in full.
  expect(ja.head("money", 4_594_146)).toBe("459.4万円");
  expect(ja.head("money", 45_941)).toBe("45,941円");
  expect(en.head("people", 1_234_567)).toBe("1.235m");
  expect(ja.say("number", 30_641.97)).toBe("30,642");
  expect(ja.short("number", 108.53)).toBe("109");
  expect(makeValues({ language: "ja", ...setting, currency: "USD" }).say("money", 9.5)).toContain(
    "9.50",
  );
});

test("seconds become what people say", () => {
  expect(sayDuration(4.25, "en")).toBe("4.3 s");
  expect(sayDuration(12_000, "ja")).toBe("3時間20分");
  expect(sayDuration(12_000, "ja", true)).toBe("3時間");
  expect(sayDuration(86_400 * 2 + 3_600 * 4, "en")).toBe("2 d 4 h");
  // 59 minutes and 59.9 seconds are an hour, not sixty minutes.
  expect(sayDuration(3_599.9, "en")).toBe("1 h");
});

test("periods are named in the zone of the answer", () => {
  expect(ja.period("2026-05-01T00:00:00+09:00")).toBe("2026年5月1日(金)");
  const months = makeValues({ language: "en", ...setting, interval: "month" });
  expect(months.period("2026-04-30T15:00:00Z")).toBe("May 2026");
  const quarters = makeValues({ language: "ja", ...setting, interval: "quarter" });
  expect(quarters.period("2026-04-01T00:00:00+09:00")).toBe("2026年第2四半期");
});

const broken = makeAnswer({
  columns: TREND_COLUMNS,
  figures: [
    { key: "A", kind: "money", title: { en: "Sales", ja: "売上" }, value: 30 },
    { key: "A:web", kind: "money", title: { en: "Sales", ja: "売上" }, value: 30 },
  ],
  rows: [
    [DAYS[0], "A", "web", 10],
    [DAYS[0], "A", null, null],
    [DAYS[1], "A", "web", 20],
    [DAYS[1], "A", null, 5],
  ],
  compared: [
    ["2026-04-29T00:00:00+09:00", "A", null, 3],
    ["2026-04-29T00:00:00+09:00", "A", "web", 8],
    ["2026-04-30T00:00:00+09:00", "A", "web", 9],
  ],
  incomplete_since: DAYS[1],
  marks: [{ row: 2, column: "value", text: { en: "High", ja: "多い" }, expected: 9, score: 6 }],
});

test("rows are compared with those of the same label, as many periods after the first", () => {
  const matched = matchCompared(broken, readParts(broken));
  expect(matched.get(0)?.[3]).toBe(8);
  expect(matched.get(1)?.[3]).toBe(3);
  expect(matched.get(2)?.[3]).toBe(9);
  expect(matched.has(3)).toBe(false);
});

test("a change needs something to be compared with", () => {
  expect(changeOf(12, 10)).toBeCloseTo(0.2);
  expect(changeOf(-5, -10)).toBeCloseTo(0.5);
  expect(changeOf(5, 0)).toBeNull();
  expect(changeOf(5, null)).toBeNull();
});

test("series are told apart by what differs, and read as their figure is", () => {
  const view = readSeries(broken, readParts(broken), namesOf(broken));
  expect(view.series.map((one) => one.name)).toEqual(["web", "（なし）"]);
  expect(view.series[0]?.kind).toBe("money");
  expect(view.incompleteFrom).toBe(1);
  expect(view.series[1]?.points.map((point) => point.value)).toEqual([null, 5]);
  expect(view.series[0]?.points[0]?.before).toBe(8);
});

function manyLabels(kind: "count" | "people", labels: (string | null)[]) {
  return makeAnswer({
    columns: [column("period", "time"), column("label", "label"), column("value", kind)],
    rows: labels.map((label, at) => [DAYS[0], label, at + 1]),
  });
}

test("beyond six, what can be added up stands together; people are not added up", () => {
  const labels = ["a", "b", "c", "d", "e", "f", "g", OTHER_LABEL];
  const counted = manyLabels("count", labels);
  const view = readSeries(counted, readParts(counted), namesOf(counted));
  expect(view.series.map((one) => one.name)).toEqual(["c", "d", "e", "f", "g", "その他"]);
  expect(view.series.at(-1)?.points[0]).toMatchObject({ value: 1 + 2 + 8, row: null });
  const people = manyLabels("people", labels);
  const few = readSeries(people, readParts(people), namesOf(people));
  expect(few.series.map((one) => one.name)).toEqual(["b", "c", "d", "e", "f", "g"]);
  expect(few.left).toBe(2);
});

test("what all others are together does not flatten the named ones", () => {
  const read = (values: (number | null)[], labels = ["a", "b", "c", OTHER_LABEL]) => {
    const answer = manyLabels("count", labels);
    answer.rows = labels.map((label, at) => [DAYS[0], label, values[at] ?? null]);
    return withoutTowering(readSeries(answer, readParts(answer), namesOf(answer)));
  };
  const view = read([1, 2, 3, 9]);
  expect(view.series.map((one) => one.name)).toEqual(["a", "b", "c"]);
  expect(view.towering).toBe("その他");
  for (const alike of [read([1, 2, 3, 8]), read([0, 0, 0, 5]), read([null, null, null, null])]) {
    expect(alike.series).toHaveLength(4);
    expect(alike.towering).toBeUndefined();
  }
  // What is added up here is no row of the table: its parts are.
  const folded = read([1, 1, 1, 1, 1, 1, 1, 50], [..."abcdefg", OTHER_LABEL]);
  expect([folded.series.length, folded.left, folded.towering]).toEqual([5, 3, undefined]);
});

test("what all figures begin with is not said at each line", () => {
  expect(withoutShared(["Order Completed: people", "Order Completed: events"])).toEqual([
    "people",
    "events",
  ]);
  expect(withoutShared(["購入：人数", "購入：回数"])).toEqual(["人数", "回数"]);
  for (const told of [["A: people", "B: people"], ["Order Completed: people"], ["A: ", "A: x"]])
    expect(withoutShared(told)).toEqual(told);
  const green = manyLabels("people", ["Tea: green", "Tea: black"]);
  const view = readSeries(green, readParts(green), namesOf(green));
  expect(view.series.map((one) => one.name)).toEqual(["Tea: green", "Tea: black"]);
});

test("events that have several labels are not added up", () => {
  const labels = ["a", "b", "c", "d", "e", "f", "g"];
  const several = manyLabels("count", labels);
  several.caveats = [{ code: "several_labels", text: { en: "", ja: "" }, weight: "note" }];
  const view = readSeries(several, readParts(several), namesOf(several));
  expect(view.series.map((one) => one.name)).toEqual(["b", "c", "d", "e", "f", "g"]);
  expect(view.left).toBe(1);
});

test("an answer without a number is empty", () => {
  const none = makeAnswer({ columns: TREND_COLUMNS, rows: [[DAYS[0], "A", null, null]] });
  expect(isEmpty(none, readParts(none))).toBe(true);
  expect(isEmpty(broken, readParts(broken))).toBe(false);
});

test("the table of series stands period by period, and opens people from each number", () => {
  const parts = readParts(broken);
  const table = readTable({ answer: broken, parts, names: namesOf(broken), values: ja });
  expect(table.columns.map((one) => one.title)).toEqual(["period", "web", "（なし）"]);
  expect(table.rows[1]?.[0]).toMatchObject({ text: "2026年5月2日(土)", open: true });
  expect(table.rows[1]?.[1]).toMatchObject({ text: "20円", before: "9円", mark: "多い" });
  expect(table.rows[0]?.[1]?.cell).toEqual({
    period: DAYS[0],
    series: "A",
    label: "web",
    value: 10,
    column: "value",
  });
});

test("a file has every row, numbers as numbers and labels by name", () => {
  const parts = readParts(broken);
  const file = fileOf({ answer: broken, parts, names: namesOf(broken), values: ja }, "前");
  expect(file.columns).toEqual(["period", "series", "label", "value", "value (前)"]);
  expect(file.rows[1]).toEqual([DAYS[0], "売上", "（なし）", "", 3]);
});

test("a cell is said in words", () => {
  const cell = { period: DAYS[0], series: "A", label: "web", value: 10, column: "value" };
  expect(sayCell(broken, cell, namesOf(broken), ja)).toBe("2026年5月1日(金) · 売上 · web: 10円");
  expect(sayCell(broken, {}, namesOf(broken), ja)).toBe("推移");
});

test("a label that is a key has its name, and others are themselves", () => {
  const words = { loyal: { en: "Loyal", ja: "ロイヤル" } };
  const names = namesOf(makeAnswer({}));
  expect(names.label(column("group", "label", { words }), "loyal")).toBe("ロイヤル");
  expect(names.label(column("group", "label", { words }), "x")).toBe("x");
});

test("intervals stand beside their number, not in columns of their own", () => {
  const answer = makeAnswer({
    shape: "bars",
    columns: [
      column("orders", "label"),
      column("again", "share", { low: "low", high: "high", of: "over" }),
      column("low", "share"),
      column("high", "share"),
      column("over", "count", { hidden: true }),
    ],
    rows: [["1", 0.3, 0.2, 0.4, 80]],
  });
  const parts = readParts(answer);
  const table = readTable({ answer, parts, names: namesOf(answer), values: ja });
  expect(table.columns.map((one) => one.key)).toEqual(["orders", "again"]);
  expect(table.rows[0]?.[1]).toMatchObject({ text: "30%", interval: "20%–40%", of: "80" });
  const bars = readBars(answer, parts, namesOf(answer));
  expect(bars.categories[0]).toMatchObject({ name: "1", bars: [{ value: 0.3, low: 0.2, of: 80 }] });
});

test("a funnel says which share went on, and nothing where nobody was", () => {
  const answer = makeAnswer({
    shape: "funnel",
    columns: [column("step", "label"), column("label", "label"), column("people", "people")],
    rows: [
      ["見た", "web", 100],
      ["買った", "web", 25],
      ["見た", "store", 0],
      ["買った", "store", 0],
    ],
  });
  const { steps, groups } = readFunnel(answer, readParts(answer), namesOf(answer));
  expect(steps).toEqual(["見た", "買った"]);
  expect(groups.map((group) => group.name)).toEqual(["web", "store"]);
  expect(groups[0]?.steps[1]).toMatchObject({ ofBefore: 0.25, ofFirst: 0.25 });
  expect(groups[1]?.steps[1]).toMatchObject({ ofBefore: null, ofFirst: null });
  const nobody = { ...answer, rows: answer.rows.slice(2) };
  expect(isEmpty(answer, readParts(answer))).toBe(false);
  expect(isEmpty(nobody, readParts(nobody))).toBe(true);
});

const survival = makeAnswer({
  shape: "bars",
  columns: [
    column("label", "label"),
    column("age", "label"),
    { ...column("stayed", "share"), low: "low", high: "high" },
    column("low", "share"),
    column("high", "share"),
    column("projected", "share"),
    column("kept", "share"),
  ],
  rows: [
    [null, "0", 1, 1, 1, 1, null],
    [null, "1", 0.8, 0.7, 0.9, 0.82, 0.8],
    [null, "2", null, null, null, 0.7, null],
  ],
});

test("rows without time are drawn along a column, what is known beside what is expected", () => {
  const look = { options: { along: "age", measures: ["stayed", "projected"] } };
  expect(isSeries(survival, {})).toBe(false);
  expect(isSeries(survival, look)).toBe(true);
  const parts = readParts(survival);
  const view = readSeries(survival, parts, namesOf(survival), {
    together: look.options.measures,
    along: alongOf(survival, look),
  });
  expect(view.along).toEqual({ title: "age", names: ["0", "1", "2"] });
  expect(view.series.map(({ column: { key } }) => key)).toEqual(["stayed", "projected"]);
  expect(view.series[0]?.points[1]).toMatchObject({ value: 0.8, low: 0.7, high: 0.9 });
  expect(view.series[0]?.points[2]?.value).toBeNull();
});

test("a matrix has a line for each cohort, and marks what may still grow", () => {
  const answer = makeAnswer({
    shape: "matrix",
    columns: [
      column("cohort", "time"),
      column("label", "label"),
      column("size", "people"),
      column("number", "number"),
      column("people", "people", { opens: true }),
      column("share", "share"),
      column("complete", "label", { hidden: true }),
    ],
    figures: [
      { key: "weighted_1", kind: "share", title: { en: "1", ja: "1" }, value: 0.35, n: 20 },
      { key: "simple_1", kind: "share", title: { en: "1", ja: "1" }, value: 0.3 },
    ],
    rows: [
      [DAYS[0], null, 10, 0, 10, 1, true],
      [DAYS[0], null, 10, 1, 4, 0.4, false],
      [DAYS[1], null, 8, 0, 8, 1, false],
    ],
  });
  const words = { after: (n: string) => `${n}日後`, all: "全体" };
  const view = readMatrix(answer, readParts(answer), namesOf(answer), ja, words);
  expect(view.measure?.key).toBe("share");
  expect(view.columns).toEqual(["0日後", "1日後"]);
  expect(view.lines.map((line) => line.size)).toEqual([null, 10, 8]);
  expect(view.lines[0]).toMatchObject({
    name: "全体",
    cells: [undefined, { value: 0.35, of: 20 }],
  });
  expect(view.lines[1]?.cells[1]).toMatchObject({ value: 0.4, open: true });
  expect(view.lines[2]?.cells[1]).toBeUndefined();
  expect(headFigures(answer).map((one) => one.key)).toEqual(["weighted_1"]);
});

test("heads of many columns say once what their numbers are of", () => {
  const months = ["Month 0", "Month 10"];
  expect(sayHeads(months, 60)).toEqual({ heads: months });
  expect(sayHeads(months, 38)).toEqual({ heads: ["0", "10"], all: "Month" });
  expect(sayHeads(["0か月後", "10か月後"], 30)).toEqual({ heads: ["0", "10"], all: "か月後" });
  for (const plain of [
    ["19-24", "25-34"],
    ["1,000", "2,000"],
  ])
    expect(sayHeads(plain, 10)).toEqual({ heads: plain });
});

test("ages stand in their order, and shades tell apart what is much alike", () => {
  const answer = makeAnswer({
    shape: "matrix",
    columns: [column("item", "label"), column("label", "label"), column("index", "number")],
    rows: [
      ["bread", "45-54", 90],
      ["bread", null, 80],
      ["bread", "5-9", 100],
      ["bread", "65+", 95],
    ],
  });
  const words = { after: (n: string) => n, all: "全体" };
  const view = readMatrix(answer, readParts(answer), namesOf(answer), ja, words);
  expect(view.columns).toEqual(["5-9", "45-54", "65+", "（なし）"]);
  expect(view.most).toBe(100);
  expect(view.base).toBe(70);
});

test("a matrix that is broken down is of one label at a time", () => {
  const answer = makeAnswer({
    shape: "matrix",
    columns: [
      column("cohort", "time"),
      column("label", "label"),
      column("number", "number"),
      column("share", "share"),
    ],
    rows: [
      [DAYS[0], "web", 0, 1],
      [DAYS[0], "store", 0, 0.5],
    ],
  });
  const words = { after: (n: string) => n, all: "全体" };
  const read = (group?: string) =>
    readMatrix(answer, readParts(answer), namesOf(answer), ja, words, { group });
  expect(read().lines[0]?.cells[0]?.value).toBe(1);
  expect(read("store").lines[0]?.cells[0]?.value).toBe(0.5);
  expect(read().groups.map((one) => one.name)).toEqual(["web", "store"]);
});

test("a flow has nodes by their place in the path, and a node for those who left", () => {
  const answer = makeAnswer({
    shape: "flow",
    columns: [
      column("step", "count", { hidden: true }),
      column("source", "label"),
      column("target", "label"),
      column("people", "people", { opens: true }),
    ],
    rows: [
      [0, null, "1_Home", 10],
      [1, "1_Home", "2_Cart", 6],
      [1, "1_Home", null, 4],
    ],
  });
  const view = readFlow(answer, readParts(answer), namesOf(answer), "離脱");
  expect(view.nodes.map((node) => [node.name, node.depth])).toEqual([
    ["Home", 0],
    ["Cart", 1],
    ["離脱", 1],
  ]);
  expect(view.links.map((link) => [link.value, link.left])).toEqual([
    [6, false],
    [4, true],
  ]);
});

test("groups that people move between stand in one order on both sides", () => {
  const answer = makeAnswer({
    shape: "flow",
    columns: [column("source", "label"), column("target", "label"), column("people", "people")],
    rows: [
      ["gold", "bronze", 1],
      ["gold", "gold", 5],
      ["silver", "silver", 4],
      ["bronze", "silver", 2],
    ],
  });
  const view = readFlow(answer, readParts(answer), namesOf(answer), "離脱");
  const at = (depth: number) => view.nodes.filter((node) => node.depth === depth);
  expect(at(0).map((node) => node.name)).toEqual(["gold", "silver", "bronze"]);
  expect(at(1).map((node) => node.name)).toEqual(["gold", "silver", "bronze"]);
});

test("a map has its stages as of the last period, and what happens in them", () => {
  const answer = makeAnswer({
    shape: "map",
    columns: [
      column("part", "label"),
      column("period", "time"),
      column("stage", "label"),
      column("to", "label"),
      column("touchpoint", "label", {
        words: { web: { en: "Web", ja: "ウェブ" }, email: { en: "E-mail", ja: "メール" } },
      }),
      column("people", "people", { opens: true }),
      column("share", "share"),
      column("of", "count"),
      column("days", "number"),
    ],
    rows: [
      ["stage", DAYS[0], "none", null, null, 5, 0.5, 10, null],
      ["stage", DAYS[0], "buy", null, null, 5, 0.5, 10, null],
      ["stage", DAYS[1], "none", null, null, 4, 0.4, 10, null],
      ["stage", DAYS[1], "buy", null, null, 6, 0.6, 10, null],
      ["flow", DAYS[1], "none", "buy", null, 1, null, null, null],
      ["moves_on", null, "buy", null, null, 2, 0.4, 5, null],
      ["touchpoint", null, "buy", null, "email", 1, 0.17, 6, null],
      ["touchpoint", null, "buy", null, "web", 3, 0.5, 6, null],
    ],
  });
  const view = readMap(answer, readParts(answer), namesOf(answer));
  expect(view.stages).toHaveLength(1);
  expect(view.stages[0]).toMatchObject({
    people: [5, 6],
    now: { people: 6 },
    movesOn: { share: 0.4 },
  });
  expect(view.stages[0]?.touchpoints.map((one) => one.name)).toEqual(["ウェブ", "メール"]);
  expect(view.nowhere?.people).toBe(4);
});

test("what happened stands in its period, and not outside the range", () => {
  const one = (id: number, at: string) => ({ id, at, text: "x", kind: "other" as const });
  const placed = placeHappened(
    [
      one(1, "2026-05-02T03:00:00Z"),
      one(2, "2026-04-30T00:00:00Z"),
      one(3, "2026-05-09T00:00:00Z"),
    ],
    DAYS,
    "2026-05-03T00:00:00+09:00",
  );
  expect(placed.map(({ one: found, place, number }) => [found.id, place, number])).toEqual([
    [1, 1, 1],
  ]);
});

test("texts of drawings fit", () => {
  expect(shorten("Potential loyalist", 12, 60)).toMatch(/^Poten.*…$/);
  expect(wrap("購入手続きを始めた会員", 12, 72, 2)).toEqual(["購入手続きを", "始めた会員"]);
  expect(wrap("About to sleep", 12, 60, 2)).toEqual(["About to", "sleep"]);
});
