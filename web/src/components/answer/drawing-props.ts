import type { Ref } from "react";
import type { ChartHandle } from "@/components/chart/EChart";
import type { MetricAnswer as Answer } from "@/lib/api";
import type { Names } from "./answer-names";
import type { Cell, Parts } from "./answer-read";
import type { Values } from "./answer-values";
import type { Happened, Look } from "./look";

/** What every drawing of an answer is given. */
export interface DrawingProps {
  answer: Answer;
  parts: Parts;
  names: Names;
  values: Values;
  look: Look;
  happened: Happened[];
  height: number;
  /** What a screen reader says instead. */
  summary: string;
  handle: Ref<ChartHandle>;
  /** Opens the list of who is behind a cell; missing where the member may not see people. */
  onOpen?: (cell: Cell) => void;
}
