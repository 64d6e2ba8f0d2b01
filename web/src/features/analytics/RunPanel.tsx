import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { AnswerCard } from "@/components/answer/AnswerCard";
import type { Cell } from "@/components/answer/answer-read";
import { Card } from "@/components/Card";
import { isActive } from "@/components/JobBar";
import { Loaded } from "@/components/Loaded";
import type { AnswerLook } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useWords } from "@/lib/words";
import { runQuery } from "./analytics-queries";
import { explorerWords } from "./explorer-words";

const POLL_MS = 1_500;

interface RunPanelProps {
  id: number;
  look: AnswerLook;
  onOpen: (cell: Cell) => void;
  onEnd: () => void;
}

/** A question that is answered in the background: how far it is, and then its answer. */
export function RunPanel({ id, look, onOpen, onEnd }: RunPanelProps): ReactNode {
  const words = useWords(explorerWords);
  const query = useQuery({
    ...runQuery(id),
    refetchInterval: ({ state }) => (isActive(state.data?.state ?? "queued") ? POLL_MS : false),
  });
  const stop = async () => {
    await unwrap(client.DELETE("/api/analytics/runs/{id}", { params: { path: { id } } }));
    await query.refetch();
  };
  return (
    <Loaded query={query}>
      {(run) => {
        if (run.answer) return <AnswerCard answer={run.answer} look={look} onOpen={onOpen} />;
        if (!isActive(run.state))
          return (
            <Alert color={run.state === "failed" ? "red" : "gray"}>
              <Group justify="space-between">
                <Text size="sm">
                  {run.state === "failed" ? words.runFailed : words.runStopped} {run.message}
                </Text>
                <Button size="compact-sm" variant="default" onClick={onEnd}>
                  {words.again}
                </Button>
              </Group>
            </Alert>
          );
        return (
          <Card>
            <Stack gap="xs" role="status">
              <Text size="sm">{words.runWaiting}</Text>
              <Progress value={100} striped animated aria-label={words.running} />
              <Button
                variant="default"
                size="compact-sm"
                style={{ alignSelf: "flex-start" }}
                onClick={() => void stop()}
              >
                {words.cancel}
              </Button>
            </Stack>
          </Card>
        );
      }}
    </Loaded>
  );
}
