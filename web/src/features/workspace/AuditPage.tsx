import { Anchor, Stack, Text } from "@mantine/core";
import { infiniteQueryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { FilterBar, FilterSelect } from "@/components/FilterBar";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SideDrawer } from "@/components/SideDrawer";
import type { AuditEntry } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { membersQuery } from "@/lib/queries";
import { compact } from "@/lib/search";
import { useWords } from "@/lib/words";
import { AuditDiff } from "./AuditDiff";
import { useAuditText } from "./audit-words";
import { settingsWords } from "./settings-words";

interface AuditFilter {
  action?: string;
  actor?: string;
}

const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ["workspace", "audit", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/workspace/audit", {
          params: { query: compact({ ...filter, cursor: pageParam ?? undefined, limit: 100 }) },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export function AuditPage(): ReactNode {
  const words = useWords(settingsWords).audit;
  return (
    <Page title={words.title} state={words.state}>
      <Permitted permission="audit.read">
        <AuditTable />
      </Permitted>
    </Page>
  );
}

function AuditTable(): ReactNode {
  const words = useWords(settingsWords).audit;
  const search = useSearch({ from: "/shell/settings/audit" });
  const navigate = useNavigate({ from: "/settings/audit" });
  const { entry: _entry, ...filter } = search;
  const query = useInfiniteQuery(auditQuery(filter));
  const entries = useMemo(
    () => query.data?.pages.flatMap((page) => page.items) ?? [],
    [query.data],
  );
  const opened = entries.find((entry) => entry.id === search.entry);
  const columns = useAuditColumns();
  const text = useAuditText();
  const setFilter = (change: AuditFilter) =>
    void navigate({ search: (now) => compact({ ...now, ...change }), replace: true });
  return (
    <>
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() => (
          <DataTable
            name="audit"
            label={words.title}
            columns={columns}
            rows={entries}
            rowKey={(entry) => entry.id}
            onOpen={(entry) => void navigate({ search: (now) => ({ ...now, entry: entry.id }) })}
            onEnd={
              query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
            }
            loadingMore={query.isFetchingNextPage}
            filters={<AuditFilters filter={filter} onChange={setFilter} />}
            empty={<EmptyState title={words.emptyTitle} hint={words.emptyHint} />}
          />
        )}
      </Loaded>
      <SideDrawer
        opened={opened !== undefined}
        onClose={() => void navigate({ search: (now) => compact({ ...now, entry: undefined }) })}
        title={opened && text.sentence(opened)}
      >
        {opened && <AuditDetail entry={opened} />}
      </SideDrawer>
    </>
  );
}

function AuditFilters({
  filter,
  onChange,
}: {
  filter: AuditFilter;
  onChange: (change: AuditFilter) => void;
}): ReactNode {
  const words = useWords(settingsWords).audit;
  const { actions } = useAuditText();
  const { data } = useQuery(membersQuery);
  const people = (data?.items ?? []).map((member) => ({
    value: String(member.id),
    label: member.name,
  }));
  return (
    <FilterBar
      onClear={
        filter.action || filter.actor
          ? () => onChange({ action: undefined, actor: undefined })
          : undefined
      }
    >
      <FilterSelect
        label={words.filterAction}
        width={220}
        value={filter.action}
        options={actions}
        onChange={(action) => onChange({ action })}
      />
      <FilterSelect
        label={words.filterActor}
        value={filter.actor}
        options={people}
        onChange={(actor) => onChange({ actor })}
      />
    </FilterBar>
  );
}

function useAuditColumns(): Column<AuditEntry>[] {
  const words = useWords(settingsWords).audit;
  const format = useFormat();
  const names = useNames();
  const { action, sentence } = useAuditText();
  return useMemo(
    () => [
      { id: "at", header: words.at, width: 180, cell: (entry) => format.dateTime(entry.at) },
      {
        id: "actor",
        header: words.actor,
        width: 140,
        cell: (entry) => names.actor(entry.actor.name ?? words.system),
      },
      { id: "summary", header: words.summary, width: 320, cell: (entry) => sentence(entry) },
      {
        id: "action",
        header: words.action,
        width: 180,
        cell: (entry) => (
          <Text span size="sm" c="dimmed" title={entry.action}>
            {action(entry.action)}
          </Text>
        ),
      },
      {
        id: "target",
        header: words.target,
        width: 140,
        hidden: true,
        cell: (entry) =>
          entry.target_kind ? `${entry.target_kind} ${entry.target_id ?? ""}` : "–",
      },
    ],
    [words, names, format, action, sentence],
  );
}

function AuditDetail({ entry }: { entry: AuditEntry }): ReactNode {
  const words = useWords(settingsWords).audit;
  const format = useFormat();
  const names = useNames();
  const profile = entry.target_kind === "profile" && entry.target_id !== null;
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {names.actor(entry.actor.name ?? words.system)} · {format.dateTime(entry.at)} ·{" "}
        <code>{entry.action}</code>
        {entry.target_kind && ` · ${entry.target_kind} ${entry.target_id ?? ""}`}
      </Text>
      {profile && (
        <Anchor href={`/customers/profiles/${entry.target_id}`} size="sm">
          {entry.target_kind} {entry.target_id}
        </Anchor>
      )}
      <AuditDiff before={entry.before} after={entry.after} />
    </Stack>
  );
}
