/** One theme for every chart; six series at most, then "other". */
export const SERIES_MAX = 6;

// Vermilion is kept for what needs a person, so it is no series.
const LIGHT = ["#3b3a8f", "#2a9d8f", "#d9a92b", "#9d7fd1", "#5b9bd5", "#92929f"];
const DARK = ["#8785cb", "#5cc4b6", "#e0bf6b", "#c9b3ee", "#8fc1ea", "#9797a5"];

/** Colours for drawings that are not ECharts', and for texts within cells. */
export interface Palette {
  series: string[];
  text: string;
  quiet: string;
  line: string;
  surface: string;
  sunken: string;
  /** From nothing to the most there is. */
  ramp: [string, string];
  /** Text on the strong end of the ramp, and on the quiet one. */
  onStrong: string;
  onQuiet: string;
  /** What needs a person. */
  person: string;
}

export function paletteOf(scheme: "light" | "dark"): Palette {
  return scheme === "dark"
    ? {
        series: DARK,
        text: "#d5d5de",
        quiet: "#9797a5",
        line: "#33333d",
        surface: "#1c1c22",
        sunken: "#16161b",
        ramp: ["#26262f", "#8785cb"],
        onStrong: "#101014",
        onQuiet: "#e8e8ee",
        person: "#e67a5f",
      }
    : {
        series: LIGHT,
        text: "#1f1f27",
        quiet: "#6b6b79",
        line: "#e8e8ee",
        surface: "#ffffff",
        sunken: "#f9f9fb",
        ramp: ["#f1f1fa", "#3b3a8f"],
        onStrong: "#ffffff",
        onQuiet: "#1f1f27",
        person: "#b83a20",
      };
}

/** A colour of the ramp, for a share between 0 and 1. */
export function rampAt([from, to]: [string, string], share: number): string {
  const part = Math.min(1, Math.max(0, share));
  const channel = (at: number) => {
    const [a, b] = [from, to].map((colour) => Number.parseInt(colour.slice(at, at + 2), 16));
    return Math.round((a ?? 0) + ((b ?? 0) - (a ?? 0)) * part)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

/** Of two colours of text, the one that is read better on a ground. */
export function textOn(ground: string, { onStrong, onQuiet }: Palette): string {
  return contrast(ground, onStrong) > contrast(ground, onQuiet) ? onStrong : onQuiet;
}

/** WCAG 2.2: (L1 + 0.05) / (L2 + 0.05) of relative luminances. */
function contrast(a: string, b: string): number {
  const [one, other] = [luminance(a), luminance(b)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

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

/** What is not over yet, or may still grow. */
export const OPEN_DECAL = {
  color: "rgba(255, 255, 255, 0.55)",
  dashArrayX: [1, 0],
  dashArrayY: [3, 3],
  rotation: -Math.PI / 4,
};

/** Tells lines apart where their points are shown. */
export const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect", "emptyCircle"];

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
