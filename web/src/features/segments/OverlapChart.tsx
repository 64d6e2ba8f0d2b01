import { useComputedColorScheme } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { ChartCard } from "@/components/chart/ChartCard";
import type { ChartOption } from "@/components/chart/EChart";
import type { SegmentOverlap } from "@/lib/api";
import { type Format, useFormat } from "@/lib/format";
import { useNarrow } from "@/lib/narrow";
import { useWords } from "@/lib/words";
import { findClosest, shareOf } from "./overlap-rules";
import { segmentWords } from "./segment-words";

const ROW_PX = 44;
const NAME_CHARS = { wide: 16, narrow: 7 };

/** Every segment against every other as a heat map: of the row's people, how many are in the column. */
export function OverlapChart({ overlap }: { overlap: SegmentOverlap }): ReactNode {
  const words = useWords(segmentWords).overlap;
  const format = useFormat();
  const narrow = useNarrow();
  const dark = useComputedColorScheme("light") === "dark";
  const closest = findClosest(overlap);
  const option = useMemo(
    () => drawOverlap(overlap, words.cell, format, narrow, dark),
    [overlap, words, format, narrow, dark],
  );
  const { segments, both } = overlap;
  return (
    <ChartCard
      title={words.title}
      definition={words.definition}
      summary={
        closest
          ? words.summary(segments[0]?.name ?? "", closest.name, format.percent(closest.share))
          : words.none
      }
      option={option}
      height={segments.length * ROW_PX + 110}
      table={{
        columns: [words.segment, words.size, ...segments.map((one) => one.name)],
        rows: segments.map((one, row) => [
          one.name,
          format.number(both[row]?.[row] ?? 0),
          ...segments.map((_, column) => format.number(both[row]?.[column] ?? 0)),
        ]),
      }}
    />
  );
}

function drawOverlap(
  overlap: SegmentOverlap,
  say: (share: string, row: string, column: string, both: string) => string,
  format: Format,
  narrow: boolean,
  dark: boolean,
): ChartOption {
  const { segments, both } = overlap;
  const names = segments.map((one) => one.name);
  const shorten = (name: string) => {
    const chars = [...name];
    const max = narrow ? NAME_CHARS.narrow : NAME_CHARS.wide;
    return chars.length > max ? `${chars.slice(0, max - 1).join("")}…` : name;
  };
  const cells = segments.flatMap((_, row) =>
    segments.flatMap((_, column) => {
      const share = row === column ? null : shareOf(overlap, row, column);
      return share === null ? [] : [[column, row, share] as [number, number, number]];
    }),
  );
  return {
    grid: { left: 8, right: 8, top: 8, bottom: 8, outerBoundsMode: "same" },
    tooltip: {
      renderMode: "richText",
      formatter: (params) => {
        const [column, row, share] = (params as unknown as { value: [number, number, number] })
          .value;
        return say(
          format.percent(share),
          names[row] ?? "",
          names[column] ?? "",
          format.number(both[row]?.[column] ?? 0),
        );
      },
    },
    xAxis: {
      type: "category",
      data: names,
      position: "top",
      axisLabel: { formatter: shorten, interval: 0, rotate: narrow || names.length > 5 ? 40 : 0 },
    },
    yAxis: { type: "category", data: names, inverse: true, axisLabel: { formatter: shorten } },
    visualMap: {
      show: false,
      min: 0,
      max: 1,
      inRange: { color: dark ? ["#23232c", "#8785cb"] : ["#f1f1fa", "#3b3a8f"] },
    },
    series: [
      {
        type: "heatmap",
        data: cells,
        itemStyle: { borderColor: dark ? "#1c1c22" : "#ffffff", borderWidth: 3, borderRadius: 6 },
        label: {
          show: true,
          formatter: (params) => format.percent((params.value as [number, number, number])[2]),
          color: "inherit",
          textBorderWidth: 0,
        },
        emphasis: { itemStyle: { borderColor: dark ? "#d5d5de" : "#353540" } },
      },
    ],
  };
}
