import { type ReactNode, useMemo } from "react";
import { rampAt, textOn } from "@/components/chart/chart-theme";
import { useWords } from "@/lib/words";
import { cellOf, changeOf } from "./answer-read";
import type { Values } from "./answer-values";
import { answerWords } from "./answer-words";
import type { DrawingProps } from "./drawing-props";
import { type Fact, type MapView, readMap, type Stage } from "./map-read";
import { type Drawn, type Pen, SvgFrame } from "./SvgFrame";
import { shorten, wrap } from "./svg-text";

const FONT = 14;
const SMALL = 12;
/** A stage beside others, and the way between two of them; all grows with the room that there is. */
const COLUMN_PX = 150;
const GAP_PX = 48;
const GROWTH_MAX = 2;
const HEAD_PX = 114;
const TOUCHPOINTS_SHOWN = 5;
const TOUCH_PX = 26;
const BODY_PX = 126;
const DOWN_PX = 60;
/** From this share on, so many stand still that somebody should look. */
const STALLED_MUCH = 0.25;

/** The stages as a map: who is where, who moves on, who stands still, and what they use there. */
export function MapDrawing(props: DrawingProps): ReactNode {
  const { answer, parts, names, values, onOpen } = props;
  const words = useWords(answerWords);
  const view = useMemo(() => readMap(answer, parts, names), [answer, parts, names]);
  const setting: Setting = {
    values,
    words: words.map,
    open: (fact) => onOpen && (() => onOpen(cellOf(answer, fact.row, "people"))),
  };
  return (
    <SvgFrame
      handle={props.handle}
      summary={props.summary}
      interactive
      draw={(pen) => drawMap(view, pen, setting)}
    />
  );
}

interface Setting {
  values: Values;
  words: MapWords;
  open: (fact: Fact) => (() => void) | undefined;
}

interface MapWords {
  share: (share: string) => string;
  movesOn: (share: string) => string;
  fallsBack: (share: string) => string;
  change: (change: string) => string;
  stay: string;
  days: (n: string) => string;
  stayHint: (days: string) => string;
  stayUnknown: string;
  stalled: (n: string) => string;
  stalledHint: string;
  nowhere: (n: string) => string;
  touchpoints: string;
  none: string;
}

function drawMap(view: MapView, pen: Pen, setting: Setting): Drawn {
  const many = view.stages.length;
  const needed = many * COLUMN_PX + (many - 1) * GAP_PX;
  const beside = pen.width >= needed;
  // On the wall of a meeting letters are as much bigger as the map is.
  const growth = beside ? Math.min(GROWTH_MAX, pen.width / needed) : 1;
  const width = pen.width / growth;
  const gap = beside ? GAP_PX : 0;
  const wide = (width - gap * (many - 1)) / (beside ? many : 1);
  const most = Math.max(1, ...view.stages.map((stage) => stage.now?.people ?? 0));
  const highs = view.stages.map(boxHeight);
  const high = Math.max(HEAD_PX, ...highs);
  let y = 0;
  const body = view.stages.map((stage, place) => {
    const x = beside ? place * (wide + gap) : 0;
    const top = y;
    const own = beside ? high : boxHeight(stage);
    if (!beside) y += own + DOWN_PX;
    return (
      <g key={stage.key} transform={`translate(${x},${top})`}>
        <StageBox stage={stage} wide={wide} high={own} most={most} pen={pen} setting={setting} />
        {place < many - 1 && (
          <Arrows
            from={stage}
            back={view.stages[place + 1]}
            place={beside ? { x: wide, y: HEAD_PX / 2, gap } : null}
            below={own}
            pen={pen}
            setting={setting}
          />
        )}
      </g>
    );
  });
  const height = beside ? high : y - DOWN_PX;
  return {
    height: (height + 30) * growth,
    body: (
      <g transform={`scale(${growth})`}>
        {body}
        {view.nowhere && (
          <g
            transform={`translate(0,${height + 8})`}
            {...pen.part(
              setting.words.nowhere(setting.values.say("people", view.nowhere.people)),
              setting.open(view.nowhere),
            )}
          >
            <text y={13} fontSize={SMALL} fill={pen.palette.quiet}>
              {setting.words.nowhere(setting.values.say("people", view.nowhere.people))}
            </text>
          </g>
        )}
      </g>
    ),
  };
}

function boxHeight({ touchpoints }: Stage): number {
  return (
    HEAD_PX + BODY_PX + Math.max(1, Math.min(TOUCHPOINTS_SHOWN, touchpoints.length)) * TOUCH_PX
  );
}

interface BoxProps {
  stage: Stage;
  wide: number;
  high: number;
  most: number;
  pen: Pen;
  setting: Setting;
}

function StageBox({ stage, wide, high, most, pen, setting }: BoxProps): ReactNode {
  const { palette } = pen;
  const { values, words, open } = setting;
  const { now } = stage;
  const fill = rampAt(palette.ramp, 0.25 + 0.75 * Math.sqrt((now?.people ?? 0) / most));
  const ink = textOn(fill, palette);
  const count = values.say("people", now?.people);
  const change = changeOf(stage.people.at(-1), stage.people.at(-2));
  const share = now?.share == null ? "" : words.share(values.say("share", now.share));
  return (
    <>
      <rect
        x={0.5}
        y={0.5}
        width={wide - 1}
        height={high - 1}
        rx={10}
        fill={palette.surface}
        stroke={palette.line}
      />
      <g {...pen.part(`${stage.name}\n${count}\n${share}`, now && open(now))}>
        <path d={roundTop(wide, HEAD_PX, 10)} fill={fill} />
        {wrap(stage.name, FONT, wide - 24, 1).map((line) => (
          <text key={line} x={14} y={26} fontSize={FONT} fontWeight={600} fill={ink}>
            {line}
          </text>
        ))}
        <text x={14} y={61} fontSize={27} fontWeight={600} fill={ink}>
          {count}
        </text>
        <text x={14} y={83} fontSize={SMALL} fill={ink}>
          {shorten(share, SMALL, wide - 24)}
        </text>
        {change !== null && (
          <text x={14} y={101} fontSize={SMALL} fill={ink}>
            {shorten(words.change(values.change(change)), SMALL, wide - 24)}
          </text>
        )}
        <Course people={stage.people} x={wide - 78} y={46} ink={ink} />
      </g>
      <Staying stage={stage} wide={wide} pen={pen} setting={setting} />
      <Touchpoints stage={stage} wide={wide} pen={pen} setting={setting} />
    </>
  );
}

function roundTop(wide: number, high: number, radius: number): string {
  return `M0,${high}V${radius}Q0,0 ${radius},0H${wide - radius}Q${wide},0 ${wide},${radius}V${high}Z`;
}

/** How many were there period by period, as a small line. */
function Course({
  people,
  x,
  y,
  ink,
}: {
  people: Stage["people"];
  x: number;
  y: number;
  ink: string;
}): ReactNode {
  const known = people.map((one) => one ?? 0);
  if (known.length < 3 || x < 90) return null;
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const points = known.map((one, at) => {
    const along = (at / (known.length - 1)) * 64;
    return `${along.toFixed(1)},${(24 - ((one - least) / (most - least || 1)) * 22).toFixed(1)}`;
  });
  return (
    <g transform={`translate(${x},${y})`} opacity={0.75}>
      <polyline points={points.join(" ")} fill="none" stroke={ink} strokeWidth={1.6} />
    </g>
  );
}

interface InsideProps {
  stage: Stage;
  wide: number;
  pen: Pen;
  setting: Setting;
}

/** How long people stay, and how many stay so long that somebody should look. */
function Staying({ stage, wide, pen, setting }: InsideProps): ReactNode {
  const { palette } = pen;
  const { values, words, open } = setting;
  const { stay, stalled } = stage;
  const share = stalled?.share ?? 0;
  const room = wide - 28;
  const days = stay?.days == null ? null : values.say("count", stay.days);
  const colour = share >= STALLED_MUCH ? palette.person : palette.text;
  const said = stalled?.people == null ? null : words.stalled(values.say("people", stalled.people));
  const strong = share >= STALLED_MUCH ? 600 : 400;
  return (
    <g transform={`translate(14,${HEAD_PX})`} fontSize={SMALL}>
      <g {...pen.part(days === null ? words.stayUnknown : words.stayHint(days))}>
        <text y={25} fill={palette.quiet}>
          {words.stay}
        </text>
        <text x={room} y={25} textAnchor="end" fill={palette.text}>
          {days === null ? "–" : words.days(days)}
        </text>
      </g>
      {said && stalled && (
        <g
          {...pen.part(
            `${stage.name}\n${said} · ${values.say("share", stalled.share)}\n${words.stalledHint}`,
            open(stalled),
            `${said} ${values.say("share", stalled.share)} ${stage.name}`,
          )}
        >
          <rect y={37} width={room} height={8} rx={4} fill={palette.line} />
          <rect
            y={37}
            width={Math.max(2, room * share)}
            height={8}
            rx={4}
            fill={share >= STALLED_MUCH ? palette.person : palette.quiet}
          />
          <text y={63} fontWeight={strong} fill={colour}>
            {shorten(said, SMALL, room - 42)}
          </text>
          <text x={room} y={63} textAnchor="end" fontWeight={strong} fill={colour}>
            {values.say("share", stalled.share)}
          </text>
        </g>
      )}
    </g>
  );
}

function Touchpoints({ stage, wide, pen, setting }: InsideProps): ReactNode {
  const { palette } = pen;
  const { values, words, open } = setting;
  const shown = stage.touchpoints.slice(0, TOUCHPOINTS_SHOWN);
  const room = wide - 28;
  return (
    <g transform={`translate(14,${HEAD_PX + 84})`}>
      <text y={12} fontSize={11} fill={palette.quiet}>
        {words.touchpoints}
      </text>
      {shown.length === 0 && (
        <text y={34} fontSize={SMALL} fill={palette.quiet}>
          {shorten(words.none, SMALL, room)}
        </text>
      )}
      {shown.map(({ name, fact }, at) => (
        <g
          key={name}
          transform={`translate(0,${20 + at * TOUCH_PX})`}
          {...pen.part(
            `${name}\n${values.say("people", fact.people)} · ${values.say("share", fact.share)}`,
            open(fact),
          )}
        >
          <rect width={room} height={TOUCH_PX - 2} fill="transparent" />
          <text y={13} fontSize={SMALL} fill={palette.text}>
            {shorten(name, SMALL, room - 44)}
          </text>
          <text x={room} y={13} fontSize={SMALL} textAnchor="end" fill={palette.text}>
            {fact.share === null ? "" : values.short("share", fact.share)}
          </text>
          <rect y={18} width={room} height={3} rx={1.5} fill={palette.line} />
          <rect
            y={18}
            width={room * Math.min(1, fact.share ?? 0)}
            height={3}
            rx={1.5}
            fill={palette.series[1]}
          />
        </g>
      ))}
    </g>
  );
}

interface ArrowsProps {
  from: Stage;
  back: Stage | undefined;
  /** Beside one another; else the arrow goes down. */
  place: { x: number; y: number; gap: number } | null;
  below: number;
  pen: Pen;
  setting: Setting;
}

/** Who moves on from a stage in one period, and who falls back from the next one. */
function Arrows({ from, back, place, below, pen, setting }: ArrowsProps): ReactNode {
  const { palette } = pen;
  const { values, words, open } = setting;
  const on = from.movesOn;
  const off = back?.fallsBack;
  const say = (fact: Fact | undefined) =>
    fact?.share == null ? "–" : values.say("share", fact.share);
  const onTip = `${from.name} → ${back?.name}\n${words.movesOn(say(on))}\n${values.say("people", on?.people)}`;
  const offTip = `${back?.name} → ${from.name}\n${words.fallsBack(say(off))}\n${values.say("people", off?.people)}`;
  if (!place)
    return (
      <g transform={`translate(14,${below})`} fontSize={SMALL}>
        <g {...pen.part(onTip, on && open(on))}>
          <text y={25} fontWeight={600} fill={palette.text}>
            ↓ {words.movesOn(say(on))}
          </text>
        </g>
        <g {...pen.part(offTip, off && open(off))}>
          <text y={45} fill={palette.quiet}>
            ↑ {words.fallsBack(say(off))}
          </text>
        </g>
      </g>
    );
  const { x, y, gap } = place;
  // As thick as the share that moves on, so that the eye finds where the way is narrow.
  const thick = 3 + Math.min(1, on?.share ?? 0) * 22;
  const head = Math.min(12, gap / 3);
  return (
    <g transform={`translate(${x},${y})`} fontSize={SMALL} textAnchor="middle">
      <g {...pen.part(onTip, on && open(on), `${say(on)} ${onTip}`)}>
        <rect y={-40} width={gap} height={56} fill="transparent" />
        <path
          d={`M4,${-thick / 2}H${gap - head}V${-thick / 2 - 5}L${gap - 2},0L${gap - head},${thick / 2 + 5}V${thick / 2}H4Z`}
          fill={palette.series[0]}
        />
        <text x={gap / 2} y={-thick / 2 - 10} fontWeight={600} fill={palette.text}>
          {say(on)}
        </text>
      </g>
      <g {...pen.part(offTip, off && open(off), `${say(off)} ${offTip}`)}>
        <rect y={20} width={gap} height={34} fill="transparent" />
        <path
          d={`M${gap - 4},32H10M14,28L8,32L14,36`}
          stroke={palette.quiet}
          strokeWidth={1.4}
          strokeDasharray="3 2"
          fill="none"
        />
        <text x={gap / 2} y={50} fontSize={11} fill={palette.quiet}>
          {say(off)}
        </text>
      </g>
    </g>
  );
}
