import { SankeyChart } from "echarts/charts";
import { use } from "echarts/core";
import type { ReactNode } from "react";
import { EChart, type EChartProps } from "./EChart";

use([SankeyChart]);

/** A chart that may hold a Sankey diagram; loaded where one is shown. */
export function FlowEChart(props: EChartProps): ReactNode {
  return <EChart {...props} />;
}
