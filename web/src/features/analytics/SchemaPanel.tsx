import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { SqlTable } from "@/lib/api";
import { useWords } from "@/lib/words";
import classes from "./SqlPage.module.css";
import { sqlWords } from "./sql-words";

interface SchemaPanelProps {
  tables: SqlTable[] | undefined;
  onInsert: (name: string) => void;
}

export function SchemaPanel({ tables, onInsert }: SchemaPanelProps): ReactNode {
  const words = useWords(sqlWords);
  if (!tables) return null;
  return (
    <aside className={classes.schema} aria-label={words.schema} tabIndex={0}>
      {tables.map((table) => (
        <section key={table.name} aria-label={table.name}>
          <Text fw={600} size="sm" ff="monospace">
            {table.name}
          </Text>
          <Text size="xs" c="dimmed">
            {words.tables[table.name as "events"] ?? table.description}
          </Text>
          <ul className={classes.columnList}>
            {table.columns.map((column) => (
              <li key={column.name}>
                <button
                  type="button"
                  className={classes.column}
                  title={words.insert(column.name)}
                  onClick={() => onInsert(column.name)}
                >
                  <span>{column.name}</span>
                  <span>{column.type}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </aside>
  );
}
