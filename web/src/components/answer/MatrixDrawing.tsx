import { type ReactNode, useMemo } from "react";
import { rampAt, textOn } from "@/components/chart/chart-theme";
import { useWords } from "@/lib/words";
import { cellOf } from "./answer-read";
import type { Values } from "./answer-values";
import { answerWords } from "./answer-words";
import type { DrawingProps } from "./drawing-props";
import { readText } from "./look";
import { type MatrixCell, type MatrixView, readMatrix } from "./matrix-read";
import { type Drawn, type Pen, SvgFrame } from "./SvgFrame";
import { measure as measureText, shorten } from "./svg-text";

const FONT = 12;
const CELL = { width: 36, widthMax: 110, height: 30, heightMin: 20 };
const HEAD_PX = 28;
const HEAD_FONT = 11;
/** A longer one is shortened. */
const HEAD_PX_MAX = 38;
const SIZE_PX = 70;
const NAME_PX = { least: 110, most: 190 };

/** A table whose cells are the darker the more there is in them: cohorts and how many came back. */
export function MatrixDrawing(props: DrawingProps): ReactNode {
  const { answer, parts, names, values, look, onOpen } = props;
  const words = useWords(answerWords);
  const measure = readText(look.options, "measure");
  const group = readText(look.options, "group");
  const view = useMemo(
    () =>
      readMatrix(
        answer,
        parts,
        names,
        values,
        {
          after: (n) => words.matrix.after(n, words.matrix.units[answer.interval]),
          all: words.matrix.all,
        },
        { measure, group },
      ),
    [answer, parts, names, values, words, measure, group],
  );
  const wide = useMemo(() => cellWidth(view, values), [view, values]);
  const opener = view.measure?.opens
    ? view.measure
    : parts.values.find((column) => column.opens && !column.hidden);
  const open = (cell: MatrixCell) =>
    cell.row && opener && onOpen
      ? () => onOpen(cellOf(answer, cell.row ?? [], opener.key))
      : undefined;
  const tell = (line: string, column: string, cell: MatrixCell) => {
    const kind = view.measure?.kind ?? "number";
    return [
      `${line} · ${column}`,
      `${values.say(kind, cell.value)}${cell.open ? `（${words.open}）` : ""}`,
      cell.low !== null && cell.high !== null
        ? `${values.say(kind, cell.low)}–${values.say(kind, cell.high)}`
        : "",
      cell.of === null ? "" : words.of(values.say("count", cell.of)),
    ]
      .filter(Boolean)
      .join("\n");
  };
  return (
    <SvgFrame
      handle={props.handle}
      summary={props.summary}
      widthMin={
        Math.min(NAME_PX.least, nameWidth(view)) +
        (view.sizeColumn ? SIZE_PX : 0) +
        view.columns.length * wide
      }
      draw={(pen) =>
        drawMatrix(view, pen, {
          values,
          open,
          tell,
          size: words.matrix.size,
          wide,
          high: cellHeight(view, props.height),
        })
      }
    />
  );
}

/** Cells get lower before a tile has to scroll. */
function cellHeight(view: MatrixView, height: number): number {
  const room = Math.floor((height - HEAD_PX - 6) / Math.max(1, view.lines.length));
  return Math.max(CELL.heightMin, Math.min(CELL.height, room));
}

/** Wide enough for what stands in them. */
function cellWidth(view: MatrixView, values: Values): number {
  const kind = view.measure?.kind ?? "number";
  const widths = view.lines.flatMap(({ cells }) =>
    cells.map((cell) =>
      cell?.value == null ? 0 : measureText(values.short(kind, cell.value), FONT),
    ),
  );
  // As short as they can be said.
  const heads = sayHeads(view.columns, 0).heads.map((head) =>
    Math.min(HEAD_PX_MAX, measureText(head, HEAD_FONT)),
  );
  return Math.max(CELL.width, Math.max(0, ...widths) + 9, Math.max(0, ...heads) + 9);
}

function nameWidth(view: MatrixView): number {
  const widest = Math.max(...view.lines.map(({ name }) => measureText(name, FONT)), 40);
  return Math.min(NAME_PX.most, widest + 14);
}

interface Setting {
  values: Values;
  size: string;
  /** Of a cell, at least. */
  wide: number;
  high: number;
  open: (cell: MatrixCell) => (() => void) | undefined;
  tell: (line: string, column: string, cell: MatrixCell) => string;
}

function drawMatrix(view: MatrixView, pen: Pen, setting: Setting): Drawn {
  const { palette, width } = pen;
  const { values } = setting;
  const beside = view.sizeColumn ? SIZE_PX : 0;
  // Names give way before cells have to be scrolled to.
  const room = width - beside - view.columns.length * setting.wide;
  const left = Math.min(nameWidth(view), Math.max(NAME_PX.least, room));
  const first = left + beside;
  const wide = Math.min(CELL.widthMax, (width - first) / Math.max(1, view.columns.length));
  const said = sayHeads(view.columns, wide - 4);
  const heads = view.columns.map((column, at) => (
    <text
      key={column}
      x={first + at * wide + wide / 2}
      y={17}
      textAnchor="middle"
      fontSize={HEAD_FONT}
      fill={palette.quiet}
    >
      {shorten(said.heads[at] ?? column, HEAD_FONT, wide - 4)}
    </text>
  ));
  const lines = view.lines.map((line, number) => (
    <g key={line.name} transform={`translate(0,${HEAD_PX + number * setting.high})`}>
      <text x={0} y={setting.high / 2 + 4} fontSize={FONT} fill={palette.text}>
        {shorten(line.name, FONT, left - 8)}
      </text>
      {view.sizeColumn && (
        <text
          x={first - 12}
          y={setting.high / 2 + 4}
          textAnchor="end"
          fontSize={FONT}
          fill={palette.quiet}
        >
          {line.size === null ? "" : values.say("count", line.size)}
        </text>
      )}
      {line.cells.map((cell, at) =>
        cell ? (
          <CellBox
            // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
            key={at}
            cell={cell}
            x={first + at * wide}
            width={wide}
            share={shareOf(view, cell.value)}
            text={
              cell.value === null ? "" : values.short(view.measure?.kind ?? "number", cell.value)
            }
            high={setting.high}
            pen={pen}
            part={pen.part(
              setting.tell(line.name, view.columns[at] ?? "", cell),
              setting.open(cell),
            )}
          />
        ) : null,
      )}
    </g>
  ));
  return {
    height: HEAD_PX + view.lines.length * setting.high + 4,
    body: (
      <>
        {view.sizeColumn && (
          <text x={first - 12} y={17} textAnchor="end" fontSize={11} fill={palette.quiet}>
            {setting.size}
          </text>
        )}
        {said.all && (
          <text x={0} y={17} fontSize={HEAD_FONT} fill={palette.quiet}>
            {shorten(`${said.all} →`, HEAD_FONT, left - 8)}
          </text>
        )}
        {heads}
        {lines}
      </>
    ),
  };
}

const NUMBER = /\d[\d.,]*/;

/**
 * What stands above the columns: where “Month 10” has no room its number does, and what all numbers are of is said
 * once.
 */
export function sayHeads(columns: string[], room: number): { heads: string[]; all?: string } {
  const numbers = columns.map((column) => column.match(NUMBER)?.[0] ?? "");
  const [rest = "", ...others] = columns.map((column) => column.replace(NUMBER, "").trim());
  const alike =
    /\p{L}/u.test(rest) && numbers.every(Boolean) && others.every((other) => other === rest);
  const fits = columns.every((column) => measureText(column, HEAD_FONT) <= room);
  return fits || !alike ? { heads: columns } : { heads: numbers, all: rest };
}

/** How dark a cell is, from the least to the most. */
function shareOf({ most, base }: MatrixView, value: number | null): number {
  return value === null || most <= base ? 0 : (value - base) / (most - base);
}

interface CellBoxProps {
  cell: MatrixCell;
  x: number;
  width: number;
  share: number;
  text: string;
  high: number;
  pen: Pen;
  part: ReturnType<Pen["part"]>;
}

function CellBox({ cell, x, width, share, text, high, pen, part }: CellBoxProps): ReactNode {
  const { palette } = pen;
  const box = { x: x + 1, y: 1, width: Math.max(2, width - 2), height: high - 2, rx: 4 };
  const fill = cell.value === null ? palette.sunken : rampAt(palette.ramp, share);
  return (
    <g {...part}>
      <rect {...box} fill={fill} />
      {cell.open && <rect {...box} fill={pen.hatch} opacity={0.6} />}
      <text
        x={x + width / 2}
        y={high / 2 + 4}
        textAnchor="middle"
        fontSize={FONT}
        fill={textOn(fill, palette)}
        {...(cell.open && { stroke: fill, strokeWidth: 4, paintOrder: "stroke" })}
      >
        {text}
      </text>
    </g>
  );
}
