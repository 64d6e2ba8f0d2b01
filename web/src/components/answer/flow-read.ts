import type { MetricAnswer as Answer, AnswerColumn } from "@/lib/api";
import type { Names } from "./answer-names";
import { distinct, numberAt, type Parts, type Row, valueAt } from "./answer-read";

export interface FlowNode {
  id: string;
  name: string;
  depth: number;
}

export interface FlowLink {
  source: string;
  target: string;
  value: number;
  /** Who left here: to no other node. */
  left: boolean;
  row: Row;
}

export interface FlowView {
  nodes: FlowNode[];
  links: FlowLink[];
  measure: AnswerColumn | undefined;
}

/**
 * Rows with a source and a target as a diagram. Where nothing stands as the target people left; rows without a
 * source say how many began, which their node shows by itself.
 */
export function readFlow(answer: Answer, parts: Parts, names: Names, left: string): FlowView {
  const [sourceBy, targetBy] = ["source", "target"].map((key) =>
    answer.columns.find((column) => column.key === key),
  );
  const measure = parts.values.find((column) => column.opens) ?? parts.values[0];
  const [time] = parts.times;
  const stages = distinct(answer.rows.map((row) => (time ? valueAt(row, parts, time.key) : null)));
  const nodes = new Map<string, FlowNode>();
  const links: FlowLink[] = [];
  const add = (column: AnswerColumn | undefined, value: unknown, depth: number) => {
    const id = `${depth}|${String(value)}`;
    if (!nodes.has(id))
      nodes.set(id, { id, depth, name: column ? nodeName(column, value, names) : id });
    return id;
  };
  for (const row of answer.rows) {
    const source = valueAt(row, parts, "source");
    const target = valueAt(row, parts, "target");
    const value = measure ? (numberAt(row, parts, measure.key) ?? 0) : 0;
    const step = numberAt(row, parts, "step");
    const depth =
      step === null ? stages.indexOf(time ? valueAt(row, parts, time.key) : null) : step - 1;
    if (source === null || source === undefined || value <= 0) continue;
    const from = add(sourceBy, source, depth);
    const gone = target === null || target === undefined;
    const to = gone ? `${depth + 1}|` : add(targetBy, target, depth + 1);
    if (gone && !nodes.has(to)) nodes.set(to, { id: to, name: left, depth: depth + 1 });
    links.push({ source: from, target: to, value, left: gone, row });
  }
  // As their first column has them.
  const order = distinct(
    [...nodes.values()].toSorted((a, b) => a.depth - b.depth).map(({ name }) => name),
  );
  const sorted = [...nodes.values()].toSorted(
    (a, b) => a.depth - b.depth || order.indexOf(a.name) - order.indexOf(b.name),
  );
  return { nodes: sorted, links, measure };
}

/** A node of a path is told apart by its number, which its place shows already. */
function nodeName(column: AnswerColumn, value: unknown, names: Names): string {
  const name = names.label(column, value);
  return name === String(value) ? name.replace(/^\d+_/, "") : name;
}
