import { type ReactNode, useMemo } from "react";
import { rampAt, textOn } from "@/components/chart/chart-theme";
import type { MetricAnswer as Answer } from "@/lib/api";
import { useNarrow } from "@/lib/narrow";
import { useWords } from "@/lib/words";
import type { Names } from "./answer-names";
import { type Cell, cellOf, numberAt, type Parts, type Row, valueAt } from "./answer-read";
import type { Values } from "./answer-values";
import { answerWords } from "./answer-words";
import type { DrawingProps } from "./drawing-props";
import { type Drawn, type Pen, SvgFrame } from "./SvgFrame";
import { measure, shorten, wrap } from "./svg-text";

const SIDE = 5;
const FONT = 12;

export interface RfmCell {
  recency: number;
  value: number;
  group: string;
  people: number;
  row: Row;
}

export interface RfmGroup {
  key: string;
  name: string;
  people: number;
  share: number | null;
  revenueShare: number | null;
  row: Row;
}

export interface RfmView {
  cells: RfmCell[];
  groups: RfmGroup[];
  most: number;
}

/** The 25 cells of the map, and the groups as wholes: rows without a place on it. */
export function readRfm(answer: Answer, parts: Parts, names: Names): RfmView {
  const groupColumn = answer.columns.find((column) => column.key === "group");
  const cells: RfmCell[] = [];
  const groups: RfmGroup[] = [];
  for (const row of answer.rows) {
    const key = String(valueAt(row, parts, "group") ?? "");
    const recency = numberAt(row, parts, "recency");
    const value = numberAt(row, parts, "value");
    const people = numberAt(row, parts, "people") ?? 0;
    if (recency !== null && value !== null) cells.push({ recency, value, group: key, people, row });
    else
      groups.push({
        key,
        name: groupColumn ? names.label(groupColumn, key) : key,
        people,
        share: numberAt(row, parts, "people_share"),
        revenueShare: numberAt(row, parts, "revenue_share"),
        row,
      });
  }
  return { cells, groups, most: Math.max(1, ...cells.map((cell) => cell.people)) };
}

/** Customers on a map: to the right who buys much, to the top who bought lately; groups are regions of it. */
export function RfmDrawing(props: DrawingProps): ReactNode {
  const { answer, parts, names, values, onOpen } = props;
  const words = useWords(answerWords).rfm;
  const narrow = useNarrow();
  const view = useMemo(() => readRfm(answer, parts, names), [answer, parts, names]);
  const open = (row: Row, fields: string[]) =>
    onOpen && (() => onOpen(only(cellOf(answer, row, "people"), fields)));
  return (
    <SvgFrame
      handle={props.handle}
      summary={props.summary}
      widthMin={320}
      interactive
      draw={(pen) => drawRfm(view, pen, { values, narrow, words, open, height: props.height })}
    />
  );
}

/** A whole group is asked for by its name alone. */
function only(cell: Cell, fields: string[]): Cell {
  return Object.fromEntries(Object.entries(cell).filter(([key]) => fields.includes(key)));
}

const CELL_FIELDS = ["group", "recency", "value", "column"];
const GROUP_FIELDS = ["group", "column"];

interface Setting {
  values: Values;
  narrow: boolean;
  height: number;
  words: { recency: string; recencyEnds: string; value: string; people: string };
  open: (row: Row, fields: string[]) => (() => void) | undefined;
}

function drawRfm(view: RfmView, pen: Pen, setting: Setting): Drawn {
  const { width } = pen;
  const beside = width > 640;
  const list = beside ? Math.min(340, width * 0.42) : width;
  const map = beside ? width - list - 28 : width;
  const size = Math.min((map - 26) / SIDE, Math.max(62, (setting.height - 30) / SIDE));
  const mapHeight = size * SIDE + 34;
  const groups = drawGroups(view, pen, setting, list);
  return {
    height: beside ? Math.max(mapHeight, groups.height) : mapHeight + groups.height + 12,
    body: (
      <>
        {drawMap(view, pen, setting, Math.max(size, (map - 26) / SIDE), size)}
        <g transform={beside ? `translate(${map + 28},0)` : `translate(0,${mapHeight + 12})`}>
          {groups.body}
        </g>
      </>
    ),
  };
}

function drawMap(
  view: RfmView,
  pen: Pen,
  { words, values, open }: Setting,
  wide: number,
  size: number,
): ReactNode {
  const { palette } = pen;
  const [far, near] = words.recencyEnds.split("|");
  const left = 24;
  const at = (cell: RfmCell) => ({
    x: left + (cell.value - 1) * wide,
    y: (5 - cell.recency) * size,
  });
  return (
    <g>
      {view.cells.map((cell) => {
        const { x, y } = at(cell);
        const share = cell.people / view.most;
        const name = view.groups.find((one) => one.key === cell.group)?.name ?? cell.group;
        const shade = Math.sqrt(share);
        const fill = rampAt(palette.ramp, cell.people === 0 ? 0 : 0.08 + shade * 0.92);
        const ink = textOn(fill, palette);
        const lines = wrap(name, FONT, wide - 14, size > 70 ? 2 : 1);
        const people = values.say("people", cell.people);
        return (
          <g
            key={`${cell.recency}${cell.value}`}
            {...pen.part(
              `${name}\nR ${cell.recency} · FM ${cell.value}\n${people}`,
              open(cell.row, CELL_FIELDS),
              isFirst(cell, view) ? undefined : `${values.short("people", cell.people)} ${name}`,
            )}
          >
            <rect x={x + 1} y={y + 1} width={wide - 2} height={size - 2} rx={5} fill={fill} />
            <text x={x + 8} y={y + 20} fontSize={15} fontWeight={600} fill={ink}>
              {values.short("people", cell.people)}
            </text>
            {isFirst(cell, view) &&
              lines.map((line, number) => (
                <text key={line} x={x + 8} y={y + 38 + number * 15} fontSize={FONT} fill={ink}>
                  {line}
                </text>
              ))}
          </g>
        );
      })}
      {borders(view, left, wide, size).map((d) => (
        <path key={d} d={d} stroke={palette.text} strokeWidth={2} strokeLinecap="round" />
      ))}
      {axisText(palette.quiet, [
        [left, size * SIDE + 18, `${words.value} →`, 0],
        [14, size * SIDE, `${far} ← ${words.recency} → ${near}`, -90],
      ])}
    </g>
  );
}

function axisText(colour: string, texts: [number, number, string, number][]): ReactNode {
  return texts.map(([x, y, text, turn]) => (
    <text key={text} fontSize={11} fill={colour} transform={`translate(${x},${y}) rotate(${turn})`}>
      {text}
    </text>
  ));
}

/** A region is named once, in its cell at the top left. */
function isFirst(cell: RfmCell, view: RfmView): boolean {
  const same = view.cells.filter((one) => one.group === cell.group);
  const top = Math.max(...same.map((one) => one.recency));
  const row = same.filter((one) => one.recency === top);
  return cell.recency === top && cell.value === Math.min(...row.map((one) => one.value));
}

/** Lines between cells of different groups. */
export function borders(view: RfmView, left: number, wide: number, size: number): string[] {
  const groupAt = new Map(view.cells.map((cell) => [`${cell.recency} ${cell.value}`, cell.group]));
  return view.cells.flatMap(({ recency, value, group }) => {
    const x = left + value * wide;
    const y = (5 - recency) * size;
    const right = groupAt.get(`${recency} ${value + 1}`);
    const below = groupAt.get(`${recency - 1} ${value}`);
    return [
      ...(right !== undefined && right !== group ? [`M${x},${y}V${y + size}`] : []),
      ...(below !== undefined && below !== group ? [`M${x - wide},${y + size}H${x}`] : []),
    ];
  });
}

const ROW_PX = 26;

/** The groups as a list: how many people each, and how much of the revenue. */
function drawGroups(
  view: RfmView,
  pen: Pen,
  { values, open, words }: Setting,
  width: number,
): Drawn {
  const { palette } = pen;
  const nameWidth = Math.min(
    width * 0.42,
    Math.max(...view.groups.map((one) => measure(one.name, FONT)), 40) + 6,
  );
  const most = Math.max(
    ...view.groups.map((one) => Math.max(one.share ?? 0, one.revenueShare ?? 0)),
    0.0001,
  );
  const room = width - nameWidth - 56;
  const bar = (share: number | null) => Math.max(1, ((share ?? 0) / most) * room);
  return {
    height: view.groups.length * ROW_PX + 26,
    body: (
      <>
        <Keys palette={palette} people={words.people} />
        {view.groups.map((one, at) => (
          <g
            key={one.key}
            transform={`translate(0,${26 + at * ROW_PX})`}
            {...pen.part(
              `${one.name}\n${values.say("people", one.people)} · ${values.say("share", one.share)}\n${values.say("share", one.revenueShare)}`,
              open(one.row, GROUP_FIELDS),
            )}
          >
            <rect width={width} height={ROW_PX - 2} fill="transparent" />
            <text x={nameWidth - 6} y={16} textAnchor="end" fontSize={FONT} fill={palette.text}>
              {shorten(one.name, FONT, nameWidth)}
            </text>
            <rect
              x={nameWidth}
              y={3}
              height={9}
              width={bar(one.share)}
              rx={2}
              fill={palette.series[0]}
            />
            <rect
              x={nameWidth}
              y={14}
              height={6}
              width={bar(one.revenueShare)}
              rx={2}
              fill={palette.series[2]}
            />
            <text x={nameWidth + bar(one.share) + 5} y={12} fontSize={11} fill={palette.text}>
              {values.short("people", one.people)}
            </text>
          </g>
        ))}
      </>
    ),
  };
}

function Keys({ palette, people }: { palette: Pen["palette"]; people: string }): ReactNode {
  const revenue = useWords(answerWords).rfm.revenue;
  return (
    <g fontSize={11} fill={palette.quiet}>
      <rect y={3} width={10} height={10} rx={2} fill={palette.series[0]} />
      <text x={15} y={12}>
        {people}
      </text>
      <rect
        x={measure(people, 11) + 32}
        y={5}
        width={10}
        height={7}
        rx={2}
        fill={palette.series[2]}
      />
      <text x={measure(people, 11) + 47} y={12}>
        {revenue}
      </text>
    </g>
  );
}
