import { type ReactNode, useMemo } from "react";
import { useWords } from "@/lib/words";
import { cellOf } from "./answer-read";
import type { Values } from "./answer-values";
import { answerWords } from "./answer-words";
import { Filled, legend, legendHeight } from "./BarsDrawing";
import type { DrawingProps } from "./drawing-props";
import { type FunnelView, readFunnel, type Step } from "./funnel-read";
import { type Drawn, type Pen, SvgFrame } from "./SvgFrame";
import { shorten, wrap } from "./svg-text";

const FONT = 12;
const WIDE_FROM_PX = 520;
const STEP_PX_MIN = 96;
const BELOW_PX = 74;
const ROW = { name: 20, bar: 16, barMost: 34, gap: 8, between: 22 };

/** Step after step, how many are still there; between the steps, which share went on. */
export function FunnelDrawing(props: DrawingProps): ReactNode {
  const { answer, parts, names, values, onOpen } = props;
  const words = useWords(answerWords);
  const view = useMemo(() => readFunnel(answer, parts, names), [answer, parts, names]);
  const { measure } = view;
  const setting: Setting = {
    values,
    words: words.funnel,
    height: props.height,
    open: (step) =>
      measure?.opens && onOpen ? () => onOpen(cellOf(answer, step.row, measure.key)) : undefined,
    lost: (step) =>
      view.opensLost && onOpen ? () => onOpen(cellOf(answer, step.row, "dropped")) : undefined,
    tell: (name, group, step) => sayStep(name, group, step, values, words),
  };
  return (
    <SvgFrame
      handle={props.handle}
      summary={props.summary}
      interactive
      draw={(pen) =>
        pen.width >= Math.max(WIDE_FROM_PX, view.steps.length * STEP_PX_MIN)
          ? drawColumns(view, pen, setting)
          : drawRows(view, pen, setting)
      }
    />
  );
}

interface FunnelWords {
  of: string;
  ofFirst: string;
  stillOpen: string;
  lost: string;
}

interface Setting {
  values: Values;
  words: FunnelWords;
  height: number;
  open: (step: Step) => (() => void) | undefined;
  /** Who was lost before a step. */
  lost: (step: Step) => (() => void) | undefined;
  tell: (name: string, group: string | null, step: Step) => string;
}

function sayStep(
  name: string,
  group: string | null,
  step: Step,
  values: Values,
  words: { funnel: FunnelWords; against: string },
): string {
  const { funnel } = words;
  const lines = [[name, group].filter(Boolean).join(" · "), values.say("people", step.people)];
  // The interval is that of the share of the step before, and stands with it.
  const ends = sayEnds(step, values);
  if (step.ofBefore !== null)
    lines.push(`${funnel.of} ${values.say("share", step.ofBefore)}${ends && ` (${ends})`}`);
  if (step.ofFirst !== null) lines.push(`${funnel.ofFirst} ${values.say("share", step.ofFirst)}`);
  if (step.open > 0) lines.push(`${funnel.stillOpen} ${values.say("people", step.open)}`);
  if (step.seconds !== null) lines.push(values.say("seconds", step.seconds));
  if (step.before !== null) lines.push(`${words.against} ${values.say("people", step.before)}`);
  return lines.join("\n");
}

/** Between which shares the true one is: 43.1–47.3%. Nothing where it is not known. */
function sayEnds(step: Step | undefined, values: Values): string {
  if (step?.low == null || step.high == null) return "";
  const [low, high] = [values.say("share", step.low), values.say("share", step.high)];
  return `${low.replace(/\s?%$/, "")}–${high}`;
}

/** The share of the step before; of one group alone with its interval. */
function sayShare(step: Step | undefined, grouped: boolean, values: Values): string {
  const ends = grouped ? "" : sayEnds(step, values);
  return `${values.say("share", step?.ofBefore ?? null)}${ends && ` (${ends})`}`;
}

/** Side by side: a column for each step, as high as the share of the first that is left. */
function drawColumns(view: FunnelView, pen: Pen, setting: Setting): Drawn {
  const { palette, width } = pen;
  const { values } = setting;
  const grouped = view.groups.length > 1;
  const named = view.groups.map(({ name }) => name ?? "");
  const top = (grouped ? legendHeight(named, width) : 0) + 8;
  const tall = Math.max(110, setting.height - top - BELOW_PX);
  const wide = width / view.steps.length;
  const between = Math.min(96, Math.max(64, wide * 0.42));
  const room = wide - between;
  const thick = Math.min(grouped ? 40 : 96, room / view.groups.length);
  const high = (people: number) => (people / view.most) * tall;
  const body: ReactNode[] = grouped
    ? [
        legend(
          view.groups.map(({ name }) => name ?? ""),
          pen,
        ),
      ]
    : [];
  for (const [place, name] of view.steps.entries()) {
    const x = place * wide;
    for (const [number, group] of view.groups.entries()) {
      const step = group.steps[place];
      if (!step) continue;
      const first = group.steps[0]?.people ?? 0;
      const colour = palette.series[number % palette.series.length];
      const left = x + number * thick;
      const bar = { x: left, width: thick - 2, rx: 3 };
      body.push(
        <g
          key={`${place} ${number}`}
          {...pen.part(
            setting.tell(name, group.name, step),
            setting.open(step),
            setting.tell(name, group.name, step),
          )}
        >
          <rect
            {...bar}
            y={top + tall - high(first)}
            height={high(first)}
            fill={colour}
            opacity={0.09}
          />
          {step.open > 0 && (
            <>
              <rect
                {...bar}
                y={top + tall - high(step.people + step.open)}
                height={high(step.open)}
                fill={colour}
                opacity={0.45}
              />
              <rect
                {...bar}
                y={top + tall - high(step.people + step.open)}
                height={high(step.open)}
                fill={pen.hatch}
              />
            </>
          )}
          <Filled
            {...bar}
            y={top + tall - high(step.people)}
            height={Math.max(1.5, high(step.people))}
            fill={colour}
            texture={pen.texture(number)}
          />
        </g>,
      );
    }
    body.push(
      <Below
        key={`b${place}`}
        x={x}
        y={top + tall}
        width={wide - 10}
        name={name}
        place={place}
        view={view}
        pen={pen}
        setting={setting}
      />,
    );
    const share = view.groups[0]?.steps[place + 1]?.ofBefore;
    if (place < view.steps.length - 1)
      body.push(
        <g
          key={`s${place}`}
          transform={`translate(${x + view.groups.length * thick + 6},${top + tall / 2})`}
        >
          {view.groups.slice(0, 4).map((group, number) => (
            <text
              key={group.name ?? ""}
              y={number * 17 - (grouped ? ((Math.min(4, view.groups.length) - 1) * 17) / 2 : 0)}
              fontSize={13}
              fontWeight={600}
              fill={grouped ? palette.series[number % palette.series.length] : palette.text}
            >
              {values.say("share", group.steps[place + 1]?.ofBefore ?? null)}
            </text>
          ))}
          {!grouped && share != null && (
            <>
              <text y={16} fontSize={11} fill={palette.quiet}>
                {sayEnds(view.groups[0]?.steps[place + 1], values)}
              </text>
              <Lost view={view} place={place} pen={pen} setting={setting} />
            </>
          )}
        </g>,
      );
  }
  return { height: top + tall + BELOW_PX, body };
}

function Lost({ view, place, pen, setting }: Omit<BelowProps, "x" | "y" | "width" | "name">) {
  const next = view.groups[0]?.steps[place + 1];
  const text = `${setting.words.lost} ${setting.values.short("people", lost(view, place))}`;
  return (
    <g {...pen.part(text, next && setting.lost(next))}>
      <text y={34} fontSize={11} fill={pen.palette.quiet}>
        {text}
      </text>
    </g>
  );
}

/** Who did not go on, and has no time left to. */
function lost(view: FunnelView, place: number): number {
  const steps = view.groups[0]?.steps;
  const [now, next] = [steps?.[place], steps?.[place + 1]];
  return Math.max(0, (now?.people ?? 0) - (next?.people ?? 0) - (next?.open ?? 0));
}

interface BelowProps {
  x: number;
  y: number;
  width: number;
  name: string;
  place: number;
  view: FunnelView;
  pen: Pen;
  setting: Setting;
}

function Below({ x, y, width, name, place, view, pen, setting }: BelowProps): ReactNode {
  const { palette } = pen;
  const { values, words } = setting;
  const lines = wrap(`${place + 1}. ${name}`, FONT, width);
  const alone = view.groups.length === 1 ? view.groups[0]?.steps[place] : undefined;
  return (
    <g transform={`translate(${x},${y})`}>
      {lines.map((line, number) => (
        <text key={line} y={18 + number * 15} fontSize={FONT} fontWeight={600} fill={palette.text}>
          {line}
        </text>
      ))}
      {alone && (
        <text y={22 + lines.length * 15} fontSize={FONT} fill={palette.text}>
          {values.say("people", alone.people)}
          {place > 0 && alone.ofFirst !== null && (
            <tspan fill={palette.quiet}> ({values.say("share", alone.ofFirst)})</tspan>
          )}
        </text>
      )}
      {alone && alone.open > 0 && (
        <text y={38 + lines.length * 15} fontSize={11} fill={palette.quiet}>
          {shorten(`+ ${words.stillOpen} ${values.say("people", alone.open)}`, 11, width)}
        </text>
      )}
    </g>
  );
}

/** Bars of a funnel in rows fill the height that there is, as far as that looks well. */
function barHeight(view: FunnelView, height: number): number {
  const steps = view.steps.length;
  const texts = steps * ROW.name + (steps - 1) * (ROW.between + ROW.gap) + 8;
  const room = (height - texts) / Math.max(1, steps * view.groups.length) - 3;
  return Math.max(ROW.bar, Math.min(ROW.barMost, room));
}

/** One below the other, where there is no room beside. */
function drawRows(view: FunnelView, pen: Pen, setting: Setting): Drawn {
  const { palette, width } = pen;
  const { values, words } = setting;
  const grouped = view.groups.length > 1;
  const body: ReactNode[] = grouped
    ? [
        legend(
          view.groups.map(({ name }) => name ?? ""),
          pen,
        ),
      ]
    : [];
  const named = view.groups.map(({ name }) => name ?? "");
  let y = grouped ? legendHeight(named, width) : 0;
  const room = width - 92;
  const thick = barHeight(view, setting.height - y);
  const long = (people: number) => (people / view.most) * room;
  for (const [place, name] of view.steps.entries()) {
    body.push(
      <text key={`n${place}`} y={y + 14} fontSize={FONT} fontWeight={600} fill={palette.text}>
        {shorten(`${place + 1}. ${name}`, FONT, width)}
      </text>,
    );
    y += ROW.name;
    for (const [number, group] of view.groups.entries()) {
      const step = group.steps[place];
      if (!step) continue;
      const colour = palette.series[number % palette.series.length];
      const bar = { y, height: thick, rx: 3 };
      body.push(
        <g
          key={`${place} ${number}`}
          {...pen.part(
            setting.tell(name, group.name, step),
            setting.open(step),
            `${values.say("people", step.people)} ${name} ${group.name ?? ""}`,
          )}
        >
          <rect {...bar} width={long(group.steps[0]?.people ?? 0)} fill={colour} opacity={0.09} />
          {step.open > 0 && (
            <>
              <rect
                {...bar}
                x={long(step.people)}
                width={long(step.open)}
                fill={colour}
                opacity={0.45}
              />
              <rect {...bar} x={long(step.people)} width={long(step.open)} fill={pen.hatch} />
            </>
          )}
          <Filled
            {...bar}
            width={Math.max(1.5, long(step.people))}
            fill={colour}
            texture={pen.texture(number)}
          />
          <text
            x={long(step.people + step.open) + 6}
            y={y + thick / 2 + 4}
            fontSize={FONT}
            fill={palette.text}
          >
            {values.say("people", step.people)}
          </text>
        </g>,
      );
      y += thick + 3;
    }
    if (place < view.steps.length - 1) {
      const shares = view.groups.map((group) => sayShare(group.steps[place + 1], grouped, values));
      body.push(
        <text key={`s${place}`} y={y + 15} fontSize={FONT} fill={palette.quiet}>
          {shorten(
            `↓ ${shares.join(" / ")}${grouped ? "" : ` · ${words.lost} ${values.say("people", lost(view, place))}`}`,
            FONT,
            width,
          )}
        </text>,
      );
      y += ROW.between + ROW.gap;
    }
  }
  return { height: y + 8, body };
}
