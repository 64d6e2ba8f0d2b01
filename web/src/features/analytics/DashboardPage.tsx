import { Button, Group, Select, Text } from "@mantine/core";
import { IconArrowsMinimize, IconPencil, IconRefresh } from "@tabler/icons-react";
import { useIsFetching, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo, useRef } from "react";
import type { Cell } from "@/components/answer/answer-read";
import { EmptyState } from "@/components/EmptyState";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { TimeText } from "@/components/TimeText";
import type { DashboardDetail, MetricAnswer, Question } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useMayDo } from "@/lib/session";
import { useLanguage, useWords } from "@/lib/words";
import { annotationsQuery, dashboardQuery, metricsQuery } from "./analytics-queries";
import { DashboardActions, useCopyDashboard } from "./DashboardActions";
import { DashboardEditor } from "./DashboardEditor";
import classes from "./dashboard.module.css";
import { dashboardWords } from "./dashboard-words";
import type { DashboardSearch } from "./explorer-search";
import { explorerWords } from "./explorer-words";
import { OpenedPeople } from "./OpenedPeople";
import { INTERVALS, RANGE_DEFAULT } from "./question";
import { RangeField } from "./RangeField";
import { TileView } from "./TileView";
import { rowsOf, withDays } from "./tile-rules";

export function DashboardPage(): ReactNode {
  const { ref } = useParams({ from: "/shell/insight/dashboards/$ref" });
  return (
    <Permitted permission="reports.read">
      <DashboardView key={ref} id={ref} />
    </Permitted>
  );
}

function DashboardView({ id }: { id: string }): ReactNode {
  const words = useWords(dashboardWords).page;
  const { language } = useLanguage();
  const query = useQuery(dashboardQuery(id));
  const search = useSearch({ from: "/shell/insight/dashboards/$ref" }) as DashboardSearch;
  const navigate = useNavigate({ from: "/insight/dashboards/$ref" });
  const set = (change: DashboardSearch, push = false) =>
    void navigate({
      search: ((now: DashboardSearch) => ({ ...now, ...change })) as never,
      replace: !push,
      resetScroll: false,
    });
  const dashboard = query.data;
  const mayManage = useMayDo()("reports.manage");
  const meeting = useRef<HTMLDivElement>(null);
  if (dashboard && search.edit && mayManage && !dashboard.ready)
    return (
      <DashboardEditor
        dashboard={dashboard}
        onDone={() => set({ edit: undefined } as DashboardSearch)}
      />
    );
  return (
    <Page
      title={dashboard?.title[language] ?? "…"}
      state={dashboard?.description[language]}
      parent={{ label: words.parent, to: "/insight/dashboards" }}
      action={
        dashboard && (
          <>
            {mayManage && (
              <EditButton dashboard={dashboard} onEdit={() => set({ edit: true }, true)} />
            )}
            <DashboardActions
              dashboard={dashboard}
              onMeeting={() => void meeting.current?.requestFullscreen()}
            />
          </>
        )
      }
    >
      <Loaded query={query}>
        {(found) => (
          <div ref={meeting} className={classes.meeting}>
            <div className={classes.meetingTitle}>
              <Text fw={600} size="xl">
                {found.title[language]}
              </Text>
              <Button
                variant="default"
                leftSection={<IconArrowsMinimize size={16} aria-hidden />}
                onClick={() => void document.exitFullscreen()}
              >
                {words.leaveMeeting}
              </Button>
            </div>
            <Tiles dashboard={found} search={search} onSearch={set} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function EditButton({
  dashboard,
  onEdit,
}: {
  dashboard: DashboardDetail;
  onEdit: () => void;
}): ReactNode {
  const words = useWords(dashboardWords).page;
  const copy = useCopyDashboard();
  return (
    <Button
      variant="default"
      leftSection={<IconPencil size={16} aria-hidden />}
      loading={copy.isPending}
      onClick={() => (dashboard.ready ? copy.mutate(dashboard.ref) : onEdit())}
    >
      {dashboard.ready ? words.copyToEdit : words.edit}
    </Button>
  );
}

interface TilesProps {
  dashboard: DashboardDetail;
  search: DashboardSearch;
  onSearch: (change: DashboardSearch, push?: boolean) => void;
}

function Tiles({ dashboard, search, onSearch }: TilesProps): ReactNode {
  const words = useWords(dashboardWords).page;
  const queries = useQueryClient();
  const metrics = useQuery(metricsQuery);
  const happened = useQuery(annotationsQuery());
  const questions = useMemo(
    () => dashboard.tiles.map((tile) => withDays(tile.query, search)),
    [dashboard, search],
  );
  if (dashboard.tiles.length === 0)
    return <EmptyState title={words.emptyTitle} hint={words.emptyHint} />;
  const opened = search.tile === undefined ? undefined : (questions[search.tile] ?? undefined);
  return (
    <>
      <DashboardBar
        dashboard={dashboard}
        search={search}
        onSearch={onSearch}
        questions={questions}
      />
      <div className={classes.grid}>
        {dashboard.tiles.map((tile, at) => (
          <section
            // biome-ignore lint/suspicious/noArrayIndexKey: tiles have no identity but their place
            key={at}
            className={classes.tile}
            data-plain={tile.text !== null || undefined}
            style={{ "--k-width": tile.width, "--k-height": rowsOf(tile) } as never}
          >
            <TileView
              tile={tile}
              question={questions[at] ?? null}
              metric={metrics.data?.find((one) => one.key === tile.query?.metric)}
              days={daysOf(dashboard, search, questions)}
              happened={happened.data ?? NONE}
              onOpen={(cell: Cell) => onSearch({ tile: at, cell }, true)}
            />
          </section>
        ))}
      </div>
      <OpenedPeople
        question={opened}
        answer={opened && queries.getQueryData<MetricAnswer>(["analytics", "answer", opened])}
        cell={search.cell}
        onClose={() => onSearch({ tile: undefined, cell: undefined } as DashboardSearch)}
      />
    </>
  );
}

const NONE: never[] = [];

/** The days that stand above the tiles: those that were chosen, or those of the first tile. */
function daysOf(
  dashboard: DashboardDetail,
  search: DashboardSearch,
  questions: (Question | null)[],
): NonNullable<Question["range"]> {
  const first = questions.find((one) => one !== null);
  return search.range ?? dashboard.range ?? first?.range ?? RANGE_DEFAULT;
}

function DashboardBar({
  dashboard,
  search,
  onSearch,
  questions,
}: TilesProps & { questions: (Question | null)[] }): ReactNode {
  const words = useWords(dashboardWords).page;
  const explorer = useWords(explorerWords);
  const first = questions.find((one) => one !== null);
  const range = daysOf(dashboard, search, questions);
  const interval = search.interval ?? dashboard.interval ?? first?.interval ?? "day";
  return (
    <div className={classes.bar} role="group" aria-label={words.range}>
      <RangeField value={range} onChange={(next) => onSearch({ range: next })} />
      <Select
        size="sm"
        w={128}
        aria-label={words.interval}
        data={INTERVALS.map((value) => ({ value, label: explorer.intervals[value] }))}
        value={interval}
        onChange={(next) => next && onSearch({ interval: next as (typeof INTERVALS)[number] })}
        allowDeselect={false}
      />
      {(search.range || search.interval) && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          onClick={() => onSearch({ range: undefined, interval: undefined } as DashboardSearch)}
        >
          {words.reset}
        </Button>
      )}
      <Age questions={questions} />
    </div>
  );
}

/** How old the oldest figure is, and a way to have all of them anew. */
function Age({ questions }: { questions: (Question | null)[] }): ReactNode {
  const words = useWords(dashboardWords).page;
  const queries = useQueryClient();
  const fetching = useIsFetching({ queryKey: ["analytics", "answer"] });
  const keys = questions.flatMap((one) => (one ? [["analytics", "answer", one] as const] : []));
  const computed = keys
    .map((queryKey) => queries.getQueryData<MetricAnswer>(queryKey)?.computed_at)
    .filter((at) => at !== undefined && at !== "");
  const oldest = computed.toSorted()[0];
  const refresh = () => {
    for (const [, , query] of keys) {
      void queries
        .fetchQuery({
          queryKey: ["analytics", "answer", query],
          staleTime: 0,
          queryFn: ({ signal }) =>
            unwrap(client.POST("/api/analytics/query", { body: { query, max_age_s: 0 }, signal })),
        })
        .catch(() => undefined);
    }
  };
  return (
    <Group gap="xs" className={classes.age}>
      {oldest && (
        <Text size="xs" c="dimmed" component="span">
          <TimeText at={oldest} />
        </Text>
      )}
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        leftSection={<IconRefresh size={14} aria-hidden />}
        loading={fetching > 0}
        onClick={refresh}
      >
        {words.refresh}
      </Button>
    </Group>
  );
}
