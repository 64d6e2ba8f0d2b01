import { createContext, useContext } from "react";
import type { ConditionCatalogue, ConditionProblem } from "@/lib/api";
import type { Condition, Group, Leaf, Node } from "./condition";
import type { Path } from "./condition-rules";

export type RowAction =
  | "up"
  | "down"
  | "indent"
  | "outdent"
  | "remove"
  | "duplicate"
  | "negate"
  | "addBelow"
  | "unwrap"
  | "copy";

export interface Builder {
  where: Node;
  readOnly: boolean;
  /** Said of rows that nobody has touched, too: someone tried to save. */
  insist: boolean;
  catalogue: ConditionCatalogue;
  problems: ConditionProblem[];
  editRow: (path: Path, change: (node: Group | Leaf) => Group | Leaf) => void;
  replace: (path: Path, node: Node) => void;
  add: (group: Path, node: Node) => void;
  act: (action: RowAction, path: Path) => void;
  change: (condition: Condition) => void;
  accept: (problem: ConditionProblem) => void;
}

export const NOTHING: ConditionCatalogue = {
  events: [],
  traits: [],
  identifier_types: [],
  purposes: [],
  segments: [],
  facts: [],
  touchpoints: [],
  truncated: false,
};

export const BuilderContext = createContext<Builder | null>(null);

export function useBuilder(): Builder {
  const builder = useContext(BuilderContext);
  if (!builder) throw new Error("Rows stand in a ConditionBuilder.");
  return builder;
}

/** Whether the server found something at exactly this place, for the field that shows it. */
export function useFault(place: string): boolean {
  return useBuilder().problems.some(
    (problem) =>
      problem.severity === "error" &&
      (problem.place === place || problem.place.startsWith(`${place}[`)),
  );
}
