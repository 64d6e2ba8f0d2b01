import { ActionIcon, Group, Menu, Tooltip } from "@mantine/core";
import { IconDots, IconInfoCircle } from "@tabler/icons-react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { Card } from "@/components/Card";
import type { ChartHandle } from "@/components/chart/EChart";
import { type View, ViewSwitch } from "@/components/chart/ViewSwitch";
import { commonWords } from "@/lib/common-words";
import { downloadText, downloadUrl, toCsv } from "@/lib/csv";
import { useWords } from "@/lib/words";
import { AnswerView, type AnswerViewProps } from "./AnswerView";
import { useAnswerNames } from "./answer-names";
import { readParts } from "./answer-read";
import { useValues } from "./answer-values";
import { answerWords } from "./answer-words";
import { isDrawn } from "./Drawing";
import { HowComputed } from "./HowComputed";
import { SpanLine } from "./SpanLine";
import { fileOf } from "./table-read";

interface AnswerCardProps extends Omit<AnswerViewProps, "view" | "handle"> {
  title?: string | undefined;
  action?: ReactNode;
  /** More entries of the menu. */
  menu?: ReactNode;
}

/** An answer on a card: its definition a hover away, its table, its file, and how it was computed a click. */
export function AnswerCard(props: AnswerCardProps): ReactNode {
  const { answer, action, menu, ...shown } = props;
  const words = useWords(answerWords);
  const common = useWords(commonWords);
  const { language } = useValues(answer);
  const [view, setView] = useState<View>("chart");
  const [how, setHow] = useState(false);
  const chart = useRef<ChartHandle>(null);
  const file = useFile(answer);
  const drawn = isDrawn(answer.shape);
  const title = props.title ?? answer.title[language];
  const definition = answer.definition[language];
  return (
    <Card
      title={title}
      hint={<SpanLine answer={answer} />}
      action={
        <Group gap={4} wrap="nowrap">
          {action}
          <Tooltip label={definition}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`${common.definition}: ${definition}`}
            >
              <IconInfoCircle size={17} />
            </ActionIcon>
          </Tooltip>
          {drawn && <ViewSwitch label={title} view={view} onChange={setView} />}
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`${common.more}: ${title}`}>
                <IconDots size={17} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {menu}
              {drawn && (
                <Menu.Item
                  disabled={view === "table"}
                  onClick={() => void savePng(title, chart.current)}
                >
                  {common.exportPng}
                </Menu.Item>
              )}
              <Menu.Item onClick={() => downloadText(`${title}.csv`, file())}>
                {common.exportCsv}
              </Menu.Item>
              <Menu.Item onClick={() => setHow(true)}>{words.how}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      }
    >
      <AnswerView {...shown} answer={answer} view={view} handle={chart} />
      <HowComputed answer={answer} opened={how} onClose={() => setHow(false)} />
    </Card>
  );
}

async function savePng(title: string, chart: ChartHandle | null): Promise<void> {
  const url = await chart?.toPng();
  if (url) downloadUrl(`${title}.png`, url);
}

function useFile(answer: AnswerViewProps["answer"]) {
  const words = useWords(answerWords);
  const values = useValues(answer);
  const names = useAnswerNames(answer);
  const parts = useMemo(() => readParts(answer), [answer]);
  return () => {
    const { columns, rows } = fileOf({ answer, parts, names, values }, words.against);
    return toCsv(columns, rows);
  };
}
