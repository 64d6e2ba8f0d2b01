import { Text, useComputedColorScheme } from "@mantine/core";
import { lazy, type ReactNode, useMemo } from "react";
import { paletteOf } from "@/components/chart/chart-theme";
import type { Picked } from "@/components/chart/EChart";
import { useNarrow } from "@/lib/narrow";
import { useWords } from "@/lib/words";
import { cellOf } from "./answer-read";
import { answerWords } from "./answer-words";
import type { DrawingProps } from "./drawing-props";
import { placeHappened } from "./happened";
import { alongOf, readText, readTexts, SERIES_CHARTS, type SeriesChart } from "./look";
import { drawSeries } from "./series-draw";
import { readSeries, type SeriesView, withoutTowering } from "./series-read";

const EChart = lazy(() =>
  import("@/components/chart/EChart").then((module) => ({ default: module.EChart })),
);

/** Values by period: lines, areas or columns. */
export function SeriesDrawing(props: DrawingProps): ReactNode {
  const { answer, parts, names, values, look, happened, onOpen } = props;
  const words = useWords(answerWords);
  const narrow = useNarrow();
  const palette = paletteOf(useComputedColorScheme("light"));
  const whole = useMemo(
    () =>
      readSeries(answer, parts, names, {
        chosen: readText(look.options, "measure"),
        together: readTexts(look.options, "measures"),
        along: alongOf(answer, look),
      }),
    [answer, parts, names, look],
  );
  const chart = chartOf(look.chart, whole);
  // A stack stands for the total: nothing may be missing from it.
  const view = useMemo(
    () => (chart === "stacked" ? whole : withoutTowering(whole)),
    [chart, whole],
  );
  const option = useMemo(
    () =>
      drawSeries(view, {
        chart,
        look,
        happened: view.along ? [] : placeHappened(happened, view.periods, answer.span.until),
        marks: placeMarks(answer.marks ?? [], view),
        values,
        palette,
        narrow,
        words,
      }),
    [view, chart, look, happened, answer, values, palette, narrow, words],
  );
  const open = (place: number, series: number) => {
    const found = view.series[series];
    const row = found?.points[place]?.row;
    const given = row == null ? undefined : answer.rows[row];
    if (given && found?.column.opens && onOpen) onOpen(cellOf(answer, given, found.column.key));
  };
  const said = [
    view.left > 0 && words.folded(String(view.left)),
    view.towering && words.towering(view.towering),
  ]
    .filter(Boolean)
    .join(" · ");
  const lines = chart === "line" || chart === "area";
  const opens = onOpen && view.series.some((one) => one.column.opens);
  return (
    <>
      <EChart
        ref={props.handle}
        option={option}
        height={said ? props.height - LEFT_PX : props.height}
        label={props.summary}
        onPick={opens && !lines ? (picked) => openBar(picked, open) : undefined}
        onPoint={
          opens && lines ? (place, value) => open(place, closest(view, place, value)) : undefined
        }
      />
      {said && (
        <Text size="xs" c="dimmed" h={LEFT_PX} truncate>
          {said}
        </Text>
      )}
    </>
  );
}

/** The line that says what the drawing has no room for. */
const LEFT_PX = 20;

function openBar({ seriesId, index }: Picked, open: (place: number, series: number) => void): void {
  if (seriesId?.startsWith("s")) open(index, Number(seriesId.slice(1)));
}

/** One period is no line. */
function chartOf(chosen: string | null | undefined, view: SeriesView): SeriesChart {
  const found = SERIES_CHARTS.find((one) => one === chosen);
  return found ?? (view.periods.length === 1 ? "bar" : "line");
}

/** The series whose value is nearest to where somebody clicked. */
export function closest(view: SeriesView, place: number, value: number): number {
  const distances = view.series.map(({ points }) =>
    points[place]?.value == null ? Number.POSITIVE_INFINITY : Math.abs(points[place].value - value),
  );
  return distances.indexOf(Math.min(...distances));
}

function placeMarks(marks: { row: number; column: string }[], view: SeriesView) {
  return marks.flatMap((mark) => {
    const series = view.series.findIndex(
      ({ column, points }) =>
        column.key === mark.column && points.some((point) => point.row === mark.row),
    );
    const place = view.series[series]?.points.findIndex((point) => point.row === mark.row) ?? -1;
    return place < 0 ? [] : [{ series, place }];
  });
}
