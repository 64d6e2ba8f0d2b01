import { useComputedColorScheme } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import {
  BarChart,
  type BarSeriesOption,
  HeatmapChart,
  type HeatmapSeriesOption,
  LineChart,
  type LineSeriesOption,
  type SankeySeriesOption,
  type ScatterSeriesOption,
} from "echarts/charts";
import {
  AriaComponent,
  type AriaComponentOption,
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  MarkLineComponent,
  type MarkLineComponentOption,
  MarkPointComponent,
  type MarkPointComponentOption,
  TooltipComponent,
  type TooltipComponentOption,
  type VisualMapComponentOption,
  VisualMapContinuousComponent,
} from "echarts/components";
import { type ComposeOption, init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";
import {
  type ReactNode,
  type Ref,
  useEffect,
  useEffectEvent,
  useImperativeHandle,
  useRef,
} from "react";
import { chartTheme, paletteOf } from "./chart-theme";

use([
  BarChart,
  LineChart,
  HeatmapChart,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
  MarkLineComponent,
  MarkPointComponent,
  AriaComponent,
  LabelLayout,
  CanvasRenderer,
]);

export type ChartOption = ComposeOption<
  | BarSeriesOption
  | LineSeriesOption
  | HeatmapSeriesOption
  | SankeySeriesOption
  | ScatterSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TooltipComponentOption
  | VisualMapComponentOption
  | MarkLineComponentOption
  | MarkPointComponentOption
  | AriaComponentOption
>;

export interface ChartHandle {
  toPng: () => string | Promise<string>;
}

/** What of a chart was clicked at: an item of a series. */
export interface Picked {
  seriesId: string | undefined;
  index: number;
  data: unknown;
}

export interface EChartProps {
  ref?: Ref<ChartHandle>;
  option: ChartOption;
  height: number;
  label: string;
  onPick?: (picked: Picked) => void;
  /** Anywhere between the axes: which category is there, and which value. */
  onPoint?: (category: number, value: number) => void;
}

export function EChart({ ref, option, height, label, onPick, onPoint }: EChartProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<Drawn>(null);
  const scheme = useComputedColorScheme("light");
  // Known from the start: a chart that is filled twice stops in the middle of its first motion.
  const still = useReducedMotion(false, { getInitialValueInEffect: false });
  const pick = useEffectEvent((picked: Picked) => onPick?.(picked));
  const point = useEffectEvent((category: number, value: number) => onPoint?.(category, value));
  const points = onPoint !== undefined;
  useEffect(() => {
    if (!box.current) return;
    const drawn = init(box.current, chartTheme(scheme, getComputedStyle(box.current).fontFamily));
    chart.current = drawn;
    drawn.on("click", (event) =>
      pick({ seriesId: event.seriesId, index: event.dataIndex, data: event.data }),
    );
    if (points) watchPoints(drawn, point);
    const observer = new ResizeObserver(() => drawn.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      drawn.dispose();
    };
  }, [scheme, points]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new theme is a new chart to fill
  useEffect(() => {
    chart.current?.setOption(
      {
        animation: !still,
        animationDuration: 150,
        ...option,
        // Without it ECharts describes the chart itself, number by number and in English.
        aria: { ...option.aria, label: { description: label } },
      },
      { notMerge: true },
    );
  }, [option, label, scheme, points, still]);
  useImperativeHandle(ref, () => ({
    toPng: () =>
      chart.current?.getDataURL({
        pixelRatio: 2,
        backgroundColor: paletteOf(scheme).surface,
      }) ?? "",
  }));
  return <div ref={box} role="img" aria-label={label} style={{ height }} />;
}

type Drawn = ReturnType<typeof init>;

function watchPoints(drawn: Drawn, tell: (category: number, value: number) => void): void {
  const find = (event: { offsetX: number; offsetY: number }) => {
    const place = [event.offsetX, event.offsetY];
    if (!drawn.containPixel({ gridIndex: 0 }, place)) return null;
    const found = drawn.convertFromPixel({ gridIndex: 0 }, place);
    return Array.isArray(found) ? (found as [number, number]) : null;
  };
  drawn.getZr().on("click", (event) => {
    const found = find(event);
    if (found) tell(...found);
  });
  drawn.getZr().on("mousemove", (event) => {
    if (find(event)) drawn.getZr().setCursorStyle("pointer");
  });
}
