import type { MouseEvent, ReactNode, Ref } from "react";
import type { Column } from "./DataTable";
import classes from "./DataTable.module.css";

interface TableRowProps<T> {
  ref?: Ref<HTMLDivElement>;
  row: T;
  index: number;
  top: number;
  height: number | undefined;
  columns: Column<T>[];
  template: string;
  narrow: boolean;
  href?: string;
  onOpen?: (row: T) => void;
}

export function TableRow<T>(props: TableRowProps<T>): ReactNode {
  const { row, columns, narrow, onOpen } = props;
  const open = (event: MouseEvent) => {
    if (!onOpen || isOwnControl(event)) return;
    // With a modifier the browser opens the link in a new tab, as everywhere else.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onOpen(row);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the first cell is the keyboard's way
    <div
      ref={props.ref}
      role="row"
      data-index={props.index}
      aria-rowindex={props.index + 2}
      className={classes.row}
      data-opens={Boolean(onOpen) || undefined}
      onClick={open}
      style={{
        transform: `translateY(${props.top}px)`,
        height: props.height,
        gridTemplateColumns: narrow ? undefined : props.template,
      }}
    >
      {columns.map((column, position) => {
        const content = column.cell(row);
        // On a phone an absent value only takes room.
        if (narrow && position > 0 && (content === "–" || content === null)) return null;
        return (
          <div key={column.id} role="cell" className={classes.cell} data-align={column.align}>
            {narrow && position > 0 && column.header && (
              <span className={classes.cellLabel}>{column.header}</span>
            )}
            {position === 0 && onOpen ? (
              <RowOpener href={props.href}>{content}</RowOpener>
            ) : (
              content
            )}
          </div>
        );
      })}
    </div>
  );
}

function RowOpener({ href, children }: { href?: string; children: ReactNode }): ReactNode {
  return href ? (
    <a href={href} className={classes.opener} data-row-opener>
      {children}
    </a>
  ) : (
    <button type="button" className={classes.opener} data-row-opener>
      {children}
    </button>
  );
}

function isOwnControl(event: MouseEvent): boolean {
  const control = (event.target as HTMLElement).closest("a, button, input, label");
  return control !== null && !control.hasAttribute("data-row-opener");
}
