import { type ReactNode, useMemo } from "react";
import { ChartCard } from "@/components/chart/ChartCard";
import { DECALS, foldSeries, SERIES_MAX } from "@/components/chart/chart-theme";
import type { ChartOption } from "@/components/chart/EChart";
import { commonWords } from "@/lib/common-words";
import { type Format, useFormat } from "@/lib/format";
import { useNarrow } from "@/lib/narrow";
import { useWords } from "@/lib/words";
import type { WithheldDays } from "./consent-figures";
import { consentWords } from "./consent-words";
import { useTerms } from "./use-terms";

export function WithheldChart({ withheld }: { withheld: WithheldDays }): ReactNode {
  const words = useWords(consentWords).charts;
  const format = useFormat();
  const narrow = useNarrow();
  const { option, table } = useWithheldDrawing(withheld, narrow);
  return (
    <ChartCard
      title={words.withheld}
      definition={words.withheldDefinition}
      summary={words.withheldSummary(format.number(withheld.total))}
      option={option}
      table={table}
      height={230 + legendPx(Math.min(SERIES_MAX, withheld.series.length), narrow)}
      empty={withheld.total === 0 ? words.noWithheld : undefined}
    />
  );
}

/** Names are long: two of them stand in a line, on a phone one. */
function legendPx(series: number, narrow: boolean): number {
  return 18 + Math.ceil(series / (narrow ? 1 : 2)) * 22;
}

function useWithheldDrawing({ days, series }: WithheldDays, narrow: boolean) {
  const words = useWords(consentWords).charts;
  const common = useWords(commonWords);
  const { term } = useTerms();
  const format = useFormat();
  return useMemo(() => {
    const nameOf = (key: string | null) => {
      const [place = "", reason = ""] = key?.split(" ") ?? [];
      if (key === null) return common.other;
      return `${term("places", place).name} · ${term("reasons", reason).name}`;
    };
    const folded = foldSeries(
      series.map((one) => ({ key: `${one.place} ${one.reason}`, values: one.values })),
    ).map((one) => ({ name: nameOf(one.key), values: one.values }));
    return {
      option: drawWithheld(days, folded, legendPx(folded.length, narrow), format),
      table: {
        columns: [words.day, ...folded.map((one) => one.name)],
        rows: days.map((day, at) => [day, ...folded.map((one) => one.values[at] ?? 0)]).reverse(),
      },
    };
  }, [days, series, narrow, words, common, term, format]);
}

function drawWithheld(
  days: string[],
  series: { name: string; values: number[] }[],
  legend: number,
  format: Format,
): ChartOption {
  return {
    grid: { left: 8, right: 8, top: 12, bottom: legend, outerBoundsMode: "same" },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      renderMode: "richText",
      valueFormatter: (value) => format.number(Number(value)),
    },
    legend: { bottom: 0, left: 0 },
    aria: { enabled: true, decal: { show: series.length > 1, decals: DECALS } },
    xAxis: {
      type: "category",
      data: days,
      axisLabel: { formatter: (day: string) => day.slice(5).replace("-", "/") },
    },
    yAxis: { type: "value", minInterval: 1, axisLabel: { formatter: format.compact } },
    series: series.map((one) => ({
      type: "bar" as const,
      stack: "withheld",
      name: one.name,
      data: one.values,
      barCategoryGap: "20%",
    })),
  };
}
