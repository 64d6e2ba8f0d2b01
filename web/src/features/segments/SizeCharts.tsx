import { type ReactNode, useMemo } from "react";
import { ChartCard } from "@/components/chart/ChartCard";
import { DECALS } from "@/components/chart/chart-theme";
import type { ChartOption } from "@/components/chart/EChart";
import type { SegmentSizes } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { type Format, useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import classes from "./SizeCharts.module.css";
import { segmentWords } from "./segment-words";
import { addUpByDay, toSteps, total } from "./size-figures";

const HEIGHT = 240;
const SHORT_MS = 2 * 86_400_000;

export function SizeCharts({ sizes }: { sizes: SegmentSizes }): ReactNode {
  return (
    <div className={classes.pair}>
      <SizeChart sizes={sizes} />
      <MovesChart sizes={sizes} />
    </div>
  );
}

function SizeChart({ sizes }: { sizes: SegmentSizes }): ReactNode {
  const words = useWords(segmentWords).history;
  const common = useWords(commonWords);
  const format = useFormat();
  const { points } = sizes;
  const option = useMemo(() => drawSizes(sizes, words.people, format), [sizes, words, format]);
  const ends = [points[0]?.size ?? 0, points.at(-1)?.size ?? 0].map(format.number);
  return (
    <ChartCard
      title={words.size}
      definition={words.sizeDefinition}
      summary={`${words.size}. ${words.sizeSummary(ends[0] ?? "", ends[1] ?? "")}`}
      option={option}
      height={HEIGHT}
      table={{
        columns: [words.at, words.people, words.entered, words.left],
        rows: points.map((point) => [
          format.dateTime(point.at),
          point.size,
          point.entered,
          point.left,
        ]),
      }}
      empty={points.length < 2 ? common.notEnoughData : undefined}
    />
  );
}

function drawSizes(sizes: SegmentSizes, name: string, format: Format): ChartOption {
  const steps = toSteps(sizes);
  const short = (steps.at(-1)?.[0] ?? 0) - (steps[0]?.[0] ?? 0) < SHORT_MS;
  const sayTick = (at: number) => {
    const time = new Date(at);
    return short ? format.time(time).slice(0, 5) : format.date(time);
  };
  return {
    grid: { left: 8, right: 16, top: 12, bottom: 8, outerBoundsMode: "same" },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      formatter: (params) => {
        const [first] = [params].flat();
        const [at = 0, size = 0] = (first?.value ?? []) as number[];
        return `${format.dateTime(new Date(at))}\n${name} ${format.number(size)}`;
      },
    },
    // The browser's clock is not the workspace's, so the labels are written here.
    xAxis: {
      type: "time",
      axisLabel: { hideOverlap: true, formatter: sayTick, showMaxLabel: false },
    },
    yAxis: { type: "value", minInterval: 1, axisLabel: { formatter: format.compact } },
    series: [
      {
        type: "line",
        name,
        // A size holds until it changes.
        step: "end",
        showSymbol: false,
        areaStyle: { opacity: 0.08 },
        data: steps,
      },
    ],
  };
}

function MovesChart({ sizes }: { sizes: SegmentSizes }): ReactNode {
  const words = useWords(segmentWords).history;
  const common = useWords(commonWords);
  const format = useFormat();
  const days = useMemo(() => addUpByDay(sizes), [sizes]);
  const option = useMemo(() => drawMoves(days, words, format), [days, words, format]);
  const entered = total(days.map((day) => day.entered));
  const left = total(days.map((day) => day.left));
  return (
    <ChartCard
      title={words.moves}
      definition={words.movesDefinition}
      summary={`${words.moves}. ${words.movesSummary(format.number(entered), format.number(left))}`}
      option={option}
      height={HEIGHT}
      table={{
        columns: [words.at, words.entered, words.left],
        rows: days.map((day) => [format.date(`${day.day}T12:00:00Z`), day.entered, day.left]),
      }}
      empty={entered + left === 0 ? common.notEnoughData : undefined}
    />
  );
}

function drawMoves(
  days: { day: string; entered: number; left: number }[],
  words: { entered: string; left: string },
  format: Format,
): ChartOption {
  const bar = (name: string, data: number[]) => ({
    type: "bar" as const,
    name,
    data,
    stack: "moves",
    barMaxWidth: 22,
  });
  return {
    grid: { left: 8, right: 16, top: 12, bottom: 34, outerBoundsMode: "same" },
    legend: { bottom: 0 },
    aria: { enabled: true, decal: { show: true, decals: DECALS } },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      renderMode: "richText",
      valueFormatter: (value) => format.number(Math.abs(Number(value))),
    },
    xAxis: {
      type: "category",
      data: days.map((day) => format.date(`${day.day}T12:00:00Z`)),
      axisLabel: { hideOverlap: true },
    },
    yAxis: {
      type: "value",
      minInterval: 1,
      axisLabel: { formatter: (value: number) => format.compact(Math.abs(value)) },
    },
    // Who left hangs below the line.
    series: [
      bar(
        words.entered,
        days.map((day) => day.entered),
      ),
      bar(
        words.left,
        days.map((day) => -day.left),
      ),
    ],
  };
}
