import { Badge, Button, Chip, Text } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { FilterBar, FilterSelect } from "@/components/FilterBar";
import { Loaded } from "@/components/Loaded";
import type { PrivacyRequest, RequestState } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useWords } from "@/lib/words";
import { DueBar } from "./DueBar";
import { overdueQuery, requestsQuery } from "./request-queries";
import { orderRequests } from "./request-rules";
import { KINDS, requestWords, STATES } from "./request-words";

const POLL_MS = 10_000;

export function RequestTable(): ReactNode {
  const words = useWords(requestWords);
  const common = useWords(commonWords);
  const { kind, state, overdue } = useSearch({ from: "/shell/settings/privacy/requests" });
  const navigate = useNavigate({ from: "/settings/privacy/requests" });
  const filtered = Boolean(kind || state || overdue);
  const { query, rows } = useRequests();
  const columns = useRequestColumns();
  return (
    <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
      {() => (
        <DataTable
          name="privacy-requests"
          label={words.page.requests}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          offset={320}
          filters={<RequestFilters />}
          onOpen={(row) =>
            void navigate({ search: (now) => ({ ...now, request: row.id }), resetScroll: false })
          }
          onEnd={
            query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
          }
          loadingMore={query.isFetchingNextPage}
          empty={
            filtered ? (
              <EmptyState title={common.noMatch} hint={common.noMatchHint} />
            ) : (
              <EmptyState
                title={words.table.emptyTitle}
                hint={words.table.emptyHint}
                example={words.table.emptyExample}
                action={
                  <Button mt="xs" onClick={() => void navigate({ search: { add: true } })}>
                    {words.page.add}
                  </Button>
                }
              />
            )
          }
        />
      )}
    </Loaded>
  );
}

function useRequests() {
  const { kind, state, overdue } = useSearch({ from: "/shell/settings/privacy/requests" });
  const query = useInfiniteQuery({
    ...requestsQuery(compact({ kind, state, overdue })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
  const filtered = Boolean(kind || state || overdue);
  const { data: late } = useQuery({ ...overdueQuery, enabled: !filtered });
  const rows = useMemo(() => {
    const loaded = query.data?.pages.flatMap((page) => page.items) ?? [];
    return orderRequests(filtered ? loaded : [...(late?.items ?? []), ...loaded]);
  }, [query.data, late, filtered]);
  return { query, rows };
}

function RequestFilters(): ReactNode {
  const words = useWords(requestWords);
  const search = useSearch({ from: "/shell/settings/privacy/requests" });
  const { kind, state, overdue } = search;
  const navigate = useNavigate({ from: "/settings/privacy/requests" });
  const filter = (change: Partial<typeof search>) =>
    void navigate({ search: (now) => compact({ ...now, ...change }), replace: true });
  const none = { kind: undefined, state: undefined, overdue: undefined };
  return (
    <FilterBar onClear={kind || state || overdue ? () => filter(none) : undefined}>
      <FilterSelect
        label={words.table.anyKind}
        value={kind}
        options={KINDS.map((key) => ({ value: key, label: words.kinds[key].name }))}
        onChange={(next) => filter({ kind: next as typeof kind })}
      />
      <FilterSelect
        label={words.table.anyState}
        value={state}
        options={STATES.map((key) => ({ value: key, label: words.states[key] }))}
        onChange={(next) => filter({ state: next as typeof state })}
        width={130}
      />
      <Chip
        size="sm"
        checked={overdue === true}
        onChange={(on) => filter({ overdue: on ? true : undefined })}
      >
        {words.table.onlyOverdue}
      </Chip>
    </FilterBar>
  );
}

const COLOURS: Record<RequestState, string> = {
  received: "indigo",
  running: "indigo",
  done: "teal",
  failed: "red",
  refused: "gray",
};

export function RequestStateBadge({ state }: { state: RequestState }): ReactNode {
  const words = useWords(requestWords).states;
  return (
    <Badge variant="light" color={COLOURS[state]}>
      {words[state]}
    </Badge>
  );
}

function useRequestColumns(): Column<PrivacyRequest>[] {
  const words = useWords(requestWords);
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: "kind",
        header: words.table.kind,
        width: 150,
        cell: (row) => (
          <Text size="sm" fw={500} title={words.kinds[row.kind].hint}>
            {words.kinds[row.kind].name}
          </Text>
        ),
      },
      {
        id: "due",
        header: words.table.due,
        width: 190,
        cell: (row) => <DueBar request={row} />,
      },
      {
        id: "state",
        header: words.table.state,
        width: 100,
        cell: (row) => <RequestStateBadge state={row.state} />,
      },
      {
        id: "received",
        header: words.table.received,
        width: 140,
        cell: (row) => format.date(row.received_at),
      },
      {
        id: "about",
        header: words.table.about,
        width: 90,
        cell: (row) => words.table.aboutOf(format.number(row.subjects)),
      },
      { id: "law", header: words.table.law, width: 130, cell: (row) => words.laws[row.law] },
      {
        id: "via",
        header: words.table.via,
        width: 150,
        hidden: true,
        cell: (row) => words.vias[row.via],
      },
      {
        id: "number",
        header: words.table.number,
        width: 70,
        align: "end",
        cell: (row) => format.number(row.id),
      },
    ],
    [words, format],
  );
}
