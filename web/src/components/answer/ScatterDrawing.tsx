import { useComputedColorScheme } from "@mantine/core";
import { lazy, type ReactNode, useMemo } from "react";
import { type Palette, paletteOf, SYMBOLS } from "@/components/chart/chart-theme";
import type { ChartOption } from "@/components/chart/EChart";
import type { MetricAnswer as Answer, AnswerColumn } from "@/lib/api";
import type { Names } from "./answer-names";
import { cellOf, distinct, numberAt, type Parts, valueAt } from "./answer-read";
import type { Values } from "./answer-values";
import type { DrawingProps } from "./drawing-props";

const ScatterEChart = lazy(() =>
  import("@/components/chart/ScatterEChart").then((module) => ({ default: module.ScatterEChart })),
);

const SIZE = { least: 8, most: 44 };

interface Spot {
  value: [number, number];
  name: string;
  group: string;
  size: number | null;
  row: number;
}

interface Axes {
  x: AnswerColumn;
  y: AnswerColumn;
  size: AnswerColumn | undefined;
}

/** Rows as points on a plane: the first number to the right, the second upwards, the third as their size. */
export function ScatterDrawing(props: DrawingProps): ReactNode {
  const { answer, parts, names, values, onOpen } = props;
  const palette = paletteOf(useComputedColorScheme("light"));
  const axes = useMemo(() => axesOf(parts), [parts]);
  const spots = useMemo(
    () => (axes ? readSpots(answer, parts, names, axes) : []),
    [answer, parts, names, axes],
  );
  const option = useMemo(
    () => (axes ? drawScatter(spots, axes, names, values, palette) : {}),
    [spots, axes, names, values, palette],
  );
  const opener = parts.values.find((column) => column.opens);
  return (
    <ScatterEChart
      ref={props.handle}
      option={option}
      height={props.height}
      label={props.summary}
      onPick={
        opener &&
        onOpen &&
        (({ data }) => {
          const row = answer.rows[(data as Spot).row];
          if (row) onOpen(cellOf(answer, row, opener.key));
        })
      }
    />
  );
}

function axesOf(parts: Parts): Axes | null {
  const [x, y, ...rest] = parts.values.filter((column) => !column.hidden);
  return x && y
    ? { x, y, size: rest.find(({ kind }) => kind === "people" || kind === "count") }
    : null;
}

function readSpots(answer: Answer, parts: Parts, names: Names, axes: Axes): Spot[] {
  const [label, group] = parts.labels;
  return answer.rows.flatMap((row, number) => {
    const x = numberAt(row, parts, axes.x.key);
    const y = numberAt(row, parts, axes.y.key);
    if (x === null || y === null) return [];
    return [
      {
        value: [x, y] as [number, number],
        name: label ? names.label(label, valueAt(row, parts, label.key)) : "",
        group: group ? names.label(group, valueAt(row, parts, group.key)) : "",
        size: axes.size ? numberAt(row, parts, axes.size.key) : null,
        row: number,
      },
    ];
  });
}

function drawScatter(
  spots: Spot[],
  { x, y, size }: Axes,
  names: Names,
  values: Values,
  palette: Palette,
): ChartOption {
  const groups = distinct(spots.map((spot) => spot.group)).slice(0, palette.series.length);
  const most = Math.max(1, ...spots.map((spot) => spot.size ?? 0));
  const alike = x.kind === y.kind;
  const end = Math.max(...spots.flatMap((spot) => spot.value), 0);
  const axis = (column: AnswerColumn) => ({
    type: "value" as const,
    name: names.title(column),
    nameLocation: "middle" as const,
    nameGap: 26,
    nameTextStyle: { color: palette.quiet, fontSize: 11 },
    axisLabel: { formatter: (value: number) => values.short(column.kind, value) },
  });
  return {
    grid: {
      left: 34,
      right: 24,
      top: 14,
      bottom: groups.length > 1 ? 62 : 34,
      outerBoundsMode: "same",
    },
    legend: { show: groups.length > 1, bottom: 0 },
    tooltip: {
      trigger: "item",
      renderMode: "richText",
      confine: true,
      formatter: (params) => {
        const spot = (params as unknown as { data: Spot }).data;
        return [
          spot.name,
          `${names.title(x)} ${values.say(x.kind, spot.value[0])}`,
          `${names.title(y)} ${values.say(y.kind, spot.value[1])}`,
          size && spot.size !== null
            ? `${names.title(size)} ${values.say(size.kind, spot.size)}`
            : "",
        ]
          .filter(Boolean)
          .join("\n");
      },
    },
    xAxis: { ...axis(x), splitLine: { show: true } },
    yAxis: axis(y),
    series: groups.map((group, at) => ({
      type: "scatter" as const,
      name: group,
      symbol: SYMBOLS[at],
      itemStyle: { color: palette.series[at], opacity: 0.75 },
      symbolSize: (_: unknown, params: unknown) => {
        const spot = (params as { data: Spot }).data;
        return spot.size === null
          ? SIZE.least + 2
          : SIZE.least + Math.sqrt(spot.size / most) * (SIZE.most - SIZE.least);
      },
      data: spots.filter((spot) => spot.group === group) as never[],
      // What was expected against what came: on this line they are the same.
      markLine:
        alike && at === 0
          ? {
              silent: true,
              symbol: "none",
              animation: false,
              lineStyle: { color: palette.quiet, type: "dashed" as const },
              data: [[{ coord: [0, 0] }, { coord: [end, end] }]],
            }
          : undefined,
    })),
  };
}
