import type { RowAction } from "./builder-context";
import type { Node } from "./condition";
import {
  addBelow,
  type Edit,
  indentRow,
  makeLeaf,
  moveRow,
  negateRow,
  nodeAt,
  outdentRow,
  type Path,
  removeRow,
  unwrapGroup,
} from "./condition-rules";

/** What an action makes of the tree; copying changes nothing. */
export function applyAction(root: Node, action: RowAction, path: Path): Edit {
  switch (action) {
    case "up":
      return moveRow(root, path, -1);
    case "down":
      return moveRow(root, path, 1);
    case "indent":
      return indentRow(root, path);
    case "outdent":
      return outdentRow(root, path);
    case "remove":
      return removeRow(root, path);
    case "unwrap":
      return unwrapGroup(root, path);
    case "negate":
      return { node: negateRow(root, path), path };
    case "addBelow":
      return addBelow(root, path, makeLeaf("did"));
    case "duplicate":
      return addBelow(root, path, nodeAt(root, path) ?? makeLeaf("did"));
    case "copy":
      return { node: root, path };
  }
}

interface Keys {
  key: string;
  code: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
}

/** The action of a key in a row. With Alt, as letters and plain arrows belong to the fields. */
export function readKeys(event: Keys): RowAction | "undo" | "redo" | null {
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.altKey) {
    if (event.code === "KeyZ") return event.shiftKey ? "redo" : "undo";
    if (event.code === "KeyY") return "redo";
    return event.key === "Enter" ? "addBelow" : null;
  }
  if (!event.altKey || command) return null;
  const byKey: Record<string, RowAction> = {
    ArrowUp: "up",
    ArrowDown: "down",
    ArrowRight: "indent",
    ArrowLeft: "outdent",
    Delete: "remove",
    Backspace: "remove",
  };
  // On a Mac, Alt with a letter writes another character; the key's place stays.
  const byCode: Record<string, RowAction> = { KeyN: "negate", KeyD: "duplicate" };
  return byKey[event.key] ?? byCode[event.code] ?? null;
}
