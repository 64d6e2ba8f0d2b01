import { ActionIcon, Indicator, Popover, ScrollArea, Stack, Text, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBell } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { isActive, JobBar } from "@/components/JobBar";
import type { Job } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useJobText } from "@/lib/job-words";
import { useLive, useLiveOpen } from "@/lib/live";
import { jobsQuery } from "@/lib/queries";
import { useWords } from "@/lib/words";
import { appWords } from "./app-words";

const POLL_MS = 5_000;

/** Long work: what runs, how far it is, and its files; safe to leave the page meanwhile. */
export function JobBell(): ReactNode {
  const words = useWords(appWords);
  const format = useFormat();
  const [opened, setOpened] = useState(false);
  const jobs = useJobs();
  const active = jobs.filter((job) => isActive(job.state)).length;
  const label = active
    ? `${words.jobs.title}: ${words.jobs.active(format.number(active))}`
    : words.jobs.title;
  return (
    <Popover opened={opened} onChange={setOpened} width={360} position="bottom-end" trapFocus>
      <Popover.Target>
        <Tooltip label={label} disabled={opened}>
          <Indicator
            disabled={!active}
            label={format.number(active)}
            size={16}
            color="vermilion.7"
            offset={6}
          >
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={label}
              onClick={() => setOpened(!opened)}
            >
              <IconBell size={20} />
            </ActionIcon>
          </Indicator>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={words.jobs.title}>
        <Text fw={600} size="sm" mb="sm">
          {words.jobs.title}
        </Text>
        {jobs.length === 0 ? (
          <Text size="sm" c="dimmed">
            {words.jobs.empty}
          </Text>
        ) : (
          <ScrollArea.Autosize mah={420} type="auto" offsetScrollbars>
            <Stack gap="md">
              {jobs.slice(0, 20).map((job) => (
                <JobBar key={job.id} job={job} />
              ))}
            </Stack>
          </ScrollArea.Autosize>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function useJobs(): Job[] {
  const words = useWords(appWords);
  const queries = useQueryClient();
  const live = useLiveOpen();
  const { data } = useQuery({
    ...jobsQuery,
    refetchInterval: ({ state }) =>
      !live || state.data?.items.some((job) => isActive(job.state)) ? POLL_MS : false,
  });
  const text = useJobText();
  const told = useRef(new Set<number>());
  useLive("jobs", (job) => {
    queries.setQueryData(jobsQuery.queryKey, (page) => {
      if (!page) return page;
      const others = page.items.filter((one) => one.id !== job.id);
      const position = page.items.findIndex((one) => one.id === job.id);
      return { ...page, items: others.toSpliced(Math.max(position, 0), 0, job) };
    });
    if (isActive(job.state) || job.state === "stopped" || told.current.has(job.id)) return;
    told.current.add(job.id);
    void queries.invalidateQueries({ queryKey: ["collect", "imports"] });
    const failed = job.state === "failed";
    const title = text.title(job);
    notifications.show({
      color: failed ? "red" : "teal",
      message: failed ? words.jobs.failed(title) : words.jobs.finished(title),
    });
  });
  return data?.items ?? [];
}
