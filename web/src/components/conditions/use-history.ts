import { useRef } from "react";
import type { Condition } from "./condition";
import type { Path } from "./condition-rules";

const STEPS_MAX = 200;
/** What is typed in one go is one step back. */
const TYPING_MS = 800;

/** A condition, and the row the reader was in. */
export interface Entry {
  condition: Condition;
  path: Path | null;
}

interface History {
  past: Entry[];
  future: Entry[];
  typing: { key: string; at: number } | null;
}

interface Steps {
  /** Edits with the same key that follow each other quickly are one step; none: a step of its own. */
  record: (before: Entry, key?: string) => void;
  undo: (now: Entry) => Entry | undefined;
  redo: (now: Entry) => Entry | undefined;
  canUndo: () => boolean;
  canRedo: () => boolean;
}

/** Undo and redo of one builder; the condition itself stays with who holds it. */
export function useHistory(): Steps {
  const history = useRef<History>({ past: [], future: [], typing: null });
  return {
    record: (before, key) => {
      const { past, typing } = history.current;
      const at = performance.now();
      const same = key !== undefined && typing?.key === key && at - typing.at < TYPING_MS;
      history.current = {
        past: same ? past : [...past.slice(-STEPS_MAX), before],
        future: [],
        typing: key === undefined ? null : { key, at },
      };
    },
    undo: (now) => {
      const { past, future } = history.current;
      const before = past.at(-1);
      if (before)
        history.current = { past: past.slice(0, -1), future: [...future, now], typing: null };
      return before;
    },
    redo: (now) => {
      const { past, future } = history.current;
      const after = future.at(-1);
      if (after)
        history.current = { past: [...past, now], future: future.slice(0, -1), typing: null };
      return after;
    },
    canUndo: () => history.current.past.length > 0,
    canRedo: () => history.current.future.length > 0,
  };
}
