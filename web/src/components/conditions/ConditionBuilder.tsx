import { useQuery } from "@tanstack/react-query";
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type ReactNode,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { ConditionCatalogue, ConditionProblem } from "@/lib/api";
import { useWords } from "@/lib/words";
import { BuilderTools } from "./BuilderTools";
import { type Builder, BuilderContext, NOTHING, type RowAction } from "./builder-context";
import type { Condition, Node } from "./condition";
import { readJson, writeJson } from "./condition-json";
import { catalogueQuery } from "./condition-queries";
import {
  addBelow,
  addNodes,
  asRoot,
  childrenOf,
  type Edit,
  editRow,
  isGroup,
  nodeAt,
  type Path,
  readRow,
  replaceNode,
  setAtPlace,
} from "./condition-rules";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";
import { GroupRows } from "./GroupRows";
import { applyAction, readKeys } from "./row-actions";
import { useHistory } from "./use-history";

interface ConditionBuilderProps {
  value: Condition;
  onChange?: (condition: Condition) => void;
  /** What the server found; `useConditionCheck` asks it. */
  problems?: ConditionProblem[];
  /** Says of empty rows, too, what is missing: someone tried to save. */
  insist?: boolean;
  /** A segment that must not ask about itself. */
  except?: number;
}

/** Whom a condition means, put together as a sentence. Without `onChange` it is only read. */
export function ConditionBuilder(props: ConditionBuilderProps): ReactNode {
  const { builder, box, said, keyDown, copy, paste, undo, redo } = useBuilderState(props);
  const words = useWords(conditionWords).builder;
  const row = readRow(builder.where);
  if (!isGroup(row.node)) return null;
  return (
    <BuilderContext value={builder}>
      <section
        ref={box}
        className={classes.builder}
        aria-label={words.label}
        data-read-only={builder.readOnly || undefined}
        onKeyDown={builder.readOnly ? undefined : keyDown}
        onCopy={builder.readOnly ? undefined : copy}
        onPaste={builder.readOnly ? undefined : paste}
      >
        <fieldset disabled={builder.readOnly} className={classes.fields}>
          <GroupRows group={row.node} negated={row.negated} path={[]} />
        </fieldset>
        {!builder.readOnly && <BuilderTools condition={props.value} undo={undo} redo={redo} />}
        <span className={classes.said} role="status">
          {said}
        </span>
      </section>
    </BuilderContext>
  );
}

function useBuilderState(props: ConditionBuilderProps) {
  const { value, onChange, except } = props;
  const words = useWords(conditionWords).row;
  const { data } = useQuery(catalogueQuery);
  const box = useRef<HTMLElement>(null);
  const history = useHistory();
  const focus = useFocusAt(box);
  const [said, setSaid] = useState("");
  const where = useMemo(() => asRoot(value.where), [value.where]);

  const mark = () => ({ condition: { ...value, where }, path: findPath(document.activeElement) });
  const change = (next: Condition, key?: string) => {
    if (next.where === where) return;
    history.record(mark(), key);
    onChange?.(next);
  };
  const apply = ({ node, path }: Edit, word: string) => {
    change({ ...value, where: node });
    focus(path);
    setSaid(word);
  };
  const act = (action: RowAction, path: Path) => {
    if (action === "copy") {
      // Only pages that came by https, or from this machine, may write to the clipboard.
      const written = navigator.clipboard?.writeText(writeJson(nodeAt(where, path) ?? where));
      return void written?.then(() => setSaid(words.copied));
    }
    apply(applyAction(where, action, path), wordOf(action, words));
  };
  const step = (direction: "undo" | "redo") => {
    const next = history[direction](mark());
    if (!next) return;
    onChange?.(next.condition);
    focus(next.path);
    setSaid(direction === "undo" ? words.undone : words.redone);
  };
  const builder: Builder = {
    where,
    readOnly: onChange === undefined,
    insist: props.insist ?? false,
    catalogue: useCatalogue(data, except),
    problems: props.problems ?? [],
    editRow: (path, edit) =>
      change({ ...value, where: editRow(where, path, edit) }, path.join(".")),
    replace: (path, node) =>
      change({ ...value, where: replaceNode(where, path, node) }, path.join(".")),
    add: (group, node) => {
      const edit = addNodes(where, group, [node]);
      apply({ ...edit, path: isGroup(node) ? [...edit.path, 0] : edit.path }, words.added);
    },
    act,
    change: (next) => change({ ...next, where: asRoot(next.where) }),
    accept: ({ place, suggestion }: ConditionProblem) => {
      change(setAtPlace({ ...value, where }, place, suggestion));
      // The button goes with the problem, so the row gets its focus.
      focus(findPath(document.activeElement), true);
    },
  };
  const keyDown = (event: KeyboardEvent) => {
    const action = event.nativeEvent.isComposing ? null : readKeys(event.nativeEvent);
    if (!action) return;
    const path = findPath(event.target);
    if (action === "undo" || action === "redo") step(action);
    else if (path) act(action, path);
    else if (action === "addBelow") apply(addBelow(where, [], makeDid()), words.added);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const { copy, paste } = useClipboard(where, (nodes, path) => {
    const edit = path
      ? addNodes(where, path.slice(0, -1), nodes, (path.at(-1) ?? 0) + 1)
      : addNodes(where, [], nodes);
    apply(edit, words.pasted);
  });
  return {
    builder,
    box,
    said,
    keyDown,
    copy,
    paste,
    undo: history.canUndo() ? () => step("undo") : undefined,
    redo: history.canRedo() ? () => step("redo") : undefined,
  };
}

function makeDid(): Node {
  return applyAction({ kind: "all", of: [] }, "addBelow", []).node;
}

function wordOf(action: RowAction, words: Record<string, unknown>): string {
  const key = { remove: "removed", addBelow: "added", duplicate: "added" }[action as string];
  return String(words[key ?? "moved"]);
}

function useCatalogue(
  data: ConditionCatalogue | undefined,
  except: number | undefined,
): ConditionCatalogue {
  return useMemo(
    () =>
      data ? { ...data, segments: data.segments.filter((one) => one.id !== except) } : NOTHING,
    [data, except],
  );
}

function findPath(target: EventTarget | null): Path | null {
  const text = (target as HTMLElement | null)?.closest("[data-row]")?.getAttribute("data-row");
  return text ? text.split(".").map(Number) : null;
}

const FIELD = "input:not([type=hidden]), button";

/** Puts the cursor into a row once it is drawn, unless it is there; null: only if it is nowhere. */
function useFocusAt(box: {
  current: HTMLElement | null;
}): (path: Path | null, anyway?: boolean) => void {
  const [wanted, setWanted] = useState<{ path: Path | null; anyway: boolean } | null>(null);
  useLayoutEffect(() => {
    if (!wanted) return;
    const lost = document.activeElement === document.body;
    const field = findField(box.current, wanted.path ?? []);
    const inside = field?.closest("[data-row]")?.contains(document.activeElement);
    if (wanted.anyway || ((wanted.path || lost) && !inside)) field?.focus();
    setWanted(null);
  }, [wanted, box]);
  return (path, anyway = false) => setWanted({ path, anyway });
}

function findField(box: HTMLElement | null, path: Path): HTMLElement | null | undefined {
  const row = path.length > 0 && box?.querySelector(`[data-row="${path.join(".")}"]`);
  if (row) return row.querySelector<HTMLElement>(FIELD);
  if (path.length > 1) return findField(box, path.slice(0, -1));
  return box?.querySelector<HTMLElement>('[data-adders=""] button');
}

/** Whole rows go over the clipboard as JSON, unless a text is selected or written. */
function useClipboard(where: Node, put: (nodes: Node[], path: Path | null) => void) {
  const copy = (event: ClipboardEvent) => {
    const path = findPath(event.target);
    const field = event.target as HTMLInputElement;
    // Who comes into a field by the tabulator has its text selected; a choice's text is nobody's to copy.
    const written = field.tagName === "INPUT" && !field.readOnly;
    const row = path && nodeAt(where, path);
    if (!row || (written && field.selectionStart !== field.selectionEnd)) return;
    event.clipboardData.setData("text/plain", writeJson(row));
    event.preventDefault();
  };
  const paste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData("text/plain").trim();
    if (!text.startsWith("{")) return;
    const read = readJson(text);
    if (!("condition" in read)) return;
    event.preventDefault();
    const pasted = read.condition.where;
    const whole = text.includes('"where"') && pasted.kind === "all";
    put(whole ? childrenOf(pasted) : [pasted], findPath(event.target));
  };
  return { copy, paste };
}
