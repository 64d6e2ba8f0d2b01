import { Anchor, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { isActive, JobBar, JobStateBadge } from "@/components/JobBar";
import { Loaded } from "@/components/Loaded";
import { Page } from "@/components/Page";
import { SideDrawer } from "@/components/SideDrawer";
import { TimeText } from "@/components/TimeText";
import type { ImportKind, ImportRun } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useJobText } from "@/lib/job-words";
import { jobsQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";

export const importsQuery = queryOptions({
  queryKey: ["collect", "imports"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/collect/imports", { signal })),
});

export function ImportsPage(): ReactNode {
  const words = useWords(collectWords).imports;
  const format = useFormat();
  const mayImport = useMayDo()("imports.run");
  const { run } = useSearch({ from: "/shell/data/imports" });
  const navigate = useNavigate({ from: "/data/imports" });
  const query = useQuery({
    ...importsQuery,
    refetchInterval: ({ state }) =>
      state.data?.items.some((one) => isActive(one.state)) ? 2_000 : false,
  });
  const items = query.data?.items ?? [];
  const real = items.filter((one) => !one.dry_run);
  const opened = items.find((one) => one.id === run);
  return (
    <Page
      title={words.title}
      state={
        real.length > 0 &&
        words.state(
          format.number(real.filter((one) => one.state === "done").length),
          format.number(real.reduce((sum, one) => sum + one.rows_accepted, 0)),
        )
      }
      action={
        mayImport && (
          <Button component={Link} to="/data/imports/new" leftSection={<IconUpload size={16} />}>
            {words.start}
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {(page) => <ImportTable runs={page.items} mayImport={mayImport} />}
      </Loaded>
      <SideDrawer
        opened={opened !== undefined}
        onClose={() => void navigate({ search: {} })}
        title={opened?.filename ?? words.detail}
      >
        {opened && <ImportDetail run={opened} />}
      </SideDrawer>
    </Page>
  );
}

function ImportTable({ runs, mayImport }: { runs: ImportRun[]; mayImport: boolean }): ReactNode {
  const words = useWords(collectWords).imports;
  const navigate = useNavigate({ from: "/data/imports" });
  const columns = useImportColumns();
  return (
    <DataTable
      name="imports"
      label={words.title}
      columns={columns}
      rows={runs}
      rowKey={(run) => run.id}
      onOpen={(run) => void navigate({ search: { run: run.id } })}
      empty={
        <EmptyState
          title={words.emptyTitle}
          hint={words.emptyHint}
          example={words.emptyExample}
          action={
            mayImport && (
              <Button component={Link} to="/data/imports/new" mt="xs">
                {words.start}
              </Button>
            )
          }
        />
      }
    />
  );
}

function useImportColumns(): Column<ImportRun>[] {
  const words = useWords(collectWords).imports;
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: "file",
        header: words.file,
        width: 240,
        value: (run) => run.filename ?? "",
        cell: (run) => run.filename ?? `#${run.id}`,
      },
      {
        id: "kind",
        header: words.kind,
        width: 90,
        value: (run) => run.kind,
        cell: (run) => words.kinds[run.kind as ImportKind],
      },
      {
        id: "state",
        header: words.status,
        width: 150,
        value: (run) => run.state,
        cell: (run) => (
          <Group gap={6} wrap="nowrap">
            <JobStateBadge state={run.state} />
            {run.dry_run && (
              <Badge variant="outline" color="gray" size="sm">
                {words.dryRun}
              </Badge>
            )}
          </Group>
        ),
      },
      {
        id: "accepted",
        header: words.accepted,
        width: 110,
        align: "end",
        value: (run) => run.rows_accepted,
        cell: (run) => format.number(run.rows_accepted),
      },
      {
        id: "refused",
        header: words.refused,
        width: 90,
        align: "end",
        value: (run) => run.rows_refused,
        cell: (run) => (
          <Text span size="sm" c={run.rows_refused > 0 ? "var(--k-person)" : undefined}>
            {format.number(run.rows_refused)}
          </Text>
        ),
      },
      {
        id: "started",
        header: words.started,
        width: 120,
        value: (run) => run.created_at,
        cell: (run) => <TimeText at={run.created_at} />,
      },
    ],
    [words, format],
  );
}

/** One run: how far it is, what was refused and why. */
export function ImportDetail({ run }: { run: ImportRun }): ReactNode {
  const words = useWords(collectWords).imports;
  const format = useFormat();
  const text = useJobText();
  const jobs = useQuery({ ...jobsQuery, refetchInterval: isActive(run.state) ? 1_500 : false });
  const job = jobs.data?.items.find((one) => one.id === run.id);
  return (
    <Stack>
      <Group gap="xs">
        <JobStateBadge state={run.state} />
        {run.dry_run && (
          <Badge variant="outline" color="gray">
            {words.dryRun}
          </Badge>
        )}
        <Badge variant="light" color="gray">
          {words.kinds[run.kind as ImportKind]}
        </Badge>
      </Group>
      {job && (isActive(job.state) || job.state === "stopped" || job.state === "failed") && (
        <JobBar job={job} />
      )}
      {isActive(run.state) && (
        <Text size="sm" c="dimmed">
          {words.running}
        </Text>
      )}
      <Group gap="xl">
        <Count label={words.read} value={format.number(run.rows_read)} />
        <Count label={words.accepted} value={format.number(run.rows_accepted)} />
        <Count label={words.refused} value={format.number(run.rows_refused)} />
      </Group>
      {run.state === "done" && (
        <Text size="sm">
          {text.message({
            ...run,
            kind: run.dry_run ? "import.check" : "import",
            state: "done",
            result: { ...run },
          })}
        </Text>
      )}
      {run.rows_refused > 0 && <RefusedRows run={run} />}
    </Stack>
  );
}

/** The first reasons, so that most files need no download to be mended. */
function RefusedRows({ run }: { run: ImportRun }): ReactNode {
  const words = useWords(collectWords).imports;
  const format = useFormat();
  return (
    <Stack gap={6}>
      {run.refusals.slice(0, 5).map((refusal) => (
        <Text key={`${refusal.row}.${refusal.reason}`} size="sm">
          <Text span size="sm" c="dimmed">
            {words.rowNumber(format.number(Number(refusal.row)))}
          </Text>{" "}
          {String(refusal.reason)}
        </Text>
      ))}
      <Anchor href={`/api/collect/imports/${run.id}/refused`} download size="sm">
        {words.refusedRows}
      </Anchor>
    </Stack>
  );
}

function Count({ label, value }: { label: string; value: string }): ReactNode {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text fw={600} size="xl">
        {value}
      </Text>
    </div>
  );
}
