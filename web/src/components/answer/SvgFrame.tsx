import { useComputedColorScheme } from "@mantine/core";
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useId,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { type Palette, paletteOf } from "@/components/chart/chart-theme";
import type { ChartHandle } from "@/components/chart/EChart";
import classes from "./answer.module.css";
import { svgToPng } from "./svg-png";
import { useWidth } from "./use-width";

export interface Drawn {
  height: number;
  body: ReactNode;
}

export interface Pen {
  width: number;
  palette: Palette;
  /** Names of the patterns in this drawing, as a fill. */
  hatch: string;
  /** A pattern that tells a group apart where colours are not seen; the first has none. */
  texture: (group: number) => string | undefined;
  /**
   * Makes a part of the drawing tell something under the pointer, and open something. Its name for a screen reader is
   * what is written in it; a label begins with that, as who speaks to the screen says what they see.
   */
  part: (tip: string, open?: () => void, label?: string) => PartProps;
}

interface PartProps {
  onMouseMove: (event: MouseEvent) => void;
  onMouseLeave: () => void;
  onClick?: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  role?: "button";
  tabIndex?: 0;
  "aria-label"?: string | undefined;
  className?: string;
}

interface SvgFrameProps {
  handle: Ref<ChartHandle>;
  summary: string;
  /** The least width; a narrower place scrolls. */
  widthMin?: number;
  /** What is within takes the keyboard itself. */
  interactive?: boolean;
  draw: (pen: Pen) => Drawn;
}

/** A drawing of ours: as wide as its place, with a tip under the pointer, and to be saved as a picture. */
export function SvgFrame(props: SvgFrameProps): ReactNode {
  const { handle, summary, widthMin = 0, interactive = false, draw } = props;
  const { ref, width: room } = useWidth<HTMLDivElement>();
  const svg = useRef<SVGSVGElement>(null);
  const palette = paletteOf(useComputedColorScheme("light"));
  const [tip, setTip] = useState<{ text: string; x: number; y: number } | null>(null);
  const hatch = `hatch${useId().replaceAll(":", "")}`;
  useImperativeHandle(handle, () => ({
    toPng: async () => (svg.current ? await svgToPng(svg.current, palette.surface) : ""),
  }));
  const width = Math.max(room, widthMin);
  const texture: Pen["texture"] = (group) =>
    group % GROUPS_MAX === 0 ? undefined : `url(#${hatch}t${group % GROUPS_MAX})`;
  const part: Pen["part"] = (text, open, label) => ({
    onMouseMove: (event) => setTip({ text, x: event.clientX, y: event.clientY }),
    onMouseLeave: () => setTip(null),
    ...(open && {
      onClick: open,
      className: classes.part,
      ...(interactive && {
        role: "button" as const,
        tabIndex: 0 as const,
        "aria-label": label,
        onKeyDown: (event: KeyboardEvent) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          open();
        },
      }),
    }),
  });
  const { height, body } =
    room > 0
      ? draw({ width, palette, hatch: `url(#${hatch})`, texture, part })
      : { height: 120, body: null };
  return (
    <div
      ref={ref}
      className={classes.frame}
      // What scrolls must take the keyboard.
      tabIndex={room > 0 && width > room ? 0 : undefined}
    >
      <svg
        ref={svg}
        viewBox={`0 0 ${width || 1} ${height}`}
        width={width || "100%"}
        height={height}
        role={interactive ? "group" : "img"}
        aria-label={summary}
        className={classes.svg}
      >
        <defs>
          <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse">
            <path
              d="M-1,7 L7,-1 M-1,1 L1,-1 M5,7 L7,5"
              stroke={palette.surface}
              strokeWidth="1.6"
            />
          </pattern>
          {TEXTURES.map((d, at) => (
            <pattern
              key={d}
              id={`${hatch}t${at + 1}`}
              width="8"
              height="8"
              patternUnits="userSpaceOnUse"
            >
              <path d={d} stroke={palette.surface} strokeWidth="1.4" opacity="0.55" />
            </pattern>
          ))}
        </defs>
        {body}
      </svg>
      {tip && (
        <div className={classes.tip} style={tipPlace(tip)} aria-hidden>
          {tip.text}
        </div>
      )}
    </div>
  );
}

/** Strokes within eight by eight: slanted one way, dotted, slanted the other way, upright, level. */
const TEXTURES = [
  "M-2,6 L2,10 M0,0 L8,8 M6,-2 L10,2",
  "M2,2 h2 M6,6 h2",
  "M-2,2 L2,-2 M0,8 L8,0 M6,10 L10,6",
  "M2,0 V8 M6,0 V8",
  "M0,2 H8 M0,6 H8",
];
const GROUPS_MAX = TEXTURES.length + 1;

const TIP_PX = 260;

function tipPlace({ x, y }: { x: number; y: number }) {
  const left = x + TIP_PX + 16 > window.innerWidth ? x - TIP_PX - 8 : x + 14;
  return { left: Math.max(8, left), top: y + 14, maxWidth: TIP_PX };
}
