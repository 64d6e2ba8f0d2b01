import { Button, Text } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { EventDetail } from "@/components/EventDetail";
import { EventLine } from "@/components/EventLine";
import { FilterBar, FilterSelect } from "@/components/FilterBar";
import { LiveDot } from "@/components/LiveDot";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { SideDrawer } from "@/components/SideDrawer";
import { TOUCHPOINTS, TouchpointIcon } from "@/components/TouchpointIcon";
import type { EventRow } from "@/lib/api";
import { isTelling } from "@/lib/event-summary";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { sourcesQuery } from "@/lib/queries";
import { compact } from "@/lib/search";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";
import { matchesTail, TAIL_EVENTS_MAX, type TailFilter, useTail } from "./tail";

export function LivePage(): ReactNode {
  const words = useWords(collectWords).live;
  return (
    <Permitted permission="collect.read">
      <Tail title={words.title} />
    </Permitted>
  );
}

function Tail({ title }: { title: string }): ReactNode {
  const words = useWords(collectWords).live;
  const format = useFormat();
  const { message, ...filter } = useSearch({ from: "/shell/data/live" });
  const navigate = useNavigate({ from: "/data/live" });
  const tail = useTail();
  const shown = tail.events.filter((event) => matchesTail(event, filter));
  const opened = tail.events.find((event) => event.message_id === message);
  const columns = useTailColumns();
  const setFilter = (change: TailFilter) =>
    void navigate({ search: (now) => compact({ ...now, ...change }), replace: true });
  return (
    <Page
      title={title}
      state={
        tail.paused ? words.paused(format.number(tail.waiting)) : <LiveDot text={words.state} />
      }
      action={
        <Button
          variant={tail.paused ? "filled" : "default"}
          leftSection={tail.paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
          onClick={tail.toggle}
        >
          {tail.paused ? words.goOn : words.pause}
        </Button>
      }
    >
      <DataTable
        name="tail"
        label={title}
        columns={columns}
        rows={shown}
        rowKey={(event) => `${event.source_id}.${event.message_id}`}
        onOpen={(event) =>
          void navigate({ search: (now) => ({ ...now, message: event.message_id }) })
        }
        filters={<TailFilters filter={filter} onChange={setFilter} />}
        empty={
          <EmptyState
            title={words.emptyTitle}
            hint={words.emptyHint}
            action={
              <Button component={Link} to="/data/sources" variant="default" mt="xs">
                {words.emptyAction}
              </Button>
            }
          />
        }
      />
      <Text size="xs" c="dimmed" mt="xs">
        {words.kept(format.number(TAIL_EVENTS_MAX))}
      </Text>
      <SideDrawer
        opened={opened !== undefined}
        onClose={() => void navigate({ search: (now) => compact({ ...now, message: undefined }) })}
        title={opened?.name}
      >
        {opened && <EventDetail event={opened} linked />}
      </SideDrawer>
    </Page>
  );
}

function TailFilters({
  filter,
  onChange,
}: {
  filter: TailFilter;
  onChange: (change: TailFilter) => void;
}): ReactNode {
  const words = useWords(collectWords).live;
  const names = useNames();
  const { data } = useQuery(sourcesQuery);
  const none: TailFilter = {
    name: undefined,
    source: undefined,
    touchpoint: undefined,
    profile: undefined,
  };
  const active = Object.values(filter).some((value) => value !== undefined);
  return (
    <FilterBar onClear={active ? () => onChange(none) : undefined}>
      <SearchField
        label={words.filterName}
        width={180}
        waitMs={0}
        value={filter.name ?? ""}
        onChange={(name) => onChange({ name: name || undefined })}
      />
      <FilterSelect
        label={words.source}
        value={filter.source?.toString()}
        options={(data?.items ?? []).map((source) => ({
          value: String(source.id),
          label: source.name,
        }))}
        onChange={(source) => onChange({ source: source ? Number(source) : undefined })}
      />
      <FilterSelect
        label={words.touchpoint}
        value={filter.touchpoint}
        options={TOUCHPOINTS.map((key) => ({ value: key, label: names.touchpoint(key) }))}
        onChange={(touchpoint) => onChange({ touchpoint })}
      />
      <SearchField
        label={words.filterProfile}
        width={150}
        waitMs={0}
        value={filter.profile ?? ""}
        onChange={(profile) => onChange({ profile: profile || undefined })}
      />
    </FilterBar>
  );
}

function useTailColumns(): Column<EventRow>[] {
  const words = useWords(collectWords).live;
  const format = useFormat();
  const names = useNames();
  const { data } = useQuery(sourcesQuery);
  return useMemo(() => {
    const sourceName = (id: number) =>
      data?.items.find((source) => source.id === id)?.name ?? `#${id}`;
    return [
      { id: "name", header: words.event, width: 190, cell: (event) => event.name },
      {
        id: "what",
        header: words.what,
        width: 300,
        cell: (event) => (isTelling(event) ? <EventLine event={event} /> : null),
      },
      {
        id: "touchpoint",
        header: words.touchpoint,
        width: 120,
        cell: (event) => (
          <span
            style={{
              display: "inline-flex",
              alignItems: "center",
              gap: 6,
              verticalAlign: "middle",
            }}
          >
            <TouchpointIcon touchpoint={event.touchpoint} size={15} />{" "}
            {names.touchpoint(event.touchpoint)}
          </span>
        ),
      },
      {
        id: "source",
        header: words.source,
        width: 140,
        cell: (event) => sourceName(event.source_id),
      },
      {
        id: "profile",
        header: words.profile,
        width: 110,
        cell: (event) =>
          event.profile_id == null ? (
            "–"
          ) : (
            <Link
              to="/customers/profiles/$profileId"
              params={{ profileId: String(event.profile_id) }}
            >
              {String(event.profile_id).slice(0, 8)}
            </Link>
          ),
      },
      {
        id: "time",
        header: words.time,
        width: 90,
        align: "end",
        cell: (event) => format.time(event.received_at),
      },
    ];
  }, [words, format, names, data]);
}
