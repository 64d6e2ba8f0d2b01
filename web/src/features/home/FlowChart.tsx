import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { ChartCard } from "@/components/chart/ChartCard";
import { DECALS, foldSeries } from "@/components/chart/chart-theme";
import type { ChartOption } from "@/components/chart/EChart";
import type { Flow, FlowMinute } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { type Format, useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { sourcesQuery } from "@/lib/queries";
import { useWords } from "@/lib/words";
import { homeWords } from "./home-words";

type Split = "source" | "touchpoint";

export function FlowChart({ flow }: { flow: Flow }): ReactNode {
  const words = useWords(homeWords);
  const format = useFormat();
  const [split, setSplit] = useState<Split>("source");
  const { option, table } = useFlowDrawing(flow.minutes, split);
  const peak = Math.max(0, ...flow.minutes.map((minute) => minute.accepted));
  return (
    <ChartCard
      title={words.chart}
      definition={words.chartDefinition}
      summary={words.chartSummary(format.number(flow.totals.accepted), format.number(peak))}
      option={option}
      table={table}
      empty={peak === 0 ? words.quiet : undefined}
      action={
        <SegmentedControl
          size="xs"
          aria-label={words.chart}
          value={split}
          onChange={(next) => setSplit(next as Split)}
          data={[
            { value: "source", label: words.bySource },
            { value: "touchpoint", label: words.byTouchpoint },
          ]}
        />
      }
    />
  );
}

function useFlowDrawing(minutes: FlowMinute[], split: Split) {
  const words = useWords(homeWords);
  const common = useWords(commonWords);
  const names = useNames();
  const format = useFormat();
  const { data } = useQuery(sourcesQuery);
  return useMemo(() => {
    const counts = (minute: FlowMinute) =>
      split === "source" ? minute.by_source : minute.by_touchpoint;
    const keys = [...new Set(minutes.flatMap((minute) => Object.keys(counts(minute))))];
    const nameKey = (key: string | null) => {
      if (key === null) return common.other;
      if (split === "touchpoint") return names.touchpoint(key);
      return data?.items.find((source) => String(source.id) === key)?.name ?? `#${key}`;
    };
    const folded = foldSeries(
      keys.map((key) => ({ key, values: minutes.map((minute) => counts(minute)[key] ?? 0) })),
    );
    const named = folded.map((one) => ({ name: nameKey(one.key), values: one.values }));
    const times = minutes.map((minute) => format.time(minute.at).slice(0, 5));
    return {
      option: drawFlow(times, named, format),
      table: {
        columns: [words.minute, ...named.map((one) => one.name), words.refusedSeries],
        rows: minutes.map((minute, at) => [
          times[at] ?? "",
          ...named.map((one) => one.values[at] ?? 0),
          minute.refused,
        ]),
      },
    };
  }, [minutes, split, data, names, common, words, format]);
}

function drawFlow(
  times: string[],
  series: { name: string; values: number[] }[],
  format: Format,
): ChartOption {
  return {
    grid: {
      left: 8,
      right: 8,
      top: 12,
      bottom: series.length > 1 ? 34 : 8,
      outerBoundsMode: "same",
    },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      renderMode: "richText",
      valueFormatter: (value) => format.number(Number(value)),
    },
    legend: series.length > 1 ? { bottom: 0, type: "scroll" } : undefined,
    aria: { enabled: true, decal: { show: series.length > 1, decals: DECALS } },
    xAxis: { type: "category", data: times },
    yAxis: { type: "value", minInterval: 1, axisLabel: { formatter: format.compact } },
    series: series.map((one) => ({
      type: "bar" as const,
      stack: "events",
      name: one.name,
      data: one.values,
      barCategoryGap: "20%",
    })),
  };
}
