import { ActionIcon, Anchor, Badge, Group, Progress, Stack, Text, Tooltip } from "@mantine/core";
import { IconDownload, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Job, JobState } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useJobText } from "@/lib/job-words";
import { useWords } from "@/lib/words";
import { TimeText } from "./TimeText";

const COLOURS: Record<JobState, string> = {
  queued: "gray",
  running: "indigo",
  stopping: "yellow",
  stopped: "yellow",
  done: "teal",
  failed: "red",
};

export function JobStateBadge({ state: key }: { state: string }): ReactNode {
  const state = key as JobState;
  const words = useWords(commonWords);
  return (
    <Badge variant="light" color={COLOURS[state]} size="sm">
      {words.jobState[state]}
    </Badge>
  );
}

export function isActive(state: string): boolean {
  return state === "queued" || state === "running" || state === "stopping";
}

export function JobBar({ job }: { job: Job }): ReactNode {
  const format = useFormat();
  const text = useJobText();
  const title = text.title(job);
  const share = job.total ? Math.min(1, job.done / job.total) : null;
  const active = isActive(job.state);
  return (
    <Stack gap={6}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" fw={500} truncate>
          {title}
        </Text>
        <Group gap={4} wrap="nowrap">
          <JobStateBadge state={job.state} />
          <JobActions job={job} title={title} />
        </Group>
      </Group>
      {active && (
        <Progress
          value={(share ?? 1) * 100}
          animated={share === null}
          striped={share === null}
          size="sm"
          aria-label={title}
        />
      )}
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed">
          {text.message(job)}
        </Text>
        <Text size="xs" c="dimmed">
          {active && share !== null ? (
            format.percent(share)
          ) : (
            <TimeText at={job.finished_at ?? job.created_at} />
          )}
        </Text>
      </Group>
    </Stack>
  );
}

function JobActions({ job, title }: { job: Job; title: string }): ReactNode {
  const words = useWords(commonWords);
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (action: "stop" | "resume") => {
      const params = { params: { path: { id: job.id } } };
      return unwrap(
        action === "stop"
          ? client.POST("/api/jobs/{id}/stop", params)
          : client.POST("/api/jobs/{id}/resume", params),
      );
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  return (
    <>
      {(job.state === "running" || job.state === "queued") && (
        <Tooltip label={words.stop}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`${words.stop}: ${title}`}
            loading={act.isPending}
            onClick={() => act.mutate("stop")}
          >
            <IconPlayerStop size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      {(job.state === "stopped" || job.state === "failed") && (
        <Tooltip label={words.resume}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`${words.resume}: ${title}`}
            loading={act.isPending}
            onClick={() => act.mutate("resume")}
          >
            <IconPlayerPlay size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      {job.file && job.state === "done" && (
        <Tooltip label={words.download}>
          <ActionIcon
            component="a"
            variant="subtle"
            href={`/api/jobs/${job.id}/file`}
            download
            aria-label={`${words.download}: ${title}`}
          >
            <IconDownload size={16} />
          </ActionIcon>
        </Tooltip>
      )}
    </>
  );
}

export function JobFileLink({ job, children }: { job: Job; children: ReactNode }): ReactNode {
  return (
    <Anchor href={`/api/jobs/${job.id}/file`} download size="sm">
      {children}
    </Anchor>
  );
}
