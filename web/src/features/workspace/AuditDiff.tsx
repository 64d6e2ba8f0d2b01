import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { JsonObject, JsonValue } from "@/lib/api";
import { useWords } from "@/lib/words";
import classes from "./AuditDiff.module.css";
import { diffFields } from "./audit-diff";
import { settingsWords } from "./settings-words";

export function AuditDiff({
  before,
  after,
}: {
  before: JsonObject | null;
  after: JsonObject | null;
}): ReactNode {
  const words = useWords(settingsWords).audit;
  const changes = diffFields(before, after);
  if (changes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {words.noDiff}
      </Text>
    );
  }
  return (
    <table className={classes.diff}>
      <thead>
        <tr>
          <th scope="col">{words.field}</th>
          <th scope="col">{words.before}</th>
          <th scope="col">{words.after}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.field}>
            <th scope="row">{change.field}</th>
            <td className={change.before === undefined ? undefined : classes.before}>
              {show(change.before)}
            </td>
            <td className={change.after === undefined ? undefined : classes.after}>
              {show(change.after)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function show(value: JsonValue | undefined): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
