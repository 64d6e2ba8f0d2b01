import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { StandardSQL, sql } from "@codemirror/lang-sql";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import {
  type ReactNode,
  type Ref,
  useEffect,
  useEffectEvent,
  useImperativeHandle,
  useRef,
} from "react";
import type { SqlTable } from "@/lib/api";
import classes from "./SqlEditor.module.css";

export interface EditorHandle {
  text: () => string;
  insert: (text: string) => void;
}

interface SqlEditorProps {
  ref?: Ref<EditorHandle>;
  label: string;
  value: string;
  tables: SqlTable[];
  onChange: (text: string) => void;
  onRun: () => void;
}

const colours = HighlightStyle.define([
  { tag: tags.keyword, class: classes.keyword },
  { tag: [tags.string, tags.special(tags.string)], class: classes.string },
  { tag: [tags.number, tags.bool, tags.null], class: classes.literal },
  { tag: tags.comment, class: classes.comment },
]);

export function SqlEditor({
  ref,
  label,
  value,
  tables,
  onChange,
  onRun,
}: SqlEditorProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const language = useRef(new Compartment());
  const change = useEffectEvent(onChange);
  const run = useEffectEvent(onRun);
  const start = useRef(value);
  useEffect(() => {
    if (!box.current) return;
    const editor = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: start.current,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          language.current.of(sql({ dialect: StandardSQL })),
          syntaxHighlighting(colours),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) change(update.state.doc.toString());
          }),
          keymap.of([
            {
              key: "Mod-Enter",
              run: (view) => {
                closeCompletion(view);
                run();
                return true;
              },
            },
            // Tab moves on, as everywhere on the page; completion is taken by Enter.
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...historyKeymap,
            ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"),
          ]),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label]);
  useEffect(() => {
    const schema = Object.fromEntries(
      tables.map((table) => [table.name, table.columns.map((one) => one.name)]),
    );
    view.current?.dispatch({
      effects: language.current.reconfigure(
        sql({ dialect: StandardSQL, schema, upperCaseKeywords: false }),
      ),
    });
  }, [tables]);
  useImperativeHandle(ref, () => ({
    text: () => view.current?.state.doc.toString() ?? "",
    insert: (text) => {
      const editor = view.current;
      if (!editor) return;
      editor.dispatch(editor.state.replaceSelection(text));
      editor.focus();
    },
  }));
  return <div ref={box} className={classes.editor} />;
}
