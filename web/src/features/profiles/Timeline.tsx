import { Button, Loader, Text } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { EventDetail } from "@/components/EventDetail";
import { Loaded } from "@/components/Loaded";
import { SideDrawer } from "@/components/SideDrawer";
import type { EventRow, ProfileId } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useMe } from "@/lib/session";
import { useWords } from "@/lib/words";
import { timelineQuery } from "./profile-queries";
import { profileWords } from "./profile-words";
import classes from "./Timeline.module.css";
import { TimelineFilters } from "./TimelineFilters";
import { DayHeading, TimelineEvent } from "./TimelineItems";
import { arrangeTimeline, readTimelineFilter, type TimelineItem } from "./timeline-rules";
import { useFreshEvents } from "./use-fresh-events";

export function Timeline({ profileId }: { profileId: ProfileId }): ReactNode {
  const words = useWords(profileWords).timeline;
  const format = useFormat();
  const { workspace } = useMe();
  const search = useSearch({ from: "/shell/customers/profiles/$profileId" });
  const navigate = useNavigate({ from: "/customers/profiles/$profileId" });
  const filter = readTimelineFilter(search, workspace.time_zone);
  const query = useInfiniteQuery(timelineQuery(profileId, filter));
  const loaded = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const fresh = useFreshEvents(profileId, filter, loaded);
  const events = fresh.events;
  const items = useMemo(
    () => arrangeTimeline(events, workspace.time_zone),
    [events, workspace.time_zone],
  );
  const opened = events.find((event) => event.message_id === search.message);
  const filtered = Object.keys(filter).length > 0;
  return (
    <div className={classes.timeline}>
      <TimelineFilters events={events} />
      {fresh.waiting > 0 && (
        <div className={classes.pill}>
          <Button
            size="xs"
            radius="xl"
            leftSection={<IconArrowUp size={14} />}
            onClick={() => {
              fresh.show();
              window.scrollTo({ top: 0, behavior: "smooth" });
            }}
          >
            {words.fresh(format.number(fresh.waiting))}
          </Button>
        </div>
      )}
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() =>
          items.length === 0 ? (
            <EmptyState
              title={filtered ? words.noMatch : words.empty}
              hint={filtered ? words.noMatchHint : words.emptyHint}
            />
          ) : (
            <TimelineList
              items={items}
              freshIds={fresh.ids}
              onOpen={(event) =>
                void navigate({
                  search: (now) => ({ ...now, message: event.message_id }),
                  resetScroll: false,
                })
              }
              onEnd={
                query.hasNextPage && !query.isFetching
                  ? () => void query.fetchNextPage()
                  : undefined
              }
            />
          )
        }
      </Loaded>
      {query.isFetchingNextPage && <Loader size="sm" my="md" />}
      {!query.hasNextPage && items.length > 0 && !filtered && (
        <Text size="xs" c="dimmed" ta="center" my="lg">
          {words.end}
        </Text>
      )}
      <SideDrawer
        opened={opened !== undefined}
        onClose={() =>
          void navigate({
            search: (now) => compact({ ...now, message: undefined }),
            resetScroll: false,
          })
        }
        title={opened?.name}
      >
        {opened && <EventDetail event={opened} />}
      </SideDrawer>
    </div>
  );
}

interface TimelineListProps {
  items: TimelineItem[];
  freshIds: Set<string>;
  onOpen: (event: EventRow) => void;
  onEnd: (() => void) | undefined;
}

const END_ITEMS = 15;

function TimelineList({ items, freshIds, onOpen, onEnd }: TimelineListProps): ReactNode {
  const list = useRef<HTMLOListElement>(null);
  const [margin, setMargin] = useState(0);
  useEffect(() => setMargin(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: (index) => (items[index]?.kind === "day" ? 44 : 58),
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 10,
    scrollMargin: margin,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && last >= items.length - END_ITEMS) onEnd();
  }, [last, items.length, onEnd]);
  return (
    <ol ref={list} className={classes.list} style={{ height: virtual.getTotalSize() }}>
      {shown.map((place) => {
        const item = items[place.index];
        return item ? (
          <li
            key={place.key}
            ref={virtual.measureElement}
            data-index={place.index}
            className={classes.item}
            style={{ transform: `translateY(${place.start - margin}px)` }}
          >
            {item.kind === "day" ? (
              <DayHeading item={item} />
            ) : (
              <TimelineEvent event={item.event} fresh={freshIds.has(item.key)} onOpen={onOpen} />
            )}
          </li>
        ) : null;
      })}
    </ol>
  );
}
