import { useComputedColorScheme } from "@mantine/core";
import { lazy, type ReactNode, useMemo } from "react";
import { type Palette, paletteOf } from "@/components/chart/chart-theme";
import type { ChartOption, Picked } from "@/components/chart/EChart";
import { useWords } from "@/lib/words";
import { cellOf } from "./answer-read";
import type { Values } from "./answer-values";
import { answerWords } from "./answer-words";
import type { DrawingProps } from "./drawing-props";
import { type FlowView, readFlow } from "./flow-read";
import { measure, shorten } from "./svg-text";
import { useWidth } from "./use-width";

const FlowEChart = lazy(() =>
  import("@/components/chart/FlowEChart").then((module) => ({ default: module.FlowEChart })),
);

const NODE_PX = 28;
/** From so much room for a node on, its number stands below its name. */
const TWO_LINES_PX = 46;
/** Until the place is measured. */
const WIDTH_GUESSED = 640;
const FONT = 12;

/** How many go from where to where, as a Sankey diagram. */
export function FlowDrawing(props: DrawingProps): ReactNode {
  const { answer, parts, names, values, onOpen } = props;
  const words = useWords(answerWords);
  const { ref, width } = useWidth<HTMLDivElement>();
  const palette = paletteOf(useComputedColorScheme("light"));
  const view = useMemo(
    () => readFlow(answer, parts, names, words.funnel.lost),
    [answer, parts, names, words],
  );
  const deepest = Math.max(1, ...[...countBy(view.nodes.map((node) => node.depth)).values()]);
  const height = Math.max(props.height, deepest * NODE_PX);
  const roomy = height / deepest >= TWO_LINES_PX;
  const option = useMemo(
    () => drawFlow(view, values, palette, { width: width || WIDTH_GUESSED, roomy }),
    [view, values, palette, width, roomy],
  );
  const pick = ({ data }: Picked) => {
    const { measure } = view;
    const link = view.links.find((one) => isLink(data, one));
    if (link && measure?.opens && onOpen) onOpen(cellOf(answer, link.row, measure.key));
  };
  return (
    <div ref={ref}>
      <FlowEChart
        ref={props.handle}
        option={option}
        height={height}
        label={props.summary}
        onPick={onOpen && pick}
      />
    </div>
  );
}

function isLink(data: unknown, { source, target }: { source: string; target: string }): boolean {
  const given = data as { source?: string; target?: string } | null;
  return given?.source === source && given.target === target;
}

function countBy(values: number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The last column's names stand beside it; the others' between the columns. */
const LAST_PX = 150;

interface Room {
  width: number;
  roomy: boolean;
}

function drawFlow(
  view: FlowView,
  values: Values,
  palette: Palette,
  { width, roomy }: Room,
): ChartOption {
  const kind = view.measure?.kind ?? "count";
  const named = new Map(view.nodes.map((node) => [node.id, node.name]));
  const distinctNames = [...new Set(view.nodes.map((node) => node.name))];
  const depths = Math.max(1, ...view.nodes.map((node) => node.depth));
  const right = Math.min(LAST_PX, width * (depths > 1 ? 0.24 : 0.36));
  const between = Math.min(LAST_PX, (width - right) / depths - 22);
  const last = new Set(view.nodes.filter(({ depth }) => depth === depths).map(({ id }) => id));
  const label = (name: string, value: number) => {
    const said = values.short(kind, value);
    const beside = last.has(name) ? right - 8 : between;
    const room = roomy ? beside : beside - measure(said, FONT) - 8;
    const text = shorten(named.get(name) ?? name, FONT, room);
    return room > FONT * 2.5 ? `${text}${roomy ? "\n" : "  "}${said}` : said;
  };
  return {
    tooltip: {
      trigger: "item",
      renderMode: "richText",
      confine: true,
      formatter: (params) => {
        const given = params as unknown as {
          data: { source?: string; target?: string };
          name: string;
          value: number;
        };
        const { source, target } = given.data;
        const name =
          source !== undefined && target !== undefined
            ? `${named.get(source)} → ${named.get(target)}`
            : (named.get(given.name) ?? "");
        return `${name}\n${values.say(kind, given.value)}`;
      },
    },
    series: [
      {
        type: "sankey",
        left: 2,
        right,
        top: 8,
        bottom: 8,
        nodeWidth: 12,
        nodeGap: 12,
        nodeAlign: "left",
        // Moves between the same groups keep their order; longer ways cross less in another.
        layoutIterations: depths > 1 ? 32 : 0,
        draggable: false,
        emphasis: { focus: "adjacency" },
        data: view.nodes.map((node) => ({
          name: node.id,
          depth: node.depth,
          itemStyle: {
            color: node.id.endsWith("|")
              ? palette.quiet
              : palette.series[distinctNames.indexOf(node.name) % palette.series.length],
          },
          label: { position: "right" as const },
        })),
        links: view.links.map(({ source, target, value, left }) => ({
          source,
          target,
          value,
          lineStyle: {
            color: left ? palette.quiet : ("source" as const),
            opacity: left ? 0.18 : 0.32,
          },
        })),
        // What would cover another name is said under the pointer.
        labelLayout: { hideOverlap: true },
        label: {
          color: palette.text,
          fontSize: FONT,
          lineHeight: 15,
          textBorderColor: palette.surface,
          textBorderWidth: 3,
          formatter: ({ name, value }) => label(name, Number(value)),
        },
      },
    ],
  };
}
