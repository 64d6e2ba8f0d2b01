import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Flow, FlowMinute } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useLive, useLiveOpen } from "@/lib/live";

export const FLOW_MINUTES = 60;
const POLL_MS = 5_000;
/** The socket tells of the minute that runs; this keeps the hour right when it was away. */
const RELOAD_MS = 60_000;

export const flowQuery = queryOptions({
  queryKey: ["collect", "flow"],
  queryFn: ({ signal }) =>
    unwrap(
      client.GET("/api/collect/flow", { params: { query: { minutes: FLOW_MINUTES } }, signal }),
    ),
});

export function useFlow() {
  const queries = useQueryClient();
  const live = useLiveOpen();
  useLive("flow", (minute) => {
    queries.setQueryData(flowQuery.queryKey, (flow) => flow && addMinute(flow, minute));
  });
  return useQuery({ ...flowQuery, refetchInterval: live ? RELOAD_MS : POLL_MS });
}

/** Puts the newest word on a minute in its place, and keeps an hour. */
export function addMinute(flow: Flow, minute: FlowMinute): Flow {
  const others = flow.minutes.filter((one) => one.at !== minute.at);
  const minutes = [...others, minute]
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .slice(-FLOW_MINUTES);
  const last = minutes.at(-2) ?? minutes.at(-1);
  return { ...flow, minutes, per_minute_now: last?.accepted ?? 0, totals: addUp(minutes) };
}

export function addUp(minutes: FlowMinute[]): Flow["totals"] {
  const total = (pick: (minute: FlowMinute) => number) =>
    minutes.reduce((sum, minute) => sum + pick(minute), 0);
  return {
    accepted: total((minute) => minute.accepted),
    refused: total((minute) => minute.refused),
    duplicates: total((minute) => minute.duplicates),
    set_aside: total((minute) => minute.set_aside),
  };
}

/** How the last half of the minutes stands against the half before; nothing when that was empty. */
export function compareHalves(minutes: FlowMinute[]): number | null {
  const middle = Math.floor(minutes.length / 2);
  const before = addUp(minutes.slice(0, middle)).accepted;
  const after = addUp(minutes.slice(middle)).accepted;
  return before === 0 ? null : (after - before) / before;
}
