/** One theme for every chart; six series at most, then "other". */
export const SERIES_MAX = 6;

// Vermilion is kept for what needs a person, so it is no series.
const LIGHT = ["#3b3a8f", "#2a9d8f", "#d9a92b", "#9d7fd1", "#5b9bd5", "#92929f"];
const DARK = ["#8785cb", "#5cc4b6", "#e0bf6b", "#c9b3ee", "#8fc1ea", "#9797a5"];

/** A canvas inherits no font: it is told the page's own. */
export function chartTheme(scheme: "light" | "dark", fontFamily: string) {
  const dark = scheme === "dark";
  const quiet = dark ? "#9797a5" : "#6b6b79";
  const line = dark ? "#33333d" : "#e8e8ee";
  const axis = {
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: quiet, fontSize: 11 },
    splitLine: { lineStyle: { color: line } },
  };
  return {
    color: dark ? DARK : LIGHT,
    backgroundColor: "transparent",
    textStyle: { fontFamily },
    categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: axis,
    legend: {
      textStyle: { color: quiet, fontSize: 12 },
      itemWidth: 10,
      itemHeight: 10,
      itemGap: 16,
      icon: "roundRect",
      pageTextStyle: { color: quiet },
      pageIconColor: quiet,
      pageIconInactiveColor: line,
      pageIconSize: 11,
    },
    tooltip: {
      backgroundColor: dark ? "#27272f" : "#ffffff",
      borderColor: line,
      textStyle: { color: dark ? "#d5d5de" : "#1f1f27", fontSize: 12 },
    },
  };
}

/** Quiet patterns: enough to tell series apart without colour, not enough to flicker. */
const WHITE = "rgba(255, 255, 255, 0.28)";
export const DECALS = [
  { symbol: "none" },
  { color: WHITE, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4 },
  {
    color: WHITE,
    symbol: "circle",
    symbolSize: 0.5,
    dashArrayX: [
      [6, 6],
      [0, 6, 6, 0],
    ],
    dashArrayY: [5, 0],
  },
  { color: WHITE, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4 },
  { color: WHITE, dashArrayX: [1, 0], dashArrayY: [2, 4] },
  { color: WHITE, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 2 },
];

/** Keeps the biggest series and adds the others up, so that a chart stays readable. */
export function foldSeries(
  series: { key: string; values: number[] }[],
  max = SERIES_MAX,
): { key: string | null; values: number[] }[] {
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  const sorted = series.toSorted((a, b) => total(b.values) - total(a.values));
  if (sorted.length <= max) return sorted;
  const rest = sorted.slice(max - 1);
  const length = Math.max(...rest.map((one) => one.values.length));
  const values = Array.from({ length }, (_, at) => total(rest.map((one) => one.values[at] ?? 0)));
  return [...sorted.slice(0, max - 1), { key: null, values }];
}
