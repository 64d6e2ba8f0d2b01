import { type KeyboardEvent, type ReactNode, useMemo } from "react";
import type { Identity, IdentityLink } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { useNarrow } from "@/lib/narrow";
import { useWords } from "@/lib/words";
import classes from "./IdentityGraph.module.css";
import { layOutIdentity, type PlacedNode } from "./identity-rules";
import { profileWords } from "./profile-words";

interface Sizes {
  nodeWidth: number;
  nodeHeight: number;
  columnGap: number;
  rowGap: number;
  /** Of a value, at both ends of what is left out. */
  chars: [number, number];
}

const WIDE: Sizes = { nodeWidth: 196, nodeHeight: 50, columnGap: 84, rowGap: 18, chars: [10, 9] };
/** Two columns fit on a phone; more are scrolled to. */
const NARROW: Sizes = { nodeWidth: 138, nodeHeight: 50, columnGap: 30, rowGap: 14, chars: [7, 5] };

interface IdentityGraphProps {
  identity: Identity;
  selected: number | undefined;
  onSelect: (linkId: number) => void;
}

/** Identifiers as boxes, merges as the lines between them; a line opens what is known of its merge. */
export function IdentityGraph({ identity, selected, onSelect }: IdentityGraphProps): ReactNode {
  const words = useWords(profileWords).identity;
  const narrow = useNarrow();
  const sizes = narrow ? NARROW : WIDE;
  const layout = useMemo(() => layOutIdentity(identity), [identity]);
  const byKey = useMemo(() => new Map(layout.placed.map((one) => [one.node.key, one])), [layout]);
  const { nodeWidth, nodeHeight, columnGap, rowGap } = sizes;
  const width = layout.columns * (nodeWidth + columnGap) - columnGap + 4;
  const height = Math.max(1, layout.rows) * (nodeHeight + rowGap) - rowGap + 4;
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={words.graph}>
      <svg
        width={width}
        height={height}
        viewBox={`-2 -2 ${width} ${height}`}
        role="group"
        aria-label={words.graph}
      >
        {identity.links.map((link) => (
          <LinkLine
            key={link.id}
            link={link}
            from={byKey.get(link.a)}
            to={byKey.get(link.b)}
            sizes={sizes}
            selected={link.id === selected}
            onSelect={onSelect}
          />
        ))}
        {layout.placed.map((one) => (
          <NodeBox key={one.node.key} placed={one} sizes={sizes} />
        ))}
      </svg>
    </section>
  );
}

function positionOf({ depth, row }: PlacedNode, sizes: Sizes): { x: number; y: number } {
  return {
    x: depth * (sizes.nodeWidth + sizes.columnGap),
    y: row * (sizes.nodeHeight + sizes.rowGap),
  };
}

function NodeBox({ placed, sizes }: { placed: PlacedNode; sizes: Sizes }): ReactNode {
  const names = useNames();
  const format = useFormat();
  const { x, y } = positionOf(placed, sizes);
  const { node } = placed;
  return (
    <g transform={`translate(${x} ${y})`}>
      <title>{`${names.identifier(node.type)} ${node.value} · ${format.dateTime(node.first_seen)}`}</title>
      <rect width={sizes.nodeWidth} height={sizes.nodeHeight} rx={8} className={classes.box} />
      <text x={12} y={20} className={classes.type}>
        {names.identifier(node.type)}
      </text>
      <text x={12} y={38} className={classes.value}>
        {shorten(node.value, sizes.chars)}
      </text>
    </g>
  );
}

interface LinkLineProps {
  link: IdentityLink;
  from: PlacedNode | undefined;
  to: PlacedNode | undefined;
  sizes: Sizes;
  selected: boolean;
  onSelect: (linkId: number) => void;
}

function LinkLine({ link, from, to, sizes, selected, onSelect }: LinkLineProps): ReactNode {
  const words = useWords(profileWords).identity;
  const format = useFormat();
  if (!from || !to) return null;
  const [left, right] = from.depth <= to.depth ? [from, to] : [to, from];
  const start = positionOf(left, sizes);
  const end = positionOf(right, sizes);
  const x1 = start.x + sizes.nodeWidth;
  const y1 = start.y + sizes.nodeHeight / 2;
  const y2 = end.y + sizes.nodeHeight / 2;
  const middle = x1 + sizes.columnGap / 2;
  const label = `${words.linkLabel(left.node.value, right.node.value)} · ${format.dateTime(link.at)}`;
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onSelect(link.id);
  };
  return (
    <g
      role="button"
      tabIndex={0}
      aria-label={label}
      className={classes.link}
      data-selected={selected || undefined}
      onClick={() => onSelect(link.id)}
      onKeyDown={onKey}
    >
      <title>{label}</title>
      <path
        d={`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${end.x} ${y2}`}
        className={classes.hit}
      />
      <path
        d={`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${end.x} ${y2}`}
        className={classes.line}
      />
      <circle cx={middle} cy={(y1 + y2) / 2} r={6} className={classes.knot} />
    </g>
  );
}

function shorten(value: string, [first, last]: [number, number]): string {
  const fits = value.length <= first + last + 1;
  return fits ? value : `${value.slice(0, first)}…${value.slice(-last)}`;
}
