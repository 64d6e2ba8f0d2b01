import { Button, Group, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { IconAlertTriangle, IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import classes from "./answer.module.css";
import type { Cell } from "./answer-read";
import { answerWords } from "./answer-words";
import type { TableCell, TableView } from "./table-read";
import { useWidth } from "./use-width";

interface AnswerTableProps {
  caption: string;
  view: TableView;
  height: number;
  /** On a tile long names are shortened, so that the numbers beside them are seen. */
  brief?: boolean | undefined;
  /** Only the columns that have room: the whole answer is a click away. */
  fits?: boolean | undefined;
  onOpen?: (cell: Cell) => void;
}

interface Sorting {
  key: string;
  down: boolean;
}

const ROWS_FIRST = 200;

/** An answer as a table: sorted by a click, and every number of people opens the list of who they are. */
export function AnswerTable(props: AnswerTableProps): ReactNode {
  const { caption, view, height, brief, fits, onOpen } = props;
  const words = useWords(answerWords);
  const format = useFormat();
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const [all, setAll] = useState(false);
  const rows = useMemo(() => sortRows(view, sorting), [view, sorting]);
  const { ref, width } = useWidth<HTMLElement>();
  const columns = fits && width > 0 ? fitColumns(view.columns, width) : view.columns;
  const missing = view.columns.length - columns.length;
  const shown = all ? rows : rows.slice(0, ROWS_FIRST);
  const sortBy = (key: string, numeric: boolean) =>
    setSorting((now) => (now?.key === key ? { key, down: !now.down } : { key, down: numeric }));
  return (
    <section
      ref={ref}
      className={classes.scroll}
      data-brief={brief || undefined}
      style={{ maxHeight: height }}
      tabIndex={0}
      aria-label={caption}
    >
      <table className={classes.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                data-text={!column.numeric || undefined}
                aria-sort={sortOf(sorting, column.key)}
              >
                <Tooltip label={column.definition} disabled={!column.definition}>
                  <button
                    type="button"
                    className={classes.sort}
                    aria-label={words.sortBy(column.title)}
                    onClick={() => sortBy(column.key, column.numeric)}
                  >
                    {column.title}
                    <SortArrow sorting={sorting} of={column.key} />
                  </button>
                </Tooltip>
              </th>
            ))}
            {missing > 0 && (
              <th scope="col" className={classes.missing} title={words.moreColumns(missing)}>
                <span aria-hidden>+{missing}</span>
                <VisuallyHidden>{words.moreColumns(missing)}</VisuallyHidden>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, number) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
            <tr key={number}>
              {row.slice(0, columns.length).map((cell, place) => (
                <td
                  key={view.columns[place]?.key}
                  data-text={!view.columns[place]?.numeric || undefined}
                >
                  <CellText cell={cell} onOpen={onOpen} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && (
        <Text size="sm" c="dimmed" py="md" ta="center">
          {words.nothing}
        </Text>
      )}
      {rows.length > shown.length && (
        <Button variant="subtle" size="compact-sm" m="xs" onClick={() => setAll(true)}>
          {words.allRows(format.number(rows.length))}
        </Button>
      )}
    </section>
  );
}

const BRIEF_PX = { text: 128, number: 72 };
const COLUMNS_LEAST = 3;

/** The first columns that have room. */
function fitColumns(columns: TableView["columns"], width: number): TableView["columns"] {
  let room = width;
  const over = columns.findIndex((column) => {
    room -= column.numeric ? BRIEF_PX.number : BRIEF_PX.text;
    return room < 0;
  });
  return over < 0 ? columns : columns.slice(0, Math.max(COLUMNS_LEAST, over));
}

function sortOf(sorting: Sorting | null, key: string) {
  if (sorting?.key !== key) return undefined;
  return sorting.down ? "descending" : "ascending";
}

function SortArrow({ sorting, of }: { sorting: Sorting | null; of: string }): ReactNode {
  if (sorting?.key !== of) return null;
  const Icon = sorting.down ? IconArrowDown : IconArrowUp;
  return <Icon size={13} aria-hidden />;
}

function sortRows({ columns, rows }: TableView, sorting: Sorting | null): TableCell[][] {
  const place = columns.findIndex(({ key }) => key === sorting?.key);
  if (!sorting || place < 0) return rows;
  const turn = sorting.down ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [one, other] = [a[place]?.raw ?? null, b[place]?.raw ?? null];
    // What is not known stands last, whichever way round.
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    const both = typeof one === "number" && typeof other === "number";
    return turn * (both ? one - other : String(one).localeCompare(String(other), "ja"));
  });
}

function CellText({
  cell,
  onOpen,
}: {
  cell: TableCell;
  onOpen: ((cell: Cell) => void) | undefined;
}): ReactNode {
  const words = useWords(answerWords);
  const { cell: behind, text } = cell;
  return (
    <Group component="span" gap={6} wrap="nowrap" className={classes.cell}>
      {cell.mark && (
        <Tooltip label={cell.mark}>
          <span className={classes.mark} role="img" aria-label={`${words.mark}: ${cell.mark}`}>
            <IconAlertTriangle size={13} aria-hidden />
          </span>
        </Tooltip>
      )}
      {behind && onOpen ? (
        <button
          type="button"
          className={classes.number}
          aria-label={words.openPeople(text)}
          onClick={() => onOpen(behind)}
        >
          {text}
        </button>
      ) : (
        <span className={classes.said} title={text}>
          {text}
        </span>
      )}
      {cell.open && <Aside text={words.incomplete} />}
      {cell.interval && <Aside text={cell.interval} />}
      {cell.of && <Aside text={words.of(cell.of)} />}
      {cell.before && <Aside text={`${words.against} ${cell.before}`} />}
    </Group>
  );
}

function Aside({ text }: { text: string }): ReactNode {
  return (
    <Text span size="xs" c="dimmed">
      {text}
    </Text>
  );
}
