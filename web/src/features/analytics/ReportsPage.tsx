import { Button, Group, Text } from "@mantine/core";
import { IconPinFilled, IconPlus } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { FilterBar, FilterSelect } from "@/components/FilterBar";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { TimeText } from "@/components/TimeText";
import type { Report } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { compact } from "@/lib/search";
import { useLanguage, useWords } from "@/lib/words";
import { metricsQuery, reportsQuery } from "./analytics-queries";
import { dashboardWords } from "./dashboard-words";
import { PinButton } from "./PinButton";

export function ReportsPage(): ReactNode {
  return (
    <Permitted permission="reports.read">
      <Reports />
    </Permitted>
  );
}

function Reports(): ReactNode {
  const words = useWords(dashboardWords).reports;
  const common = useWords(commonWords);
  const format = useFormat();
  const { language } = useLanguage();
  const { q, metric } = useSearch({ from: "/shell/insight/reports" });
  const navigate = useNavigate({ from: "/insight/reports" });
  const metrics = useQuery(metricsQuery);
  const query = useInfiniteQuery({
    ...reportsQuery(compact({ search: q, metric })),
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total;
  const columns = useReportColumns();
  const filtered = Boolean(q || metric);
  const filter = (change: { q?: string; metric?: string }) =>
    void navigate({ search: (now) => compact({ ...now, ...change }), replace: true });
  const ask = (
    <Button
      component={Link}
      to="/insight/explorer"
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      {words.add}
    </Button>
  );
  return (
    <Page
      title={words.title}
      state={total != null && total > 0 && words.state(format.number(total))}
      action={(rows.length > 0 || filtered) && ask}
    >
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() =>
          rows.length === 0 && !filtered ? (
            <EmptyState
              title={words.emptyTitle}
              hint={words.emptyHint}
              example={words.emptyExample}
              action={ask}
            />
          ) : (
            <DataTable
              name="reports"
              label={words.title}
              columns={columns}
              rows={rows}
              rowKey={(report) => report.id}
              total={total}
              href={(report) => `/insight/reports/${report.id}`}
              onOpen={(report) =>
                void navigate({
                  to: "/insight/reports/$reportId",
                  params: { reportId: String(report.id) },
                  search: {},
                })
              }
              onEnd={
                query.hasNextPage && !query.isFetching
                  ? () => void query.fetchNextPage()
                  : undefined
              }
              loadingMore={query.isFetchingNextPage}
              filters={
                <FilterBar
                  onClear={
                    filtered
                      ? () => filter({ q: undefined, metric: undefined } as never)
                      : undefined
                  }
                >
                  <SearchField
                    label={words.search}
                    value={q ?? ""}
                    onChange={(next) => filter({ q: next || undefined } as never)}
                  />
                  <FilterSelect
                    label={words.metric}
                    value={metric}
                    width={220}
                    options={(metrics.data ?? []).map((one) => ({
                      value: one.key,
                      label: one.title[language],
                    }))}
                    onChange={(next) => filter({ metric: next } as never)}
                  />
                </FilterBar>
              }
              empty={<EmptyState title={common.noMatch} hint={common.noMatchHint} />}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

function useReportColumns(): Column<Report>[] {
  const words = useWords(dashboardWords).reports;
  const { language } = useLanguage();
  const names = useNames();
  return useMemo(
    () => [
      {
        id: "name",
        header: words.name,
        width: 260,
        cell: (report) => (
          <Group gap={6} wrap="nowrap" component="span" miw={0}>
            {report.pinned && <IconPinFilled size={13} aria-label={words.pinned} />}
            <Text span size="sm" fw={500} truncate title={report.name}>
              {report.name}
            </Text>
          </Group>
        ),
      },
      {
        id: "metric",
        header: words.metric,
        width: 170,
        cell: (report) => report.metric_title?.[language] ?? words.gone,
      },
      {
        id: "by",
        header: words.by,
        width: 130,
        cell: (report) => names.actor(report.updated_by),
      },
      {
        id: "updated",
        header: words.updated,
        width: 110,
        cell: (report) => <TimeText at={report.updated_at} />,
      },
      {
        id: "pin",
        header: words.pinned,
        width: 70,
        cell: (report) => (
          <PinButton kind="report" id={report.id} name={report.name} pinned={report.pinned} />
        ),
      },
    ],
    [words, language, names],
  );
}
