import { Button, Collapse, Stack, Text } from "@mantine/core";
import { IconFilter, IconPencil } from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import { Card } from "@/components/Card";
import type { Node } from "@/components/conditions/condition";
import type { JsonObject, Metric, Question } from "@/lib/api";
import { useNarrow } from "@/lib/narrow";
import { useLanguage, useWords } from "@/lib/words";
import { BreakdownField } from "./BreakdownField";
import { explorerWords } from "./explorer-words";
import { MetricPicker } from "./MetricPicker";
import { ParamsForm } from "./ParamsForm";
import { PeopleField } from "./PeopleField";
import { listEvents, type ParamSchema, readFields } from "./param-schema";

interface QuestionPanelProps {
  metrics: Metric[];
  metric: Metric;
  question: Question;
  onChange: (question: Question) => void;
  onMetric: (metric: Metric) => void;
}

/** What is asked, as a form: the metric, what it takes, who is looked at, and by what it is broken down. */
export function QuestionPanel(props: QuestionPanelProps): ReactNode {
  const words = useWords(explorerWords);
  const narrow = useNarrow();
  const [opened, setOpened] = useState(!narrow);
  return (
    <Card>
      <Stack gap="md">
        <MetricPicker metrics={props.metrics} value={props.metric} onChange={props.onMetric} />
        {narrow && (
          <Button
            variant="subtle"
            size="compact-sm"
            style={{ alignSelf: "flex-start" }}
            leftSection={<IconPencil size={15} aria-hidden />}
            aria-expanded={opened}
            onClick={() => setOpened(!opened)}
          >
            {opened ? words.hideQuestion : words.showQuestion}
          </Button>
        )}
        <Collapse expanded={opened || !narrow}>
          <QuestionFields {...props} />
        </Collapse>
      </Stack>
    </Card>
  );
}

function QuestionFields({ metric, question, onChange }: QuestionPanelProps): ReactNode {
  const { language } = useLanguage();
  const params = (question.params ?? {}) as JsonObject;
  const events = useMemo(() => {
    const fields = readFields(metric.params as ParamSchema);
    return [...new Set(listEvents(fields, params).map(({ event }) => event.name))];
  }, [metric, params]);
  return (
    <Stack gap="md">
      <Text size="xs" c="dimmed">
        {metric.definition[language]}
      </Text>
      <ParamsForm
        key={metric.key}
        metric={metric}
        params={params}
        onChange={(next) => onChange({ ...question, params: next })}
      />
      <Who question={question} onChange={onChange} />
      {metric.breaks_down && (
        <BreakdownField
          question={question}
          onChange={(change) => onChange({ ...question, ...change })}
          events={events}
        />
      )}
    </Stack>
  );
}

function Who({
  question,
  onChange,
}: {
  question: Question;
  onChange: (question: Question) => void;
}): ReactNode {
  const words = useWords(explorerWords);
  const people = question.people as Node | null | undefined;
  if (!people)
    return (
      <div>
        <Text size="sm" fw={500}>
          {words.who}
        </Text>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconFilter size={15} aria-hidden />}
          onClick={() =>
            onChange({ ...question, people: { kind: "all", of: [] } as unknown as JsonObject })
          }
        >
          {words.narrow}
        </Button>
      </div>
    );
  return (
    <div>
      <PeopleField
        label={words.who}
        value={people}
        onChange={(where) => onChange({ ...question, people: where as unknown as JsonObject })}
      />
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        onClick={() => onChange({ ...question, people: null })}
      >
        {words.stopNarrowing}
      </Button>
    </div>
  );
}
