/**
 * How a condition is edited: pure functions from a tree to a tree. A row is a node with what is
 * negated about it; a `not` is therefore no step of a path, only groups are.
 */
import type { Condition, EventMatch, Group, Leaf, LeafKind, Node } from "./condition";

/** The place of a row: positions in the groups that lead to it; the root group's is empty. */
export type Path = readonly number[];

export interface Row {
  negated: boolean;
  node: Group | Leaf;
}

export interface Edit {
  node: Node;
  /** Where the reader is afterwards. */
  path: Path;
}

export const EMPTY: Condition = { version: 1, where: { kind: "all", of: [] } };

export function isGroup(node: Node): node is Group {
  return node.kind === "all" || node.kind === "any";
}

/** A node without its nots; two of them cancel each other out. */
export function readRow(node: Node): Row {
  let negated = false;
  let inner = node;
  while (inner.kind === "not") {
    negated = !negated;
    inner = inner.of;
  }
  return { negated, node: inner };
}

export function writeRow({ negated, node }: Row): Node {
  return negated ? { kind: "not", of: node } : node;
}

/** The builder's root is always a group: a single leaf becomes a group of one. */
export function asRoot(where: Node): Node {
  const { node } = readRow(where);
  return isGroup(node) ? writeRow(readRow(where)) : { kind: "all", of: [where] };
}

export function childrenOf(node: Node): Node[] {
  const { node: inner } = readRow(node);
  return isGroup(inner) ? inner.of : [];
}

export function nodeAt(root: Node, path: Path): Node | undefined {
  return path.reduce<Node | undefined>(
    (node, index) => (node ? childrenOf(node)[index] : undefined),
    root,
  );
}

/** The same tree with another list of children at a place. */
function setChildren(root: Node, path: Path, change: (children: Node[]) => Node[]): Node {
  const { negated, node } = readRow(root);
  if (!isGroup(node)) return root;
  const [index, ...rest] = path;
  const of =
    index === undefined
      ? change(node.of)
      : node.of.map((child, at) => (at === index ? setChildren(child, rest, change) : child));
  return writeRow({ negated, node: { ...node, of } });
}

function parentOf(path: Path): Path {
  return path.slice(0, -1);
}

function lastOf(path: Path): number {
  return path.at(-1) ?? 0;
}

export function replaceNode(root: Node, path: Path, next: Node): Node {
  if (path.length === 0) return next;
  const at = lastOf(path);
  return setChildren(root, parentOf(path), (children) =>
    children.map((child, index) => (index === at ? next : child)),
  );
}

/** Changes what a row says and leaves its negation alone. */
export function editRow(
  root: Node,
  path: Path,
  change: (node: Group | Leaf) => Group | Leaf,
): Node {
  const found = nodeAt(root, path);
  if (!found) return root;
  const { negated, node } = readRow(found);
  return replaceNode(root, path, writeRow({ negated, node: change(node) }));
}

export function negateRow(root: Node, path: Path): Node {
  const found = nodeAt(root, path);
  if (!found) return root;
  const { negated, node } = readRow(found);
  return replaceNode(root, path, writeRow({ negated: !negated, node }));
}

/** Puts nodes into a group, at a position or at its end. */
export function addNodes(root: Node, group: Path, nodes: Node[], at?: number): Edit {
  const place = at ?? childrenOf(nodeAt(root, group) ?? root).length;
  return {
    node: setChildren(root, group, (children) => children.toSpliced(place, 0, ...nodes)),
    path: [...group, place],
  };
}

export function addBelow(root: Node, path: Path, node: Node): Edit {
  if (path.length === 0) return addNodes(root, [], [node]);
  return addNodes(root, parentOf(path), [node], lastOf(path) + 1);
}

/** Removes a row, and groups that are empty after it; the root stays. */
export function removeRow(root: Node, path: Path): Edit {
  if (path.length === 0) return { node: root, path };
  const group = parentOf(path);
  const at = lastOf(path);
  const next = setChildren(root, group, (children) => children.toSpliced(at, 1));
  const left = childrenOf(nodeAt(next, group) ?? next).length;
  if (left === 0) return group.length > 0 ? removeRow(next, group) : { node: next, path: [] };
  return { node: next, path: [...group, Math.min(at, left - 1)] };
}

/** Up or down among its neighbours, into no group and out of none. */
export function moveRow(root: Node, path: Path, step: -1 | 1): Edit {
  const group = parentOf(path);
  const at = lastOf(path);
  const to = at + step;
  const siblings = childrenOf(nodeAt(root, group) ?? root);
  const moved = siblings[at];
  if (path.length === 0 || !moved || to < 0 || to >= siblings.length) return { node: root, path };
  return {
    node: setChildren(root, group, (children) => children.toSpliced(at, 1).toSpliced(to, 0, moved)),
    path: [...group, to],
  };
}

function opposite(kind: Group["kind"]): Group["kind"] {
  return kind === "all" ? "any" : "all";
}

/**
 * One level in: into the group above it, or into a new group with the row above. The new group is of
 * the other kind, as one of the same kind would say nothing.
 */
export function indentRow(root: Node, path: Path): Edit {
  if (path.length === 0) return { node: root, path };
  const group = parentOf(path);
  const at = lastOf(path);
  const outer = readRow(nodeAt(root, group) ?? root).node;
  if (!isGroup(outer)) return { node: root, path };
  const moved = outer.of[at];
  const above = outer.of[at - 1];
  if (!moved) return { node: root, path };
  if (!above) {
    const wrapped: Group = { kind: opposite(outer.kind), of: [moved] };
    return { node: replaceNode(root, path, wrapped), path: [...path, 0] };
  }
  const inner = readRow(above);
  const into: Node = isGroup(inner.node)
    ? writeRow({ ...inner, node: { ...inner.node, of: [...inner.node.of, moved] } })
    : { kind: opposite(outer.kind), of: [above, moved] };
  return {
    node: setChildren(root, group, (children) => children.toSpliced(at - 1, 2, into)),
    path: [...group, at - 1, childrenOf(into).length - 1],
  };
}

/** One level out, below the group it was in; the group goes when it has nothing left to join. */
export function outdentRow(root: Node, path: Path): Edit {
  const group = parentOf(path);
  const moved = nodeAt(root, path);
  if (group.length === 0 || !moved) return { node: root, path };
  const without = setChildren(root, group, (children) => children.toSpliced(lastOf(path), 1));
  const left = nodeAt(without, group) ?? without;
  const [only, ...others] = childrenOf(left);
  if (!only) return { node: replaceNode(without, group, moved), path: group };
  // A group of one says nothing, unless it says the opposite.
  const dissolves = others.length === 0 && !readRow(left).negated;
  const lighter = dissolves ? replaceNode(without, group, only) : without;
  return addNodes(lighter, parentOf(group), [moved], lastOf(group) + 1);
}

/** A group gives its rows to the group around it. */
export function unwrapGroup(root: Node, path: Path): Edit {
  const children = childrenOf(nodeAt(root, path) ?? root);
  if (path.length === 0 || children.length === 0) return { node: root, path };
  return {
    node: setChildren(root, parentOf(path), (all) => all.toSpliced(lastOf(path), 1, ...children)),
    path,
  };
}

/** What a new row of a kind says before anything was chosen. */
export function makeLeaf(kind: LeafKind): Leaf {
  const event: EventMatch = { name: "" };
  const window = { since: { at: "ago", span: { n: 30, unit: "day" } } } as const;
  const within = { n: 1, unit: "day" } as const;
  switch (kind) {
    case "trait":
      return { kind, name: "", test: { op: "is", value: "" } };
    case "identifier":
      return { kind, type: "email", test: { op: "exists" } };
    case "fact":
      return { kind, name: "", test: { op: "exists" } };
    case "consent":
      return { kind, purpose: "" };
    case "segment":
      return { kind, id: 0 };
    case "did":
      return { kind, event, window };
    case "occurrence":
      return { kind, which: "first", event, window };
    case "sequence":
      return { kind, steps: [event, event], within, window };
    case "unfollowed":
      // biome-ignore lint/suspicious/noThenProperty: the language calls it so
      return { kind, first: event, then: event, within, window };
  }
}

/** Another kind of row; the event and the time that were chosen come along. */
export function changeKind(leaf: Leaf, kind: LeafKind): Leaf {
  if (leaf.kind === kind) return leaf;
  const made = makeLeaf(kind);
  const event = firstEvent(leaf);
  if (!event || !("window" in made)) return made;
  const window = "window" in leaf ? leaf.window : undefined;
  const kept = { ...made, window } as typeof made;
  if (kept.kind === "sequence") return { ...kept, steps: [event, { name: "" }] };
  if (kept.kind === "unfollowed") return { ...kept, first: event };
  return "event" in kept ? { ...kept, event } : kept;
}

export function firstEvent(leaf: Leaf): EventMatch | undefined {
  if (leaf.kind === "did" || leaf.kind === "occurrence") return leaf.event;
  if (leaf.kind === "sequence") return leaf.steps[0];
  return leaf.kind === "unfollowed" ? leaf.first : undefined;
}

export function countLeaves(node: Node): number {
  const { node: inner } = readRow(node);
  return isGroup(inner) ? inner.of.reduce((sum, child) => sum + countLeaves(child), 0) : 1;
}

/** The place of a row as the server writes it: `$.where.of[0].of.event`. */
export function placeOf(where: Node, path: Path, from = "$.where"): string {
  let node = where;
  let place = from;
  while (node.kind === "not") {
    place += ".of";
    node = node.of;
  }
  const [index, ...rest] = path;
  const child = index === undefined || !isGroup(node) ? undefined : node.of[index];
  return child ? placeOf(child, rest, `${place}.of[${index}]`) : place;
}

/** The place of a row with its nots, where the server says what is wrong with the row as a whole. */
export function outerPlaceOf(where: Node, path: Path): string {
  return path.length === 0 ? "$.where" : `${placeOf(where, parentOf(path))}.of[${lastOf(path)}]`;
}

/** The same condition with another value at a place that the server named. */
export function setAtPlace(condition: Condition, place: string, value: unknown): Condition {
  const keys = [...place.matchAll(/\.([A-Za-z_]+)|\[(\d+)\]/g)].map((part) =>
    part[1] === undefined ? Number(part[2]) : part[1],
  );
  return setDeep(condition, keys, value) as Condition;
}

function setDeep(target: unknown, keys: (string | number)[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (Array.isArray(target))
    return target.map((item, at) => (at === key ? setDeep(item, rest, value) : item));
  if (target === null || typeof target !== "object") return target;
  const record = target as Record<string, unknown>;
  return { ...record, [key]: setDeep(record[key], rest, value) };
}
