import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { EventRow, ProfileId } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { asList, useLive, useLiveOpen } from "@/lib/live";
import { compact } from "@/lib/search";
import { profileQuery, type TimelineFilter } from "./profile-queries";
import { eventKey, matchesTimeline, mergeEvents } from "./timeline-rules";

const SCROLLED_PX = 240;
const POLL_MS = 4_000;

interface FreshEvents {
  /** What was loaded together with what has arrived since. */
  events: EventRow[];
  /** How many wait above, because the reader is further down. */
  waiting: number;
  ids: Set<string>;
  show: () => void;
}

/** New events slide in at the top; to a reader further down they are announced instead. */
export function useFreshEvents(
  id: ProfileId,
  filter: TimelineFilter,
  loaded: EventRow[],
): FreshEvents {
  const [shown, setShown] = useState<EventRow[]>([]);
  const [waiting, setWaiting] = useState<EventRow[]>([]);
  const queries = useQueryClient();
  const live = useLiveOpen();
  const receive = (arrived: EventRow[]) => {
    const known = new Set([...loaded, ...shown, ...waiting].map(eventKey));
    const added = arrived.filter((event) => !known.has(eventKey(event)));
    if (added.length === 0) return;
    if (window.scrollY > SCROLLED_PX) setWaiting((now) => [...added, ...now]);
    else setShown((now) => [...added, ...now]);
    void queries.invalidateQueries({ queryKey: profileQuery(id).queryKey, exact: true });
  };
  const { refetch } = useQuery({
    queryKey: ["profiles", "one", String(id), "newest", filter],
    queryFn: async ({ signal }) => {
      const page = await unwrap(
        client.GET("/api/profiles/{profile_id}/timeline", {
          params: { path: { profile_id: id }, query: compact({ ...filter, limit: 20 }) },
          signal,
        }),
      );
      receive(page.items);
      return page.items.length;
    },
    enabled: !live && loaded.length > 0,
    refetchInterval: POLL_MS,
  });
  useLive(
    `profile:${id}`,
    (data) => receive(asList(data)),
    () => void refetch(),
  );
  const fitting = shown.filter((event) => matchesTimeline(event, filter));
  const events = useMemo(() => mergeEvents(fitting, loaded), [fitting, loaded]);
  // The socket may join before the first page is here: what both bring is no news.
  const old = new Set(loaded.map(eventKey));
  return {
    events,
    waiting: waiting.filter((event) => matchesTimeline(event, filter)).length,
    ids: new Set(fitting.map(eventKey).filter((key) => !old.has(key))),
    show: () => {
      setShown((now) => [...waiting, ...now]);
      setWaiting([]);
    },
  };
}
