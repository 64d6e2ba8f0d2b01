import { Alert, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { AnswerCard } from "@/components/answer/AnswerCard";
import type { Cell } from "@/components/answer/answer-read";
import { type Happened, isSeries } from "@/components/answer/look";
import { Card } from "@/components/Card";
import { EmptyState } from "@/components/EmptyState";
import { ErrorState, useErrorText } from "@/components/ErrorState";
import type { AnswerLook, Metric } from "@/lib/api";
import { ApiProblem } from "@/lib/client";
import { useWords } from "@/lib/words";
import classes from "./explorer.module.css";
import { explorerWords } from "./explorer-words";
import { LookFields } from "./LookFields";
import type { Asked } from "./use-answer";

interface AnswerPanelProps {
  asked: Asked;
  metric: Metric;
  look: AnswerLook;
  happened: Happened[];
  onLook: (look: AnswerLook) => void;
  onOpen: ((cell: Cell) => void) | undefined;
  onBackground: () => void;
}

const HEIGHT = 380;

/** The answer to what is asked, or how far it is. */
export function AnswerPanel(props: AnswerPanelProps): ReactNode {
  const { asked, metric, look, onLook } = props;
  const words = useWords(explorerWords);
  const { answer, question } = asked;
  if (!question)
    return (
      <Card>
        <EmptyState title={words.incomplete} hint={words.incompleteHint} />
      </Card>
    );
  if (asked.error && isUnclear(asked.error)) return <Unclear error={asked.error} />;
  if (asked.error && !answer) return <Failed {...props} error={asked.error} />;
  if (!answer) return asked.stopped ? <Stopped again={asked.again} /> : <Waiting />;
  const setOption = (name: string, value: string) =>
    onLook({ ...look, options: { ...look.options, [name]: value } });
  return (
    <Stack gap="xs">
      {asked.error && <Failed {...props} error={asked.error} />}
      <div
        className={asked.stale ? classes.stale : classes.answer}
        aria-busy={asked.running || asked.stale}
      >
        <AnswerCard
          answer={answer}
          look={look}
          happened={props.happened}
          height={HEIGHT}
          onOpen={metric.opens_people && !asked.stale ? props.onOpen : undefined}
          onOption={setOption}
          action={isSeries(answer, look) && <LookFields look={look} onChange={onLook} />}
        />
      </div>
    </Stack>
  );
}

/** While it is computed: the shape of what will be there. */
function Waiting(): ReactNode {
  return (
    <Card>
      <Skeleton height={20} width="30%" mb={10} />
      <Skeleton height={34} width="18%" mb={20} />
      <Skeleton height={HEIGHT} />
    </Card>
  );
}

function Stopped({ again }: { again: () => void }): ReactNode {
  const words = useWords(explorerWords);
  return (
    <Card>
      <EmptyState
        title={words.stopped}
        action={
          <Button variant="default" mt="xs" onClick={again}>
            {words.again}
          </Button>
        }
      />
    </Card>
  );
}

/** The question itself is wrong: nothing failed, and asking again would not help. */
function isUnclear(error: Error): boolean {
  return error instanceof ApiProblem && error.kind === "invalid";
}

function Unclear({ error }: { error: Error }): ReactNode {
  const words = useWords(explorerWords);
  const say = useErrorText();
  return (
    <Card>
      <div role="alert">
        <EmptyState title={words.unclear} hint={say(error)} />
      </div>
    </Card>
  );
}

/** Too slow or too big for now: it may go on without somebody waiting. */
const TOO_MUCH = new Set(["sql_timeout", "sql_memory", "query_timeout", "engine_busy"]);

function Failed(props: AnswerPanelProps & { error: Error }): ReactNode {
  const { asked, error, onBackground } = props;
  const words = useWords(explorerWords);
  const tooMuch = error instanceof ApiProblem && (error.status === 429 || TOO_MUCH.has(error.code));
  return (
    <Card>
      <ErrorState error={error} onRetry={asked.again} />
      {tooMuch && (
        <Alert color="gray" mt="sm">
          <Group justify="space-between" gap="xs">
            <Text size="sm">{words.backgroundHint}</Text>
            <Button size="compact-sm" variant="light" onClick={onBackground}>
              {words.background}
            </Button>
          </Group>
        </Alert>
      )}
    </Card>
  );
}
