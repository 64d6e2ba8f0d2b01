import { type ReactNode, type SVGProps, useMemo } from "react";
import { useNarrow } from "@/lib/narrow";
import { useWords } from "@/lib/words";
import { cellOf } from "./answer-read";
import type { Values } from "./answer-values";
import { answerWords } from "./answer-words";
import { type Bar, type BarsView, readBars } from "./bars-read";
import type { DrawingProps } from "./drawing-props";
import { readText, readTexts } from "./look";
import { type Drawn, type Pen, SvgFrame } from "./SvgFrame";
import { measure, shorten } from "./svg-text";

const FONT = 12;
const HEAD_FONT = 11;
const BAR_PX = 18;
const GROUPED_PX = 13;
const GAP_PX = 9;
const THIN_PX = 9;
const LEGEND_PX = 26;
const LINE_PX = 19;
const NAME_SHARE = { wide: 0.28, narrow: 0.36 };
const HEAD_PX = 18;
const ROUNDED_FROM = 1_000;

/** One bar for each label, with its number at its end. */
export function BarsDrawing(props: DrawingProps): ReactNode {
  const { answer, parts, names, values, look, onOpen } = props;
  const words = useWords(answerWords);
  const narrow = useNarrow();
  const { options } = look;
  const view = useMemo(
    () =>
      readBars(answer, parts, names, {
        measure: readText(options, "measure"),
        measures: readTexts(options, "measures"),
      }),
    [answer, parts, names, options],
  );
  const open = ({ measure: column, row }: Bar) =>
    column.opens && onOpen ? () => onOpen(cellOf(answer, row, column.key)) : undefined;
  const opens = view.categories.some(({ bars }) => bars.some((bar) => open(bar)));
  const tell = (name: string, bar: Bar) => sayBar(name, bar, values, words.of, words.against);
  return (
    <SvgFrame
      handle={props.handle}
      summary={props.summary}
      interactive={opens}
      draw={(pen) => drawBars(view, pen, { values, narrow, open, tell, height: props.height })}
    />
  );
}

interface Setting {
  values: Values;
  narrow: boolean;
  height: number;
  open: (bar: Bar) => (() => void) | undefined;
  tell: (name: string, bar: Bar) => string;
}

function sayBar(
  name: string,
  bar: Bar,
  values: Values,
  sayOf: (n: string) => string,
  against: string,
): string {
  const { kind } = bar.measure;
  const lines = [[name, bar.group].filter(Boolean).join(" · "), values.say(kind, bar.value)];
  if (bar.low !== null && bar.high !== null)
    lines.push(`${values.say(kind, bar.low)}–${values.say(kind, bar.high)}`);
  if (bar.of !== null) lines.push(sayOf(values.say("count", bar.of)));
  if (bar.before !== null) lines.push(`${against} ${values.say(kind, bar.before)}`);
  return lines.join("\n");
}

function drawBars(view: BarsView, pen: Pen, setting: Setting): Drawn {
  const { width, palette } = pen;
  const { narrow, values } = setting;
  const grouped = view.groups.length > 1;
  const { thick, gap } = fitBars(view, setting.height, grouped);
  const widest = Math.max(...view.categories.map(({ name }) => measure(name, FONT)), 20);
  const nameWidth = Math.min(widest + 8, width * NAME_SHARE[narrow ? "narrow" : "wide"]);
  const range = view.most - view.least || 1;
  const room = Math.max(40, width - nameWidth - valueWidth(view, values) - 22);
  const x = (value: number) => nameWidth + 10 + ((value - view.least) / range) * room;
  const head = grouped ? legendHeight(view.groups, width) : 0;
  let y = head + HEAD_PX + 4;
  const parts: ReactNode[] = [
    grouped && legend(view.groups, pen),
    <Heads key="heads" view={view} y={head + 12} nameWidth={nameWidth} pen={pen} />,
  ];
  for (const { name, bars } of view.categories) {
    const height = bars.length * (thick + 2);
    parts.push(
      <text
        key={`n${name}`}
        x={nameWidth}
        y={y + height / 2 + 4}
        textAnchor="end"
        fontSize={FONT}
        fill={palette.text}
      >
        {shorten(name, FONT, nameWidth)}
      </text>,
    );
    for (const [at, bar] of bars.entries()) {
      const top = y + at * (thick + 2);
      const number = Math.max(0, view.groups.indexOf(bar.group ?? ""));
      const colour = palette.series[number % palette.series.length];
      const texture = pen.texture(number);
      parts.push(
        <g
          key={`${name}${bar.group}${bar.measure.key}`}
          {...pen.part(
            setting.tell(name, bar),
            setting.open(bar),
            `${sayAtEnd(bar, values)} ${name} ${bar.group ?? ""}`.trim(),
          )}
        >
          <rect
            x={nameWidth}
            y={top - 1}
            width={width - nameWidth}
            height={thick + 2}
            fill="transparent"
          />
          {bar.before !== null && (
            <rect
              {...span(x(0), x(bar.before))}
              y={top + thick - 4}
              height={4}
              fill="none"
              stroke={palette.quiet}
              strokeDasharray="2 2"
            />
          )}
          {bar.value !== null && (
            <Filled
              {...span(x(0), x(bar.value))}
              y={top}
              height={thick}
              rx={2}
              fill={colour ?? ""}
              texture={texture}
            />
          )}
          {bar.low !== null && bar.high !== null && (
            <path
              d={whisker(x(bar.low), x(bar.high), top + thick / 2)}
              stroke={palette.text}
              strokeWidth={1.2}
              fill="none"
            />
          )}
          <text
            x={Math.max(x(bar.value ?? 0), x(bar.high ?? bar.value ?? 0)) + 6}
            y={top + thick / 2 + 4}
            fontSize={FONT}
            fill={bar.value === null ? palette.quiet : palette.text}
          >
            {sayAtEnd(bar, values)}
          </text>
        </g>,
      );
    }
    y += height + gap;
  }
  return { height: y + 4, body: parts };
}

/** What the names are of, and what the bars are. */
function Heads({
  view,
  y,
  nameWidth,
  pen,
}: {
  view: BarsView;
  y: number;
  nameWidth: number;
  pen: Pen;
}): ReactNode {
  const { palette, width } = pen;
  const text = { y, fontSize: HEAD_FONT, fill: palette.quiet };
  const named = measure(view.by, HEAD_FONT) <= nameWidth;
  const both = [view.by, view.measured].filter(Boolean).join(" · ");
  if (!named) return <text {...text}>{shorten(both, HEAD_FONT, width)}</text>;
  return (
    <>
      <text {...text} x={nameWidth} textAnchor="end">
        {view.by}
      </text>
      <text {...text} x={nameWidth + 10}>
        {shorten(view.measured, HEAD_FONT, width - nameWidth - 10)}
      </text>
    </>
  );
}

/** Room for the longest number at the end of a bar. */
function valueWidth(view: BarsView, values: Values): number {
  const widths = view.categories.flatMap(({ bars }) =>
    bars.map((bar) => measure(sayAtEnd(bar, values), FONT)),
  );
  return Math.max(30, ...widths);
}

/** Cents of thousands say nothing beside a bar; the tip has them. */
function sayAtEnd({ measure: { kind }, value }: Bar, values: Values): string {
  return kind === "money" && value !== null && Math.abs(value) >= ROUNDED_FROM
    ? values.short(kind, value)
    : values.say(kind, value);
}

/** Bars get thinner before a tile has to scroll. */
function fitBars(view: BarsView, height: number, grouped: boolean) {
  const many = view.categories.length || 1;
  const bars = view.categories.reduce((sum, one) => sum + one.bars.length, 0) || 1;
  const room = height - (grouped ? LEGEND_PX : 4) - HEAD_PX - 8;
  const usual = { thick: grouped ? GROUPED_PX : BAR_PX, gap: grouped ? GAP_PX : GAP_PX - 2 };
  if (bars * (usual.thick + 2) + many * usual.gap <= room) return usual;
  const gap = Math.max(2, Math.min(usual.gap, (room / many) * 0.22));
  const thick = Math.floor((room - many * gap) / bars - 2);
  return { thick: Math.max(THIN_PX, Math.min(usual.thick, thick)), gap };
}

function span(from: number, to: number) {
  // Little is still seen; nothing is not.
  const width = from === to ? 0 : Math.max(1.5, Math.abs(to - from));
  return { x: Math.min(from, to), width };
}

function whisker(from: number, to: number, y: number): string {
  return `M${from},${y - 4}V${y + 4}M${from},${y}H${to}M${to},${y - 4}V${y + 4}`;
}

/** A bar in the colour of its group, and in its pattern. */
export function Filled({
  texture,
  ...bar
}: SVGProps<SVGRectElement> & { texture: string | undefined }): ReactNode {
  return (
    <>
      <rect {...bar} />
      {texture && <rect {...bar} fill={texture} />}
    </>
  );
}

interface LegendItem {
  text: string;
  x: number;
  line: number;
}

/** The names of groups one after the other, in as many lines as they need. */
function placeLegend(groups: string[], width: number): LegendItem[] {
  let [x, line] = [0, 0];
  return groups.map((group) => {
    const text = shorten(group, FONT, Math.max(60, width - 24));
    const long = measure(text, FONT) + 34;
    if (x > 0 && x + long - 14 > width) {
      x = 0;
      line += 1;
    }
    const item = { text, x, line };
    x += long;
    return item;
  });
}

export function legendHeight(groups: string[], width: number): number {
  const lines = (placeLegend(groups, width).at(-1)?.line ?? 0) + 1;
  return LEGEND_PX + (lines - 1) * LINE_PX;
}

/** The names of groups, each beside its colour and pattern. */
export function legend(
  groups: string[],
  { width, palette, texture }: Pick<Pen, "width" | "palette" | "texture">,
): ReactNode {
  return (
    <g key="legend">
      {placeLegend(groups, width).map(({ text, x, line }, at) => (
        <g key={groups[at]} transform={`translate(${x},${line * LINE_PX})`}>
          <Filled
            y={1}
            width={13}
            height={13}
            rx={3}
            fill={palette.series[at % palette.series.length]}
            texture={texture(at)}
          />
          <text x={19} y={12} fontSize={FONT} fill={palette.quiet}>
            {text}
          </text>
        </g>
      ))}
    </g>
  );
}
