import { type ReactNode, useMemo } from "react";
import { ChartCard } from "@/components/chart/ChartCard";
import type { ChartOption } from "@/components/chart/EChart";
import type { TraitPreview } from "@/lib/api";
import { type Format, useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { AMOUNTS, type Figure, type FigureKind, TIMED, WORDED } from "./trait-draft";
import { traitWords } from "./trait-words";
import { useTraitValue } from "./use-trait-value";

interface SpreadProps {
  preview: TraitPreview;
  figure: Figure;
}

/** How the values lie: ranges of what has an order, else the commonest. */
export function TraitSpread({ preview, figure }: SpreadProps): ReactNode {
  const words = useWords(traitWords).preview;
  const format = useFormat();
  const say = useTraitValue(figure.kind);
  const worded = WORDED.has(figure.kind);
  const timed = TIMED.has(figure.kind);
  const bars = useMemo(
    () => (worded ? readCommon(preview, say) : readBins(preview, figure.kind, say, format, words)),
    [worded, preview, figure.kind, say, format, words],
  );
  const option = useMemo(
    () => drawBars(bars, worded, words.people, format),
    [bars, worded, words, format],
  );
  const first = bars[0];
  const summary = worded
    ? words.commonSummary(first?.label ?? "", format.number(first?.people ?? 0))
    : words.summary(say(preview.least), say(preview.median), say(preview.most));
  return (
    <ChartCard
      title={worded ? words.common : words.spread}
      definition={worded ? words.commonDefinition : words.spreadDefinition}
      summary={summary}
      option={option}
      height={worded ? Math.max(90, bars.length * 26) : 150}
      table={{
        columns: [worded ? words.value : words.range, words.people],
        rows: [
          ...bars.map((bar) => [bar.label, bar.people]),
          ...(worded
            ? []
            : [
                [timed ? words.earliest : words.least, say(preview.least)],
                [words.median, say(preview.median)],
                [timed ? words.latest : words.most, say(preview.most)],
              ]),
        ],
      }}
    />
  );
}

interface Bar {
  label: string;
  people: number;
}

function readCommon(preview: TraitPreview, say: (value: unknown) => string): Bar[] {
  return preview.common.map((one) => ({ label: say(one.value), people: one.people }));
}

function readBins(
  { bins }: TraitPreview,
  kind: FigureKind,
  say: (value: unknown) => string,
  format: Format,
  words: { more: (low: string) => string },
): Bar[] {
  const sayEnd = (value: unknown) => (TIMED.has(kind) ? format.date(String(value)) : say(value));
  return bins.map((bin, at) => {
    const next = bins[at + 1];
    // "20 – 29.999999" is what it is, and "20 – 30" how it reads.
    const high = AMOUNTS.has(kind) && next && bin.low !== bin.high ? next.low : bin.high;
    const [from, to] = [sayEnd(bin.low), sayEnd(high)];
    if (from === to) return { label: from, people: bin.people };
    return { label: next ? `${from} – ${to}` : words.more(from), people: bin.people };
  });
}

function drawBars(bars: Bar[], lying: boolean, name: string, format: Format): ChartOption {
  const labels = bars.map((bar) => bar.label);
  const counts = {
    type: "value" as const,
    minInterval: 1,
    axisLabel: { formatter: format.compact, hideOverlap: true },
  };
  return {
    grid: { left: 4, right: 8, top: 8, bottom: 4, outerBoundsMode: "same" },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      renderMode: "richText",
      valueFormatter: (value) => format.number(Number(value)),
    },
    ...(lying
      ? {
          xAxis: counts,
          yAxis: {
            type: "category",
            inverse: true,
            data: labels,
            axisLabel: { width: 90, overflow: "truncate" },
          },
        }
      : {
          xAxis: { type: "category", data: labels, axisLabel: { hideOverlap: true } },
          yAxis: counts,
        }),
    series: [
      {
        type: "bar",
        name,
        data: bars.map((bar) => bar.people),
        barCategoryGap: lying ? "30%" : "8%",
        barMaxWidth: lying ? 18 : undefined,
      },
    ],
  };
}
