import { Center, Skeleton, Text } from "@mantine/core";
import { lazy, type ReactNode, Suspense } from "react";
import type { Shape } from "@/lib/api";
import { useWords } from "@/lib/words";
import { isEmpty } from "./answer-read";
import { answerWords } from "./answer-words";
import type { DrawingProps } from "./drawing-props";
import { isSeries } from "./look";

/** One drawing for each shape, loaded where it is shown; a table is its own drawing. */
const DRAWINGS = {
  series: lazy(() => import("./SeriesDrawing").then((it) => ({ default: it.SeriesDrawing }))),
  bars: lazy(() => import("./BarsDrawing").then((it) => ({ default: it.BarsDrawing }))),
  funnel: lazy(() => import("./FunnelDrawing").then((it) => ({ default: it.FunnelDrawing }))),
  matrix: lazy(() => import("./MatrixDrawing").then((it) => ({ default: it.MatrixDrawing }))),
  flow: lazy(() => import("./FlowDrawing").then((it) => ({ default: it.FlowDrawing }))),
  rfm: lazy(() => import("./RfmDrawing").then((it) => ({ default: it.RfmDrawing }))),
  scatter: lazy(() => import("./ScatterDrawing").then((it) => ({ default: it.ScatterDrawing }))),
  map: lazy(() => import("./MapDrawing").then((it) => ({ default: it.MapDrawing }))),
};

export type DrawnShape = keyof typeof DRAWINGS;

export function isDrawn(shape: Shape): shape is DrawnShape {
  return shape in DRAWINGS;
}

export function Drawing(props: DrawingProps & { shape: DrawnShape }): ReactNode {
  const words = useWords(answerWords);
  const { answer, parts, height, shape } = props;
  if (isEmpty(answer, parts))
    return (
      <Center mih={Math.min(height, 160)}>
        <Text size="sm" c="dimmed" ta="center" maw={420}>
          {words.nothing}
        </Text>
      </Center>
    );
  const Shown = isSeries(answer, props.look) ? DRAWINGS.series : DRAWINGS[shape];
  return (
    <Suspense fallback={<Skeleton height={height} />}>
      <Shown {...props} />
    </Suspense>
  );
}
