import type { ReactNode } from "react";
import type { DrawingProps } from "./drawing-props";
import { SvgFrame } from "./SvgFrame";

export function MapDrawing(props: DrawingProps): ReactNode {
  return (
    <SvgFrame
      handle={props.handle}
      summary={props.summary}
      draw={() => ({ height: 40, body: null })}
    />
  );
}
