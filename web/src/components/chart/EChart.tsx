import { useComputedColorScheme } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import {
  BarChart,
  type BarSeriesOption,
  HeatmapChart,
  type HeatmapSeriesOption,
  LineChart,
  type LineSeriesOption,
} from "echarts/charts";
import {
  AriaComponent,
  type AriaComponentOption,
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  TooltipComponent,
  type TooltipComponentOption,
  type VisualMapComponentOption,
  VisualMapContinuousComponent,
} from "echarts/components";
import { type ComposeOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { chartTheme } from "./chart-theme";

use([
  BarChart,
  LineChart,
  HeatmapChart,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
  AriaComponent,
  CanvasRenderer,
]);

export type ChartOption = ComposeOption<
  | BarSeriesOption
  | LineSeriesOption
  | HeatmapSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TooltipComponentOption
  | VisualMapComponentOption
  | AriaComponentOption
>;

export interface ChartHandle {
  toPng: () => string;
}

interface EChartProps {
  ref?: Ref<ChartHandle>;
  option: ChartOption;
  height: number;
  label: string;
}

export function EChart({ ref, option, height, label }: EChartProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof init>>(null);
  const scheme = useComputedColorScheme("light");
  const still = useReducedMotion();
  useEffect(() => {
    if (!box.current) return;
    const drawn = init(box.current, chartTheme(scheme, getComputedStyle(box.current).fontFamily));
    chart.current = drawn;
    const observer = new ResizeObserver(() => drawn.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      drawn.dispose();
    };
  }, [scheme]);
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
  }, [option, label, scheme, still]);
  useImperativeHandle(ref, () => ({
    toPng: () =>
      chart.current?.getDataURL({
        pixelRatio: 2,
        backgroundColor: scheme === "dark" ? "#1c1c22" : "#ffffff",
      }) ?? "",
  }));
  return <div ref={box} role="img" aria-label={label} style={{ height }} />;
}
