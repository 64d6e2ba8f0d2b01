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
export function addMinute(flow: Flow, minute: FlowMinute, now = Date.now()): Flow {
  const others = flow.minutes.filter((one) => one.at !== minute.at);
  const minutes = [...others, minute]
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .slice(-FLOW_MINUTES);
  return { ...flow, minutes, per_minute_now: rateNow(minutes, now), totals: addUp(minutes) };
}

/** Events of the last sixty seconds, as the server reckons them: the present minute, and the share
 * of the one before. */
function rateNow(minutes: FlowMinute[], now: number): number {
  const [before, present] = minutes.slice(-2);
  if (!before || !present) return before?.accepted ?? 0;
  const seconds = Math.min(60, Math.max(0, (now - Date.parse(present.at)) / 1_000));
  return Math.round(present.accepted + before.accepted * (1 - seconds / 60));
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
