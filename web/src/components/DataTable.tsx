import { Loader } from "@mantine/core";
import {
  type ColumnDef,
  columnVisibilityFeature,
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  sortFn_alphanumeric,
  sortFn_text,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { commonWords } from "@/lib/common-words";
import { useNarrow } from "@/lib/narrow";
import { usePreference } from "@/lib/preferences";
import { useWords } from "@/lib/words";
import classes from "./DataTable.module.css";
import { TableHead } from "./TableHead";
import { TableRow } from "./TableRow";
import { TableTools } from "./TableTools";

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** Makes the column sortable in the browser. */
  value?: (row: T) => string | number | null;
  /** Makes the column sortable by the server, when the table's `sort` is controlled. */
  sortable?: boolean;
  /** Least width in pixels; the rest of the space is shared in the same proportion. */
  width?: number;
  align?: "end";
  /** Not shown until chosen. */
  hidden?: boolean;
}

/** As the API writes it: `last_seen`, or `-last_seen` for descending. */
export type Sort = string;

interface DataTableProps<T> {
  /** Under this name the choice of columns and density is kept. */
  name: string;
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string | number;
  onOpen?: (row: T) => void;
  href?: (row: T) => string;
  sort?: Sort;
  onSortChange?: (sort: Sort) => void;
  /** Called when the reader nears the end of what is loaded. */
  onEnd?: () => void;
  loadingMore?: boolean;
  total?: number | null;
  filters?: ReactNode;
  actions?: ReactNode;
  empty?: ReactNode;
  /** Height left for what stands above the table. */
  offset?: number;
}

const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, text: sortFn_text },
});

const END_ROWS = 12;

export function DataTable<T extends object>(props: DataTableProps<T>): ReactNode {
  const { name, columns, rows, sort, onSortChange } = props;
  const words = useWords(commonWords);
  const narrow = useNarrow();
  const [visibility, setVisibility] = usePreference<Record<string, boolean>>(
    `table.${name}.columns`,
    Object.fromEntries(columns.map((column) => [column.id, !column.hidden])),
  );
  const [dense, setDense] = usePreference(`table.${name}.dense`, false);
  const [localSort, setLocalSort] = useState<SortingState>([]);
  const sorting = onSortChange ? parseSort(sort) : localSort;
  const definitions = useMemo(() => columns.map(defineColumn), [columns]);
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: (row: T) => String(props.rowKey(row)),
    manualSorting: Boolean(onSortChange),
    state: { columnVisibility: visibility, sorting },
    onSortingChange: (update) => {
      const next = typeof update === "function" ? update(sorting) : update;
      if (onSortChange) onSortChange(writeSort(next));
      else setLocalSort(next);
    },
  });
  const shown = columns.filter((column) => visibility[column.id] !== false);
  const ordered = table.getRowModel().rows;
  const viewport = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: ordered.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => (narrow ? 92 : dense ? 36 : 46),
    getItemKey: (index) => ordered[index]?.id ?? index,
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change height with these
  useEffect(() => virtual.measure(), [narrow, dense, virtual]);
  const items = virtual.getVirtualItems();
  useReachEnd(items.at(-1)?.index ?? -1, ordered.length, props.onEnd);
  const template = shown.map((c) => `minmax(${c.width ?? 140}px, ${c.width ?? 140}fr)`).join(" ");
  return (
    <div>
      <TableTools
        chooses={rows.length > 0}
        columns={columns}
        visibility={visibility}
        onVisibility={setVisibility}
        dense={dense}
        onDense={setDense}
        shown={rows.length}
        total={props.total}
        filters={props.filters}
        actions={props.actions}
      />
      {rows.length === 0 && props.empty ? (
        <div className={classes.frame}>{props.empty}</div>
      ) : (
        <div
          ref={viewport}
          className={classes.frame}
          role="table"
          aria-label={props.label}
          aria-rowcount={props.total ?? ordered.length}
          tabIndex={0}
          data-dense={dense || undefined}
          data-narrow={narrow || undefined}
          style={{ maxHeight: `max(260px, calc(100dvh - ${props.offset ?? 224}px))` }}
          onKeyDown={moveBetweenRows}
        >
          <TableHead
            columns={shown}
            template={template}
            narrow={Boolean(narrow)}
            sorting={sorting[0]}
            serverSorted={Boolean(onSortChange)}
            onSort={(id) => table.getColumn(id)?.toggleSorting()}
          />
          <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = ordered[item.index];
              return row ? (
                <TableRow
                  key={row.id}
                  ref={narrow ? virtual.measureElement : undefined}
                  index={item.index}
                  top={item.start}
                  height={narrow ? undefined : item.size}
                  row={row.original}
                  columns={shown}
                  template={template}
                  narrow={Boolean(narrow)}
                  href={props.href?.(row.original)}
                  onOpen={props.onOpen}
                />
              ) : null;
            })}
          </div>
          {props.loadingMore && <Loader size="sm" m="md" aria-label={words.loading} />}
        </div>
      )}
    </div>
  );
}

function defineColumn<T extends object>(column: Column<T>): ColumnDef<typeof features, T> {
  const { value } = column;
  return {
    id: column.id,
    header: column.header,
    accessorFn: (row: T) => value?.(row) ?? undefined,
    enableSorting: Boolean(value || column.sortable),
    sortUndefined: "last",
    sortDescFirst: column.align === "end",
  } as ColumnDef<typeof features, T>;
}

function parseSort(sort: Sort | undefined): SortingState {
  if (!sort) return [];
  return [{ id: sort.replace(/^-/, ""), desc: sort.startsWith("-") }];
}

function writeSort([first]: SortingState): Sort {
  return first ? `${first.desc ? "-" : ""}${first.id}` : "";
}

function useReachEnd(last: number, count: number, onEnd?: () => void): void {
  useEffect(() => {
    if (onEnd && count > 0 && last >= count - END_ROWS) onEnd();
  }, [last, count, onEnd]);
}

/** Up and down (or k and j) walk from row to row, as in a mail program. */
function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  const target = event.target as HTMLElement;
  if (!step || target.closest("input, textarea, select, [role=menu]")) return;
  const openers = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row-opener]")];
  const next = openers[openers.indexOf(target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
