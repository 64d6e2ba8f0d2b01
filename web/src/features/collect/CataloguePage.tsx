import { Badge, Button, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { FilterBar } from "@/components/FilterBar";
import { Loaded } from "@/components/Loaded";
import { Page } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { SideDrawer } from "@/components/SideDrawer";
import { TimeText } from "@/components/TimeText";
import type { CatalogueEvent } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useWords } from "@/lib/words";
import { CatalogueDetailView } from "./CatalogueDetailView";
import { collectWords } from "./collect-words";
import { FlaggedChip } from "./FlaggedChip";

const catalogueQuery = (search: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["collect", "catalogue", "list", search ?? ""],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/collect/catalogue", {
          params: { query: compact({ search, cursor: pageParam ?? undefined, limit: 200 }) },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export function CataloguePage(): ReactNode {
  const words = useWords(collectWords).catalogue;
  const format = useFormat();
  const { event, q } = useSearch({ from: "/shell/data/catalogue" });
  const navigate = useNavigate({ from: "/data/catalogue" });
  const query = useInfiniteQuery({
    ...catalogueQuery(q),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
  const events = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total ?? events.length;
  return (
    <Page
      title={words.title}
      state={
        events.length > 0 &&
        words.state(format.number(total), format.number(events.filter((one) => one.flagged).length))
      }
    >
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() => (
          <CatalogueTable
            events={events}
            onEnd={
              query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
            }
          />
        )}
      </Loaded>
      <SideDrawer
        opened={event !== undefined}
        onClose={() => void navigate({ search: (now) => compact({ ...now, event: undefined }) })}
        title={event}
        size="xl"
      >
        {event && <CatalogueDetailView name={event} />}
      </SideDrawer>
    </Page>
  );
}

function CatalogueTable({
  events,
  onEnd,
}: {
  events: CatalogueEvent[];
  onEnd: (() => void) | undefined;
}): ReactNode {
  const words = useWords(collectWords).catalogue;
  const common = useWords(commonWords);
  const { q, flagged } = useSearch({ from: "/shell/data/catalogue" });
  const navigate = useNavigate({ from: "/data/catalogue" });
  const columns = useCatalogueColumns();
  const shown = flagged ? events.filter((event) => event.flagged) : events;
  const filter = (change: { q?: string; flagged?: true }) =>
    void navigate({ search: (now) => compact({ ...now, ...change }), replace: true });
  return (
    <DataTable
      name="catalogue"
      label={words.title}
      columns={columns}
      rows={shown}
      rowKey={(event) => event.name}
      onEnd={onEnd}
      onOpen={(event) => void navigate({ search: (now) => ({ ...now, event: event.name }) })}
      filters={
        <FilterBar
          onClear={q || flagged ? () => filter({ q: undefined, flagged: undefined }) : undefined}
        >
          <SearchField
            label={words.search}
            value={q ?? ""}
            onChange={(next) => filter({ q: next || undefined })}
          />
          <FlaggedChip
            label={words.onlyFlagged}
            checked={flagged === true}
            onChange={(on) => filter({ flagged: on ? true : undefined })}
          />
        </FilterBar>
      }
      empty={
        events.length > 0 || q ? (
          <EmptyState title={common.noMatch} hint={common.noMatchHint} />
        ) : (
          <EmptyState
            title={words.emptyTitle}
            hint={words.emptyHint}
            example={words.emptyExample}
            action={
              <Button component={Link} to="/data/sources" mt="xs">
                {words.emptyAction}
              </Button>
            }
          />
        )
      }
    />
  );
}

function useCatalogueColumns(): Column<CatalogueEvent>[] {
  const words = useWords(collectWords).catalogue;
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: "name",
        header: words.name,
        width: 200,
        value: (event) => event.name,
        cell: (event) => event.name,
      },
      {
        id: "description",
        header: words.description,
        width: 240,
        cell: (event) => (
          <Text span size="sm" c="dimmed">
            {event.description || "–"}
          </Text>
        ),
      },
      {
        id: "volume",
        header: words.volume,
        width: 100,
        align: "end",
        value: (event) => event.volume,
        cell: (event) => format.number(event.volume),
      },
      {
        id: "properties",
        header: words.properties,
        width: 90,
        align: "end",
        value: (event) => event.properties_count,
        cell: (event) => format.number(event.properties_count),
      },
      {
        id: "flagged",
        header: words.flagged,
        width: 130,
        value: (event) => Number(event.flagged),
        cell: (event) =>
          event.flagged ? (
            <Badge
              variant="light"
              color="vermilion"
              leftSection={<IconAlertTriangle size={12} aria-hidden />}
            >
              {words.unexpected}
            </Badge>
          ) : null,
      },
      {
        id: "owner",
        header: words.owner,
        width: 110,
        value: (event) => event.owner,
        cell: (event) => event.owner || "–",
      },
      {
        id: "last_seen",
        header: words.lastSeen,
        width: 110,
        value: (event) => event.last_seen,
        cell: (event) => <TimeText at={event.last_seen} />,
      },
      {
        id: "first_seen",
        header: words.firstSeen,
        width: 110,
        hidden: true,
        value: (event) => event.first_seen,
        cell: (event) => <TimeText at={event.first_seen} />,
      },
    ],
    [words, format],
  );
}
