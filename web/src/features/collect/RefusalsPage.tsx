import { Stack, Tabs, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { JsonView } from "@/components/JsonView";
import { Loaded } from "@/components/Loaded";
import { MaskedNote } from "@/components/Masked";
import { Page } from "@/components/Page";
import { SideDrawer } from "@/components/SideDrawer";
import type { Refusal } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { sourcesQuery } from "@/lib/queries";
import { compact } from "@/lib/search";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";
import { refusalWords } from "./refusal-words";
import { SetAsideList } from "./SetAsideList";

export function RefusalsPage(): ReactNode {
  const words = useWords(collectWords).refusals;
  const { tab = "refused" } = useSearch({ from: "/shell/data/refusals" });
  const navigate = useNavigate({ from: "/data/refusals" });
  return (
    <Page title={words.title} state={words.state}>
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next as typeof tab }, replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="refused">{words.refused}</Tabs.Tab>
          <Tabs.Tab value="aside">{words.aside}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="refused">
          <Text size="sm" c="dimmed" mb="sm">
            {words.refusedHint}
          </Text>
          <RefusedTable />
        </Tabs.Panel>
        <Tabs.Panel value="aside">
          <Text size="sm" c="dimmed" mb="sm">
            {words.asideHint}
          </Text>
          <SetAsideList />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function RefusedTable(): ReactNode {
  const words = useWords(collectWords).refusals;
  const { item } = useSearch({ from: "/shell/data/refusals" });
  const navigate = useNavigate({ from: "/data/refusals" });
  const query = useInfiniteQuery({
    queryKey: ["collect", "refusals"],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/collect/refusals", {
          params: { query: compact({ cursor: pageParam ?? undefined, limit: 100 }) },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval: 10_000,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useRefusedColumns();
  const { reasons } = useWords(refusalWords);
  const opened = rows.find((row) => row.id === item);
  return (
    <>
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() => (
          <DataTable
            name="refusals"
            label={words.refused}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            offset={320}
            onOpen={(row) => void navigate({ search: (now) => ({ ...now, item: row.id }) })}
            onEnd={
              query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
            }
            loadingMore={query.isFetchingNextPage}
            empty={<EmptyState title={words.noneRefused} hint={words.noneRefusedHint} />}
          />
        )}
      </Loaded>
      <SideDrawer
        opened={opened !== undefined}
        onClose={() => void navigate({ search: (now) => compact({ ...now, item: undefined }) })}
        title={opened && (reasons[opened.reason_code] ?? opened.reason)}
      >
        {opened && <RefusalDetail refusal={opened} />}
      </SideDrawer>
    </>
  );
}

function RefusalDetail({ refusal }: { refusal: Refusal }): ReactNode {
  const words = useWords(collectWords).refusals;
  const { reasons } = useWords(refusalWords);
  const format = useFormat();
  const sourceName = useSourceName();
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {sourceName(refusal.source_id)} · {format.dateTime(refusal.at)} ·{" "}
        <code>{refusal.reason_code}</code>
      </Text>
      {reasons[refusal.reason_code] && (
        <Text size="sm" lang="en">
          {refusal.reason}
        </Text>
      )}
      <MaskedNote masked={refusal.masked} />
      <JsonView value={readSample(refusal.sample)} label={words.sample} />
    </Stack>
  );
}

function useSourceName(): (id: number | null) => string {
  const { data } = useQuery(sourcesQuery);
  return (id) => data?.items.find((source) => source.id === id)?.name ?? "–";
}

function useRefusedColumns(): Column<Refusal>[] {
  const words = useWords(collectWords).refusals;
  const format = useFormat();
  const { reasons } = useWords(refusalWords);
  const { data } = useQuery(sourcesQuery);
  return useMemo(
    () => [
      {
        id: "reason",
        header: words.reason,
        width: 380,
        cell: (row) => reasons[row.reason_code] ?? row.reason,
      },
      {
        id: "code",
        header: words.code,
        width: 160,
        hidden: true,
        cell: (row) => (
          <Text size="xs" ff="monospace" c="dimmed">
            {row.reason_code}
          </Text>
        ),
      },
      {
        id: "source",
        header: words.source,
        width: 150,
        cell: (row) => data?.items.find((source) => source.id === row.source_id)?.name ?? "–",
      },
      { id: "at", header: words.at, width: 170, cell: (row) => format.dateTime(row.at) },
    ],
    [words, reasons, format, data],
  );
}

/** Samples are kept as text, cut where they were long; what is still JSON is shown as such. */
function readSample(sample: string): unknown {
  try {
    return JSON.parse(sample);
  } catch {
    return sample;
  }
}
