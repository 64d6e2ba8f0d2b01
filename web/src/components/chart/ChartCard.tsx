import { ActionIcon, Center, Group, Menu, Skeleton, Text, Tooltip } from "@mantine/core";
import { IconDots, IconInfoCircle } from "@tabler/icons-react";
import { lazy, type ReactNode, type RefObject, Suspense, useRef, useState } from "react";
import { Card } from "@/components/Card";
import { commonWords } from "@/lib/common-words";
import { downloadText, downloadUrl, toCsv } from "@/lib/csv";
import { useWords } from "@/lib/words";
import classes from "./ChartCard.module.css";
import type { ChartHandle, ChartOption } from "./EChart";
import { type View, ViewSwitch } from "./ViewSwitch";

const EChart = lazy(() => import("./EChart").then((module) => ({ default: module.EChart })));

interface ChartCardProps {
  title: string;
  definition: string;
  /** What a screen reader says instead of the drawing. */
  summary: string;
  option: ChartOption;
  table: { columns: string[]; rows: (string | number)[][] };
  height?: number;
  /** Said where there is nothing to draw. */
  empty?: string;
  action?: ReactNode;
}

export function ChartCard(props: ChartCardProps): ReactNode {
  const { title, table, height = 260 } = props;
  const words = useWords(commonWords);
  const [view, setView] = useState<View>("chart");
  const chart = useRef<ChartHandle>(null);
  return (
    <Card
      title={title}
      action={
        <Group gap="xs">
          {props.action}
          <Tooltip label={props.definition}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`${words.definition}: ${props.definition}`}
            >
              <IconInfoCircle size={17} />
            </ActionIcon>
          </Tooltip>
          <ViewSwitch label={title} view={view} onChange={setView} />
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={words.more}>
                <IconDots size={17} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                disabled={view === "table" || Boolean(props.empty)}
                onClick={() => void savePng(title, chart.current)}
              >
                {words.exportPng}
              </Menu.Item>
              <Menu.Item
                onClick={() => downloadText(`${title}.csv`, toCsv(table.columns, table.rows))}
              >
                {words.exportCsv}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      }
    >
      {view === "chart" ? (
        <Drawing {...props} handle={chart} height={height} />
      ) : (
        <PlainTable {...table} caption={title} height={height} />
      )}
    </Card>
  );
}

async function savePng(title: string, chart: ChartHandle | null): Promise<void> {
  if (chart) downloadUrl(`${title}.png`, await chart.toPng());
}

function Drawing(
  props: ChartCardProps & { handle: RefObject<ChartHandle | null>; height: number },
): ReactNode {
  if (props.empty) {
    return (
      <Center h={props.height / 2}>
        <Text size="sm" c="dimmed">
          {props.empty}
        </Text>
      </Center>
    );
  }
  return (
    <Suspense fallback={<Skeleton height={props.height} />}>
      <EChart
        ref={props.handle}
        option={props.option}
        height={props.height}
        label={props.summary}
      />
    </Suspense>
  );
}

function PlainTable({
  columns,
  rows,
  caption,
  height,
}: {
  columns: string[];
  rows: (string | number)[][];
  caption: string;
  height: number;
}): ReactNode {
  return (
    <section
      className={classes.scroll}
      style={{ maxHeight: height }}
      tabIndex={0}
      aria-label={caption}
    >
      <table className={classes.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={String(row[0])}>
              {row.map((cell, position) => (
                <td key={columns[position]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && (
        <Text size="sm" c="dimmed">
          –
        </Text>
      )}
    </section>
  );
}
