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

/** From this share on, a cell is dark enough for the other colour of text. */
const STRONG = 0.6;
const LIGHT = {
  range: ["#f1f1fa", "#3b3a8f"],
  ground: "#ffffff",
  onStrong: "#ffffff",
  onQuiet: "#1f1f27",
};
const DARK = {
  range: ["#23232c", "#8785cb"],
  ground: "#1c1c22",
  onStrong: "#101014",
  onQuiet: "#e8e8ee",
};

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
  const colours = dark ? DARK : LIGHT;
  // A phone's cell has no room for a decimal.
  const say100 = (share: number) => format.percent(narrow ? Math.round(share * 100) / 100 : share);
  const shorten = (name: string) => {
    const chars = [...name];
    const max = narrow ? NAME_CHARS.narrow : NAME_CHARS.wide;
    return chars.length > max ? `${chars.slice(0, max - 1).join("")}…` : name;
  };
  const cells = segments.flatMap((_, row) =>
    segments.flatMap((_, column) => {
      const share = row === column ? null : shareOf(overlap, row, column);
      const label = {
        color: share !== null && share > STRONG ? colours.onStrong : colours.onQuiet,
      };
      return share === null ? [] : [{ value: [column, row, share], label }];
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
      inRange: { color: colours.range },
    },
    series: [
      {
        type: "heatmap",
        data: cells,
        itemStyle: { borderColor: colours.ground, borderWidth: 3, borderRadius: 6 },
        label: {
          show: true,
          fontSize: narrow ? 10 : 12,
          formatter: (params) => say100((params.value as [number, number, number])[2]),
          textBorderWidth: 0,
        },
        emphasis: { itemStyle: { borderColor: colours.onQuiet } },
      },
    ],
  };
}
