import { ScatterChart } from "echarts/charts";
import { use } from "echarts/core";
import type { ReactNode } from "react";
import { EChart, type EChartProps } from "./EChart";

use([ScatterChart]);

/** A chart that may hold points on a plane; loaded where one is shown. */
export function ScatterEChart(props: EChartProps): ReactNode {
  return <EChart {...props} />;
}
