import { DECALS, OPEN_DECAL, type Palette, SYMBOLS } from "@/components/chart/chart-theme";
import type { ChartOption } from "@/components/chart/EChart";
import type { Kind } from "./answer-read";
import type { Values } from "./answer-values";
import { circled } from "./happened";
import type { Happened, Look, SeriesChart } from "./look";
import type { Point, Series, SeriesView } from "./series-read";
import { measure, shorten } from "./svg-text";

type SeriesOption = Extract<NonNullable<ChartOption["series"]>, unknown[]>[number];
type TooltipFormatter = (params: unknown) => string;

export interface SeriesSetting {
  chart: SeriesChart;
  look: Look;
  happened: { place: number; number: number; one: Happened }[];
  /** Places of what stands out: which series, which point. */
  marks: { series: number; place: number }[];
  values: Values;
  palette: Palette;
  narrow: boolean;
  /** Names stand at the ends of the lines, not in a legend. */
  labelled?: boolean;
  words: { incomplete: string; against: string; target: (value: string) => string };
}

const POINTS_SHOWN_MAX = 31;
/** More lines than these would hide one another; the table has what they are compared with. */
const COMPARED_MAX = 3;
const LABEL_PX = 150;
const LABEL_FONT = 12;

export function drawSeries(view: SeriesView, setting: SeriesSetting): ChartOption {
  const { series } = view;
  const { narrow, values } = setting;
  const axes = [...new Map(series.map(({ kind }) => [scaleOf(kind), kind])).values()].slice(0, 2);
  const lines = setting.chart === "line" || setting.chart === "area";
  // A second axis stands where the names at the ends of the lines would be.
  const labelled = lines && !narrow && series.length > 1 && axes.length === 1;
  return {
    grid: {
      left: 8,
      right: labelled ? endLabelWidth(series) : 16,
      top: setting.happened.length > 0 ? 26 : 14,
      bottom: series.length > 1 && !labelled ? 34 : 8,
      outerBoundsMode: "same",
    },
    legend: {
      show: series.length > 1 && !labelled,
      bottom: 0,
      type: "scroll",
      data: series.map((one) => one.name),
    },
    aria: { enabled: true, decal: { show: !lines, decals: DECALS } },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: lines ? "line" : "shadow" },
      renderMode: "richText",
      confine: true,
      formatter: sayPeriod(view, setting) as TooltipFormatter,
    },
    xAxis: {
      type: "category",
      data: view.along?.names ?? view.periods.map(values.periodShort),
      boundaryGap: !lines,
      axisLabel: { hideOverlap: true },
      ...(view.along && {
        name: view.along.title,
        nameLocation: "middle" as const,
        nameGap: 26,
        nameTextStyle: { color: setting.palette.quiet },
      }),
    },
    yAxis: axes.map((kind, place) => ({
      type: "value" as const,
      minInterval: kind === "people" || kind === "count" ? 1 : undefined,
      max: place === 0 ? reachTargets(setting.look) : undefined,
      splitLine: { show: place === 0 },
      axisLabel: { formatter: (value: number) => values.short(kind, value) },
    })),
    series: series.flatMap((one, place) => {
      const axis = axes.findIndex((kind) => scaleOf(kind) === scaleOf(one.kind));
      return drawOne(view, one, place, axis < 0 ? 1 : axis, { ...setting, labelled });
    }),
  };
}

/** Numbers of people and of anything else are read on one scale; shares, money and durations have their own. */
function scaleOf(kind: Kind): string {
  return kind === "people" || kind === "count" ? "number" : kind;
}

function reachTargets(look: Look) {
  const most = Math.max(...(look.targets ?? []).map((one) => one.value));
  return Number.isFinite(most)
    ? (extent: { max: number }) => Math.max(extent.max, most) * 1.02
    : undefined;
}

/** Room for the names at the ends of the lines. */
function endLabelWidth(series: Series[]): number {
  const widths = series.map(({ name }) => measure(name, LABEL_FONT));
  return Math.min(LABEL_PX, Math.max(...widths)) + 22;
}

function drawOne(
  view: SeriesView,
  series: Series,
  place: number,
  axis: number,
  setting: SeriesSetting,
): SeriesOption[] {
  const colour = setting.palette.series[place % setting.palette.series.length] ?? "";
  const shared = { name: series.name, yAxisIndex: axis, itemStyle: { color: colour } };
  const drawn =
    setting.chart === "line" || setting.chart === "area"
      ? drawLine(view, series, place, setting, shared, colour)
      : drawColumns(view, series, place, setting, shared, colour);
  return drawn;
}

type Shared = { name: string; yAxisIndex: number; itemStyle: { color: string } };

function drawLine(
  view: SeriesView,
  series: Series,
  place: number,
  setting: SeriesSetting,
  shared: Shared,
  colour: string,
): SeriesOption[] {
  const { points } = series;
  const { incompleteFrom } = view;
  const area = setting.chart === "area";
  const ended = incompleteFrom < points.length;
  const done = points.map((one, at) => (at < incompleteFrom ? one.value : null));
  // The dashed part begins at the last point that is certain, so that the line has no gap.
  const open = points.map((one, at) => (at >= incompleteFrom - 1 ? one.value : null));
  const base = {
    ...shared,
    type: "line" as const,
    symbol: SYMBOLS[place % SYMBOLS.length],
    symbolSize: 5,
    showSymbol: points.length <= POINTS_SHOWN_MAX,
    lineStyle: { color: colour, width: 2 },
    areaStyle: area ? { opacity: 0.12 } : undefined,
    emphasis: { focus: "none" as const },
    labelLayout: { moveOverlap: "shiftY" as const },
  };
  const label = {
    show: setting.labelled === true,
    formatter: shorten(series.name, LABEL_FONT, LABEL_PX),
    color: setting.palette.text,
    distance: 8,
    fontSize: LABEL_FONT,
  };
  const main: SeriesOption[] = [
    {
      ...base,
      id: `s${place}`,
      data: done,
      endLabel: ended ? undefined : label,
      ...marksOf(series, place, setting, colour),
    },
  ];
  if (ended)
    main.push({
      ...base,
      id: `o${place}`,
      data: open,
      lineStyle: { color: colour, width: 2, type: [5, 4] },
      areaStyle: undefined,
      symbol: "emptyCircle",
      endLabel: label,
    });
  const compared = view.series.length <= COMPARED_MAX;
  return [
    ...drawBand(points, place, shared, colour),
    ...main,
    ...(compared ? drawBefore(points, shared, place, colour) : []),
  ];
}

/** The interval of an estimate, as a band behind its line. */
function drawBand(points: Point[], place: number, shared: Shared, colour: string): SeriesOption[] {
  if (!points.some((one) => one.low !== null && one.high !== null)) return [];
  const base = {
    ...shared,
    type: "line" as const,
    stack: `band${place}`,
    stackStrategy: "all" as const,
    symbol: "none",
    silent: true,
    lineStyle: { opacity: 0 },
    tooltip: { show: false },
  };
  return [
    { ...base, id: `l${place}`, data: points.map((one) => one.low) },
    {
      ...base,
      id: `h${place}`,
      areaStyle: { color: colour, opacity: 0.14 },
      data: points.map(({ low, high }) => (low === null || high === null ? null : high - low)),
    },
  ];
}

function drawBefore(
  points: Point[],
  shared: Shared,
  place: number,
  colour: string,
): SeriesOption[] {
  if (points.every((one) => one.before === null)) return [];
  return [
    {
      ...shared,
      type: "line",
      id: `b${place}`,
      symbol: "none",
      z: 1,
      silent: true,
      lineStyle: { color: colour, width: 1.5, opacity: 0.6, type: [1.5, 3], cap: "round" },
      data: points.map((one) => one.before),
    },
  ];
}

function drawColumns(
  view: SeriesView,
  series: Series,
  place: number,
  setting: SeriesSetting,
  shared: Shared,
  colour: string,
): SeriesOption[] {
  const stacked = setting.chart === "stacked";
  const main: SeriesOption = {
    ...shared,
    type: "bar",
    id: `s${place}`,
    stack: stacked ? "all" : undefined,
    barMaxWidth: 32,
    data: series.points.map(({ value }, at) =>
      at < view.incompleteFrom || value === null
        ? value
        : { value, itemStyle: { color: colour, opacity: 0.75, decal: OPEN_DECAL } },
    ),
    ...marksOf(series, place, setting, colour),
  };
  if (stacked || series.points.every((one) => one.before === null)) return [main];
  return [
    {
      ...shared,
      type: "bar",
      id: `b${place}`,
      silent: true,
      barMaxWidth: 32,
      itemStyle: { color: colour, opacity: 0.25, borderColor: colour, borderType: "dashed" },
      data: series.points.map((one) => one.before),
    },
    main,
  ];
}

/** Lines and rings over a series: what happened stands on the first one, and targets on theirs. */
function marksOf(series: Series, place: number, setting: SeriesSetting, colour: string) {
  const { palette, values, words, look } = setting;
  const targets = (look.targets ?? []).filter((one) =>
    one.series ? series.key.includes(JSON.stringify(one.series)) : place === 0,
  );
  const happened = place === 0 ? setting.happened : [];
  const rings = setting.marks.filter((one) => one.series === place);
  return {
    markLine: {
      symbol: "none",
      silent: true,
      animation: false,
      data: [
        ...happened.map(({ place: at, number }) => ({
          xAxis: at,
          lineStyle: { color: palette.quiet, type: "dotted" as const, width: 1.2 },
          label: { formatter: circled(number), color: palette.text, fontSize: 12, distance: 3 },
        })),
        ...targets.map((target) => ({
          yAxis: target.value,
          lineStyle: { color: place === 0 ? palette.text : colour, type: [6, 3], width: 1.2 },
          label: {
            formatter: target.title || words.target(values.short(series.kind, target.value)),
            position: "insideEndTop" as const,
            color: palette.text,
            fontSize: 11,
          },
        })),
      ],
    },
    markPoint: {
      symbol: "circle",
      symbolSize: 15,
      silent: true,
      animation: false,
      itemStyle: { color: "transparent", borderColor: palette.person, borderWidth: 2 },
      label: { show: false },
      data: rings.map(({ place: at }) => ({
        name: "",
        coord: [at, series.points[at]?.value ?? 0],
      })),
    },
  };
}

/** All series of one period, with what they are compared with. */
function sayPeriod(view: SeriesView, { values, words }: SeriesSetting) {
  return (params: unknown): string => {
    const [first] = [params].flat() as { dataIndex?: number }[];
    const at = first?.dataIndex ?? 0;
    const head = view.along
      ? `${view.along.title} ${view.along.names[at]}`
      : values.period(view.periods[at]);
    const lines = view.series.map((series) => {
      const point = series.points[at];
      const name = view.series.length > 1 ? `${series.name}  ` : "";
      const { before = null } = point ?? {};
      const against =
        before === null ? "" : `  （${words.against} ${values.say(series.kind, before)}）`;
      const interval =
        point?.low != null && point.high != null
          ? `  ${values.say(series.kind, point.low)}–${values.say(series.kind, point.high)}`
          : "";
      return `${name}${values.say(series.kind, point?.value)}${interval}${against}`;
    });
    const open = at >= view.incompleteFrom ? `  · ${words.incomplete}` : "";
    return [`${head}${open}`, ...lines].join("\n");
  };
}
