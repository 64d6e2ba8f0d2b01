import { Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { SideDrawer } from "@/components/SideDrawer";
import type { MetricAnswer as Answer } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useLanguage, useWords } from "@/lib/words";
import classes from "./answer.module.css";
import { answerWords } from "./answer-words";

interface HowComputedProps {
  answer: Answer;
  opened: boolean;
  onClose: () => void;
}

/** The engine, the SQL and the kernels behind an answer, for whoever wants to check it. */
export function HowComputed({ answer, opened, onClose }: HowComputedProps): ReactNode {
  const words = useWords(answerWords).computedBy;
  return (
    <SideDrawer opened={opened} onClose={onClose} title={words.title} size="xl">
      {opened && <Body answer={answer} />}
    </SideDrawer>
  );
}

function Body({ answer }: { answer: Answer }): ReactNode {
  const words = useWords(answerWords).computedBy;
  const common = useWords(commonWords);
  const format = useFormat();
  const { language } = useLanguage();
  const { statements = [], kernels = [], engine = "duckdb" } = answer;
  const engines: Record<string, string> = words.engines;
  const facts: [string, string][] = [
    [words.engine, engines[engine] ?? engine],
    [words.time, answer.cached ? words.kept : format.duration(answer.elapsed_ms ?? 0)],
    [words.at, answer.computed_at ? format.dateTime(answer.computed_at) : "–"],
    [words.zone, answer.zone],
    [words.week, words.weekdays[answer.week_start]],
  ];
  return (
    <Stack gap="md">
      <Text size="sm">{answer.definition[language]}</Text>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {kernels.length > 0 && (
        <div>
          <Text size="sm" fw={600} mb={4}>
            {words.kernels}
          </Text>
          {kernels.map((kernel) => (
            <Code key={kernel} mr={6}>
              {kernel}
            </Code>
          ))}
        </div>
      )}
      <Text size="sm" fw={600}>
        {words.statements}
      </Text>
      {statements.length === 0 && <Text size="sm">{words.none}</Text>}
      {statements.map((statement, number) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: statements have no identity but their place
        <div key={number}>
          <Group justify="space-between" mb={4}>
            <Text size="xs" c="dimmed">
              {words.statement(format.number(number + 1))}
            </Text>
            <CopyButton value={statement}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="subtle" onClick={copy}>
                  {copied ? common.copied : common.copy}
                </Button>
              )}
            </CopyButton>
          </Group>
          <Code block className={classes.code} tabIndex={0}>
            {statement}
          </Code>
        </div>
      ))}
    </Stack>
  );
}
