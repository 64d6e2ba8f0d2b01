import type { Identity, IdentityLink, IdentityNode, OtherNode, Profile } from "@/lib/api";

export interface PlacedNode {
  node: IdentityNode;
  /** Steps from the root; a column of the drawing. */
  depth: number;
  /** Row, counted from the top; a parent stands in the middle of its children. */
  row: number;
}

export interface Layout {
  placed: PlacedNode[];
  columns: number;
  rows: number;
}

/** Links form a forest (a link is only kept when it joins two sides), so the drawing is a tree. */
export function layOutIdentity(identity: Pick<Identity, "nodes" | "links">): Layout {
  const neighbours = readNeighbours(identity.links);
  const nodes = new Map(identity.nodes.map((node) => [node.key, node]));
  const placed: PlacedNode[] = [];
  const seen = new Set<number>();
  let rows = 0;
  const place = (key: number, depth: number): number => {
    seen.add(key);
    const children = (neighbours.get(key) ?? []).filter(
      (next) => !seen.has(next) && nodes.has(next),
    );
    const childRows = children.map((child) => (seen.has(child) ? null : place(child, depth + 1)));
    const drawn = childRows.filter((row) => row !== null);
    const row = drawn.length ? ((drawn[0] ?? 0) + (drawn.at(-1) ?? 0)) / 2 : rows++;
    const node = nodes.get(key);
    if (node) placed.push({ node, depth, row });
    return row;
  };
  for (const root of orderRoots(identity.nodes, neighbours)) if (!seen.has(root)) place(root, 0);
  return { placed, rows, columns: Math.max(0, ...placed.map((one) => one.depth)) + 1 };
}

function readNeighbours(links: IdentityLink[]): Map<number, number[]> {
  const neighbours = new Map<number, number[]>();
  const add = (from: number, to: number) =>
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
  for (const link of links) {
    add(link.a, link.b);
    add(link.b, link.a);
  }
  return neighbours;
}

/** The identifier with the most links in the middle; of equals the first seen (its key is smaller). */
function orderRoots(nodes: IdentityNode[], neighbours: Map<number, number[]>): number[] {
  const degree = (key: number) => neighbours.get(key)?.length ?? 0;
  return nodes.map((node) => node.key).toSorted((a, b) => degree(b) - degree(a) || a - b);
}

export interface Split {
  stays: IdentityNode[];
  leaves: IdentityNode[];
}

/** The two sides that remain when one link goes; the side with the smallest key keeps the profile. */
export function splitAt(identity: Pick<Identity, "nodes" | "links">, linkId: number): Split {
  const cut = identity.links.find((link) => link.id === linkId);
  const neighbours = readNeighbours(identity.links.filter((link) => link.id !== linkId));
  const side = new Set<number>();
  const open = cut ? [cut.a] : [];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (side.has(key)) continue;
    side.add(key);
    open.push(...(neighbours.get(key) ?? []));
  }
  const inside = identity.nodes.filter((node) => side.has(node.key));
  const outside = identity.nodes.filter((node) => !side.has(node.key));
  const smallest = Math.min(...identity.nodes.map((node) => node.key));
  return side.has(smallest)
    ? { stays: inside, leaves: outside }
    : { stays: outside, leaves: inside };
}

export interface RefusedJoin {
  /** The end that is not of this profile; nothing when both are, or when it is gone. */
  other: OtherNode | undefined;
  /**
   * `apart`: it belongs to another profile. `joined`: both are of this one by now. `nobody`: no
   * profile belongs to it, so there is nothing to merge with.
   */
  state: "apart" | "joined" | "nobody";
}

/** What became of the joins that were refused, by their number in the log. */
export function readRefusals(
  identity: Pick<Identity, "nodes" | "log" | "others">,
): Map<number, RefusedJoin> {
  const inside = new Set(identity.nodes.map((node) => node.key));
  const others = new Map(identity.others.map((node) => [node.key, node]));
  const read = (a: number, b: number): RefusedJoin => {
    const outside = [a, b].filter((key) => !inside.has(key));
    const other = others.get(outside[0] ?? -1);
    if (outside.length === 0) return { other, state: "joined" };
    return { other, state: other?.profile_id == null ? "nobody" : "apart" };
  };
  const refusals = identity.log.filter((entry) => entry.kind === "refuse");
  return new Map(refusals.map((entry) => [entry.seq, read(entry.a, entry.b)]));
}

/** How many identifiers were named together with this profile, and still belong to another. */
export function countApart(refusals: ReadonlyMap<number, RefusedJoin>): number {
  const apart = [...refusals.values()].filter((one) => one.state === "apart");
  return new Set(apart.map((one) => one.other?.key)).size;
}

export interface MergePreview {
  identifiersMoved: number;
  identifiersAfter: number;
  traitsDiffering: number;
}

export function previewMerge(into: Profile, from: Profile): MergePreview {
  const values = new Map(into.traits.map((trait) => [trait.name, JSON.stringify(trait.value)]));
  return {
    identifiersMoved: from.identifiers.length,
    identifiersAfter: into.identifiers.length + from.identifiers.length,
    traitsDiffering: from.traits.filter(
      (trait) => values.has(trait.name) && values.get(trait.name) !== JSON.stringify(trait.value),
    ).length,
  };
}
