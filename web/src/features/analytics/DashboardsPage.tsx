import { Alert, Badge, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconPinFilled, IconPlus } from "@tabler/icons-react";
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { useErrorText } from "@/components/ErrorState";
import { FilterBar } from "@/components/FilterBar";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { TimeText } from "@/components/TimeText";
import type { Dashboard } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { useLanguage, useWords } from "@/lib/words";
import { dashboardsQuery } from "./analytics-queries";
import { dashboardWords } from "./dashboard-words";
import { PinButton } from "./PinButton";

export function DashboardsPage(): ReactNode {
  return (
    <Permitted permission="reports.read">
      <Dashboards />
    </Permitted>
  );
}

function Dashboards(): ReactNode {
  const words = useWords(dashboardWords).list;
  const common = useWords(commonWords);
  const format = useFormat();
  const mayManage = useMayDo()("reports.manage");
  const { q } = useSearch({ from: "/shell/insight/dashboards" });
  const navigate = useNavigate({ from: "/insight/dashboards" });
  const [adding, setAdding] = useState(false);
  const query = useInfiniteQuery({ ...dashboardsQuery(q), placeholderData: keepPreviousData });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const own = query.data?.pages[0]?.total;
  // The ready ones are not counted among those that somebody made.
  const total = own == null ? own : own + rows.filter((one) => one.ready).length;
  const columns = useDashboardColumns();
  return (
    <Page
      title={words.title}
      state={total != null && !q && words.state(format.number(total))}
      action={
        mayManage && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            {words.add}
          </Button>
        )
      }
    >
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() => (
          <DataTable
            name="dashboards"
            label={words.title}
            columns={columns}
            rows={rows}
            rowKey={(one) => one.ref}
            total={total}
            href={(one) => `/insight/dashboards/${one.ref}`}
            onOpen={(one) =>
              void navigate({
                to: "/insight/dashboards/$ref",
                params: { ref: one.ref },
                search: {},
              })
            }
            onEnd={
              query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
            }
            loadingMore={query.isFetchingNextPage}
            filters={
              <FilterBar>
                <SearchField
                  label={words.search}
                  value={q ?? ""}
                  onChange={(next) =>
                    void navigate({ search: compact({ q: next || undefined }), replace: true })
                  }
                />
              </FilterBar>
            }
            empty={
              q ? (
                <EmptyState title={common.noMatch} hint={common.noMatchHint} />
              ) : (
                <EmptyState title={words.emptyTitle} hint={words.emptyHint} />
              )
            }
          />
        )}
      </Loaded>
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title={words.add}
        closeButtonProps={{ "aria-label": common.close }}
      >
        {adding && <NewDashboard onClose={() => setAdding(false)} />}
      </Modal>
    </Page>
  );
}

function useDashboardColumns(): Column<Dashboard>[] {
  const words = useWords(dashboardWords).list;
  const { language } = useLanguage();
  return useMemo(
    () => [
      {
        id: "name",
        header: words.name,
        width: 250,
        cell: (one) => (
          <Group gap={6} wrap="nowrap" component="span" miw={0}>
            {one.pinned && <IconPinFilled size={13} aria-label={words.pinned} />}
            <Text span size="sm" fw={500} truncate title={one.title[language]}>
              {one.title[language]}
            </Text>
            {one.ready && (
              <Badge variant="light" size="sm">
                {words.ready}
              </Badge>
            )}
          </Group>
        ),
      },
      {
        id: "description",
        header: words.description,
        width: 400,
        cell: (one) => (
          <Text span size="sm" c="dimmed" truncate title={one.description[language]}>
            {one.description[language] || "–"}
          </Text>
        ),
      },
      { id: "tiles", header: words.tiles, width: 80, align: "end", cell: (one) => one.tiles },
      {
        id: "updated",
        header: words.updated,
        width: 110,
        cell: (one) => <TimeText at={one.updated_at} />,
      },
      {
        id: "pin",
        header: words.pinned,
        width: 70,
        cell: (one) => (
          <PinButton kind="dashboard" id={one.ref} name={one.title[language]} pinned={one.pinned} />
        ),
      },
    ],
    [words, language],
  );
}

function NewDashboard({ onClose }: { onClose: () => void }): ReactNode {
  const words = useWords(dashboardWords).list;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const make = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/analytics/dashboards", { body: { name: name.trim(), description } }),
      ),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["analytics", "dashboards"] });
      await navigate({
        to: "/insight/dashboards/$ref",
        params: { ref: made.ref },
        search: { edit: true },
      });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) make.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={words.newName}
          value={name}
          maxLength={100}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={words.newDescription}
          value={description}
          maxLength={2_000}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {make.error && <Alert color="red">{errorText(make.error)}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={make.isPending} disabled={!name.trim()}>
            {common.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
