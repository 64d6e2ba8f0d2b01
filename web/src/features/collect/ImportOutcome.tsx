import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { isActive, JobBar } from "@/components/JobBar";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useLive } from "@/lib/live";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";

/** Follows a trial run to its end and says what an import would do. */
export function ImportOutcome({ jobId }: { jobId: number }): ReactNode {
  const words = useWords(collectWords).imports;
  const format = useFormat();
  const job = useQuery({
    queryKey: ["jobs", jobId],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/jobs/{id}", { params: { path: { id: jobId } }, signal })),
    refetchInterval: ({ state }) => (!state.data || isActive(state.data.state) ? 1_000 : false),
  });
  useLive("jobs", (changed) => {
    if (changed.id === jobId) void job.refetch();
  });
  if (!job.data) return null;
  const result = job.data.result ?? {};
  const accepted = Number(result.rows_accepted ?? 0);
  const refused = Number(result.rows_refused ?? 0);
  if (job.data.state !== "done") return <JobBar job={job.data} />;
  return (
    <Alert color={refused > 0 ? "yellow" : "teal"} role="status">
      <Stack gap="xs">
        <Text size="sm">{words.dryRunResult(format.number(accepted), format.number(refused))}</Text>
        {refused > 0 && (
          <Anchor
            href={`/api/collect/imports/${String(result.import_id ?? jobId)}/refused`}
            download
            size="sm"
          >
            {words.refusedRows}
          </Anchor>
        )}
      </Stack>
    </Alert>
  );
}
