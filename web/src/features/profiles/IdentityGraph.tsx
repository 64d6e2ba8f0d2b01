import { type KeyboardEvent, type ReactNode, useMemo } from "react";
import type { Identity, IdentityLink } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import classes from "./IdentityGraph.module.css";
import { layOutIdentity, type PlacedNode } from "./identity-rules";
import { profileWords } from "./profile-words";

const NODE = { width: 196, height: 50 };
const GAP = { column: 84, row: 18 };

interface IdentityGraphProps {
  identity: Identity;
  selected: number | undefined;
  onSelect: (linkId: number) => void;
}

/** Identifiers as boxes, merges as the lines between them; a line opens what is known of its merge. */
export function IdentityGraph({ identity, selected, onSelect }: IdentityGraphProps): ReactNode {
  const words = useWords(profileWords).identity;
  const layout = useMemo(() => layOutIdentity(identity), [identity]);
  const byKey = useMemo(() => new Map(layout.placed.map((one) => [one.node.key, one])), [layout]);
  const width = layout.columns * (NODE.width + GAP.column) - GAP.column + 4;
  const height = Math.max(1, layout.rows) * (NODE.height + GAP.row) - GAP.row + 4;
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
            selected={link.id === selected}
            onSelect={onSelect}
          />
        ))}
        {layout.placed.map((one) => (
          <NodeBox key={one.node.key} placed={one} />
        ))}
      </svg>
    </section>
  );
}

function positionOf({ depth, row }: PlacedNode): { x: number; y: number } {
  return { x: depth * (NODE.width + GAP.column), y: row * (NODE.height + GAP.row) };
}

function NodeBox({ placed }: { placed: PlacedNode }): ReactNode {
  const names = useNames();
  const format = useFormat();
  const { x, y } = positionOf(placed);
  const { node } = placed;
  return (
    <g transform={`translate(${x} ${y})`}>
      <title>{`${names.identifier(node.type)} ${node.value} · ${format.dateTime(node.first_seen)}`}</title>
      <rect width={NODE.width} height={NODE.height} rx={8} className={classes.box} />
      <text x={12} y={20} className={classes.type}>
        {names.identifier(node.type)}
      </text>
      <text x={12} y={38} className={classes.value}>
        {shorten(node.value)}
      </text>
    </g>
  );
}

interface LinkLineProps {
  link: IdentityLink;
  from: PlacedNode | undefined;
  to: PlacedNode | undefined;
  selected: boolean;
  onSelect: (linkId: number) => void;
}

function LinkLine({ link, from, to, selected, onSelect }: LinkLineProps): ReactNode {
  const words = useWords(profileWords).identity;
  const format = useFormat();
  if (!from || !to) return null;
  const [left, right] = from.depth <= to.depth ? [from, to] : [to, from];
  const start = positionOf(left);
  const end = positionOf(right);
  const x1 = start.x + NODE.width;
  const y1 = start.y + NODE.height / 2;
  const y2 = end.y + NODE.height / 2;
  const middle = x1 + GAP.column / 2;
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

function shorten(value: string): string {
  return value.length > 24 ? `${value.slice(0, 12)}…${value.slice(-10)}` : value;
}
