import { type ReactNode, useMemo } from "react";
import { ChartCard } from "@/components/chart/ChartCard";
import { DECALS } from "@/components/chart/chart-theme";
import type { ChartOption } from "@/components/chart/EChart";
import type { Answered, Purpose } from "@/lib/api";
import { type Format, useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { shortenQuestion, totalAnswers } from "./consent-figures";
import { consentWords } from "./consent-words";
import { useTerms } from "./use-terms";

const ROW_PX = 34;

interface AnswersChartProps {
  answered: Answered[];
  purposes: Purpose[];
}

/** Who agrees and who refuses, a bar for each question that was answered. */
export function AnswersChart({ answered, purposes }: AnswersChartProps): ReactNode {
  const words = useWords(consentWords).charts;
  const format = useFormat();
  const { option, table } = useAnswersDrawing(answered, purposes);
  const { granted, refused, answers } = totalAnswers(answered);
  return (
    <ChartCard
      title={words.answers}
      definition={words.answersDefinition}
      summary={words.answersSummary(format.number(granted), format.number(refused))}
      option={option}
      table={table}
      height={Math.max(260, answered.length * ROW_PX + 60)}
      empty={answers === 0 ? words.noAnswers : undefined}
    />
  );
}

function useAnswersDrawing(answered: Answered[], purposes: Purpose[]) {
  const words = useWords(consentWords).charts;
  const terms = useTerms();
  const format = useFormat();
  return useMemo(() => {
    const place = (row: Answered) => purposes.findIndex((one) => one.key === row.purpose);
    const rows = answered.toSorted((a, b) => place(a) - place(b));
    const names = rows.map((row) => {
      const title = terms.purpose(purposes[place(row)], row.purpose);
      return row.channel ? `${title} · ${terms.channel(row.channel)}` : title;
    });
    const share = (row: Answered) => format.percent(row.granted / (row.granted + row.refused));
    return {
      option: drawAnswers(names, rows, words, format),
      table: {
        columns: [words.question, words.agreed, words.refused, words.share],
        rows: rows.map((row, at) => [names[at] ?? "", row.granted, row.refused, share(row)]),
      },
    };
  }, [answered, purposes, words, terms, format]);
}

function drawAnswers(
  names: string[],
  rows: Answered[],
  words: { agreed: string; refused: string },
  format: Format,
): ChartOption {
  const bar = (name: string, data: number[]) => ({
    type: "bar" as const,
    stack: "answers",
    name,
    data,
    barMaxWidth: 20,
  });
  return {
    grid: { left: 8, right: 16, top: 8, bottom: 34, outerBoundsMode: "same" },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      renderMode: "richText",
      valueFormatter: (value) => format.number(Number(value)),
    },
    legend: { bottom: 0 },
    aria: { enabled: true, decal: { show: true, decals: DECALS } },
    xAxis: { type: "value", minInterval: 1, axisLabel: { formatter: format.compact } },
    yAxis: {
      type: "category",
      data: names,
      inverse: true,
      axisLabel: { formatter: shortenQuestion },
    },
    series: [
      bar(
        words.agreed,
        rows.map((row) => row.granted),
      ),
      bar(
        words.refused,
        rows.map((row) => row.refused),
      ),
    ],
  };
}
