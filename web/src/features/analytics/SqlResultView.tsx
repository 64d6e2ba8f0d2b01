import { Alert, Button, CopyButton, Stack, Text } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import type { JsonValue, SqlResult } from "@/lib/api";
import { downloadText, toCsv, toTsv } from "@/lib/csv";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { sqlWords } from "./sql-words";

interface ResultRow {
  index: number;
  cells: JsonValue[];
}

const NUMBER_TYPE = /int|decimal|double|float|real|numeric/i;

export function SqlResultView({ result }: { result: SqlResult }): ReactNode {
  const words = useWords(sqlWords);
  const format = useFormat();
  const names = result.columns.map((column) => column.name);
  const rows = useMemo(() => result.rows.map((cells, index) => ({ index, cells })), [result]);
  const columns = useMemo(() => result.columns.map(defineResultColumn), [result]);
  return (
    <Stack gap="xs">
      {result.truncated && (
        <Alert color="yellow">{words.truncated(format.number(rows.length))}</Alert>
      )}
      <DataTable<ResultRow>
        // A new shape of result is a new table, with its own choice of columns.
        key={names.join("\n")}
        name={`sql.${names.join(",")}`}
        label={words.results}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.index}
        offset={180}
        filters={
          <Text size="sm" c="dimmed" role="status">
            {rows.length === 0
              ? words.noRows
              : words.result(format.number(rows.length), format.duration(result.elapsed_ms))}
          </Text>
        }
        actions={
          <>
            <CopyButton value={toTsv(names, result.rows)}>
              {({ copied, copy }) => (
                <Button variant="subtle" size="compact-sm" onClick={copy}>
                  {copied ? words.copied : words.copy}
                </Button>
              )}
            </CopyButton>
            <Button
              variant="subtle"
              size="compact-sm"
              onClick={() => downloadText("kizuna-query.csv", toCsv(names, result.rows))}
            >
              {words.csv}
            </Button>
          </>
        }
      />
    </Stack>
  );
}

function defineResultColumn(
  column: { name: string; type: string },
  position: number,
): Column<ResultRow> {
  const numeric = NUMBER_TYPE.test(column.type);
  return {
    id: `${position}.${column.name}`,
    header: column.name,
    width: numeric ? 110 : 180,
    align: numeric ? "end" : undefined,
    value: (row) => {
      const cell = row.cells[position];
      return typeof cell === "number" || typeof cell === "string"
        ? cell
        : cell == null
          ? null
          : String(cell);
    },
    cell: (row) => showCell(row.cells[position]),
  };
}

function showCell(cell: JsonValue | undefined): ReactNode {
  if (cell === null || cell === undefined)
    return (
      <Text span size="sm" c="dimmed">
        null
      </Text>
    );
  const text = typeof cell === "object" ? JSON.stringify(cell) : String(cell);
  return <span title={text}>{text}</span>;
}
