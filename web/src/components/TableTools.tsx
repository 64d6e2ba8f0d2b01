import { ActionIcon, Checkbox, Group, Menu, Text, Tooltip } from "@mantine/core";
import {
  IconBaselineDensityMedium,
  IconBaselineDensitySmall,
  IconColumns3,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import type { Column } from "./DataTable";
import classes from "./DataTable.module.css";

interface TableToolsProps<T> {
  /** Whether there are rows to choose columns and heights for. */
  chooses: boolean;
  columns: Column<T>[];
  visibility: Record<string, boolean>;
  onVisibility: (visibility: Record<string, boolean>) => void;
  dense: boolean;
  onDense: (dense: boolean) => void;
  shown: number;
  total: number | null | undefined;
  filters?: ReactNode;
  actions?: ReactNode;
}

export function TableTools<T>(props: TableToolsProps<T>): ReactNode {
  const words = useWords(commonWords);
  const format = useFormat();
  const { shown, total, dense } = props;
  return (
    <div className={classes.tools}>
      <div className={classes.filters}>{props.filters}</div>
      <Group gap={6} wrap="nowrap" className={classes.toolActions}>
        {total != null && total > 0 && (
          <Text size="xs" c="dimmed" aria-live="polite">
            {words.rowCount(format.number(shown), format.number(total))}
          </Text>
        )}
        {props.actions}
        {props.chooses && (
          <>
            <DensitySwitch dense={dense} onDense={props.onDense} />
            <ColumnChooser {...props} />
          </>
        )}
      </Group>
    </div>
  );
}

function DensitySwitch({
  dense,
  onDense,
}: Pick<TableToolsProps<unknown>, "dense" | "onDense">): ReactNode {
  const words = useWords(commonWords);
  const label = dense ? words.roomy : words.dense;
  const Icon = dense ? IconBaselineDensityMedium : IconBaselineDensitySmall;
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        visibleFrom="sm"
        onClick={() => onDense(!dense)}
      >
        <Icon size={18} />
      </ActionIcon>
    </Tooltip>
  );
}

function ColumnChooser<T>({ columns, visibility, onVisibility }: TableToolsProps<T>): ReactNode {
  const words = useWords(commonWords);
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <Tooltip label={words.columns}>
          <ActionIcon variant="subtle" color="gray" aria-label={words.columns}>
            <IconColumns3 size={18} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{words.columns}</Menu.Label>
        {columns.slice(1).map((column) => {
          const shown = visibility[column.id] !== false;
          return (
            <Menu.Item
              key={column.id}
              role="menuitemcheckbox"
              aria-checked={shown}
              onClick={() => onVisibility({ ...visibility, [column.id]: !shown })}
              leftSection={<Checkbox.Indicator checked={shown} size="xs" aria-hidden />}
            >
              {column.header}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
