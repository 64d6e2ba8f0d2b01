import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";
import type { Column } from "./DataTable";
import classes from "./DataTable.module.css";

interface TableHeadProps<T> {
  columns: Column<T>[];
  template: string;
  narrow: boolean;
  sorting: { id: string; desc: boolean } | undefined;
  serverSorted: boolean;
  onSort: (id: string) => void;
}

export function TableHead<T>(props: TableHeadProps<T>): ReactNode {
  const words = useWords(commonWords);
  const canSort = (column: Column<T>) => (props.serverSorted ? column.sortable : column.value);
  return (
    <div role="rowgroup" className={props.narrow ? classes.hiddenHead : classes.head}>
      <div role="row" className={classes.headRow} style={{ gridTemplateColumns: props.template }}>
        {props.columns.map((column) => {
          const sorted = props.sorting?.id === column.id ? props.sorting : undefined;
          return (
            <div
              key={column.id}
              role="columnheader"
              className={classes.headCell}
              data-align={column.align}
              aria-sort={sorted ? (sorted.desc ? "descending" : "ascending") : undefined}
            >
              {canSort(column) ? (
                <button
                  type="button"
                  className={classes.sort}
                  title={words.sortBy(column.header)}
                  onClick={() => props.onSort(column.id)}
                  tabIndex={props.narrow ? -1 : undefined}
                >
                  {column.header}
                  {sorted?.desc && <IconArrowDown size={13} aria-hidden />}
                  {sorted && !sorted.desc && <IconArrowUp size={13} aria-hidden />}
                </button>
              ) : (
                column.header
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
