import type { ReactNode } from "react";
import type { JsonValue } from "@/lib/api";
import { CopyIcon } from "./CopyField";
import classes from "./JsonView.module.css";

// One token at a time: a key with its colon, a text, a number, or a literal.
const TOKEN =
  /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export function JsonView({ value, label }: { value: JsonValue; label: string }): ReactNode {
  const text = JSON.stringify(value, null, 2) ?? "null";
  return (
    <div className={classes.frame}>
      <div className={classes.copy}>
        <CopyIcon value={text} />
      </div>
      <pre className={classes.text} tabIndex={0} role="region" aria-label={label}>
        {colourTokens(text)}
      </pre>
    </div>
  );
}

function colourTokens(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(end, match.index));
    const kind = match[2] ? "key" : match[1] ? "string" : "literal";
    parts.push(
      <span key={match.index} className={classes[kind]}>
        {match[1] ?? match[0]}
      </span>,
      match[2] ?? "",
    );
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}
