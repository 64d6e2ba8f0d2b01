import { useQuery } from "@tanstack/react-query";
import { useReducer } from "react";
import type { EventRow } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { asList, useLive, useLiveOpen } from "@/lib/live";

export const TAIL_EVENTS_MAX = 500;
const POLL_MS = 2_000;

export interface TailFilter {
  name?: string;
  source?: number;
  touchpoint?: string;
  profile?: string;
}

interface TailState {
  events: EventRow[];
  waiting: EventRow[];
  paused: boolean;
}

type TailAction = { kind: "arrive"; events: EventRow[] } | { kind: "toggle" };

/** Newest first, each event once, and nothing moves while paused. */
export function reduceTail(state: TailState, action: TailAction): TailState {
  if (action.kind === "toggle") {
    return state.paused
      ? { events: mergeNewest(state.waiting, state.events), waiting: [], paused: false }
      : { ...state, paused: true };
  }
  if (!state.paused) return { ...state, events: mergeNewest(action.events, state.events) };
  // A page fetched again brings what is shown already.
  const unseen = listFresh(action.events, state.events);
  return { ...state, waiting: mergeNewest(unseen, state.waiting) };
}

function listFresh(arrived: EventRow[], known: EventRow[]): EventRow[] {
  const seen = new Set(known.map(eventKey));
  return arrived.filter((event) => {
    const key = eventKey(event);
    const fresh = !seen.has(key);
    seen.add(key);
    return fresh;
  });
}

function mergeNewest(arrived: EventRow[], known: EventRow[]): EventRow[] {
  const fresh = listFresh(arrived, known);
  if (fresh.length === 0) return known;
  return [...fresh, ...known]
    .toSorted((a, b) => b.received_at.localeCompare(a.received_at))
    .slice(0, TAIL_EVENTS_MAX);
}

function eventKey(event: EventRow): string {
  return `${event.source_id} ${event.message_id}`;
}

export function matchesTail(event: EventRow, filter: TailFilter): boolean {
  const name = filter.name?.toLowerCase();
  return (
    (name === undefined || event.name.toLowerCase().includes(name)) &&
    (filter.source === undefined || event.source_id === filter.source) &&
    (filter.touchpoint === undefined || event.touchpoint === filter.touchpoint) &&
    (filter.profile === undefined || String(event.profile_id ?? "").startsWith(filter.profile))
  );
}

interface Tail {
  events: EventRow[];
  waiting: number;
  paused: boolean;
  toggle: () => void;
}

/** Begins with what the server still has, then follows the socket; polls where there is none. */
export function useTail(): Tail {
  const [state, dispatch] = useReducer(reduceTail, { events: [], waiting: [], paused: false });
  const live = useLiveOpen();
  const { refetch } = useQuery({
    queryKey: ["collect", "tail"],
    queryFn: async ({ signal }) => {
      const page = await unwrap(
        client.GET("/api/collect/tail", { params: { query: { limit: 200 } }, signal }),
      );
      dispatch({ kind: "arrive", events: page.items });
      return page.items.length;
    },
    refetchInterval: live ? false : POLL_MS,
    staleTime: 0,
  });
  useLive(
    "tail",
    (data) => dispatch({ kind: "arrive", events: asList(data) }),
    () => void refetch(),
  );
  return {
    events: state.events,
    waiting: state.waiting.length,
    paused: state.paused,
    toggle: () => dispatch({ kind: "toggle" }),
  };
}
