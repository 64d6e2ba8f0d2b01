import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
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

export interface Drawn {
  height: number;
  body: ReactNode;
}

export interface Pen {
  width: number;
  palette: Palette;
  /** Names of the patterns in this drawing, as a fill. */
  hatch: string;
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
  const { ref, width: room } = useElementSize();
  const svg = useRef<SVGSVGElement>(null);
  const palette = paletteOf(useComputedColorScheme("light"));
  const [tip, setTip] = useState<{ text: string; x: number; y: number } | null>(null);
  const hatch = `hatch${useId().replaceAll(":", "")}`;
  useImperativeHandle(handle, () => ({
    toPng: async () => (svg.current ? await svgToPng(svg.current, palette.surface) : ""),
  }));
  const width = Math.max(room, widthMin);
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
      ? draw({ width, palette, hatch: `url(#${hatch})`, part })
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

const TIP_PX = 260;

function tipPlace({ x, y }: { x: number; y: number }) {
  const left = x + TIP_PX + 16 > window.innerWidth ? x - TIP_PX - 8 : x + 14;
  return { left: Math.max(8, left), top: y + 14, maxWidth: TIP_PX };
}
