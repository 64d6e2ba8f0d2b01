import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Question } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { compact } from "@/lib/search";

const PAGE_ROWS = 100;
const METRICS_STALE_MS = 10 * 60_000;
const ANSWER_STALE_MS = 60_000;

export const metricsQuery = queryOptions({
  queryKey: ["analytics", "metrics"],
  queryFn: async ({ signal }) =>
    (await unwrap(client.GET("/api/analytics/metrics", { signal }))).items,
  staleTime: METRICS_STALE_MS,
});

/** The answer to a question; leaving it stops the computation. */
export const answerQuery = (query: Question | undefined, maxAgeS: number) =>
  queryOptions({
    queryKey: ["analytics", "answer", query],
    queryFn: ({ signal }) =>
      unwrap(
        client.POST("/api/analytics/query", {
          body: { query: query as Question, max_age_s: maxAgeS },
          signal,
        }),
      ),
    enabled: query !== undefined,
    staleTime: ANSWER_STALE_MS,
    retry: false,
  });

export const runQuery = (id: number | undefined) =>
  queryOptions({
    queryKey: ["analytics", "run", id],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/analytics/runs/{id}", { params: { path: { id: id ?? 0 } }, signal })),
    enabled: id !== undefined,
    retry: false,
  });

export const reportsQuery = (filter: { search?: string; metric?: string }) =>
  infiniteQueryOptions({
    queryKey: ["analytics", "reports", "list", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/analytics/reports", {
          params: {
            query: compact({ ...filter, cursor: pageParam ?? undefined, limit: PAGE_ROWS }),
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const reportQuery = (id: number | undefined) =>
  queryOptions({
    queryKey: ["analytics", "reports", "one", id],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/analytics/reports/{id}", { params: { path: { id: id ?? 0 } }, signal }),
      ),
    enabled: id !== undefined,
  });

export const dashboardsQuery = (search?: string) =>
  infiniteQueryOptions({
    queryKey: ["analytics", "dashboards", "list", search],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/analytics/dashboards", {
          params: { query: compact({ search, cursor: pageParam ?? undefined, limit: PAGE_ROWS }) },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const dashboardQuery = (ref: string) =>
  queryOptions({
    queryKey: ["analytics", "dashboards", "one", ref],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/analytics/dashboards/{ref}", { params: { path: { ref } }, signal })),
  });

/** What happened between two instants; all of it without them. */
export const annotationsQuery = (since?: string, until?: string) =>
  queryOptions({
    queryKey: ["analytics", "annotations", since, until],
    queryFn: async ({ signal }) =>
      (
        await unwrap(
          client.GET("/api/analytics/annotations", {
            params: { query: compact({ since, until, limit: PAGE_ROWS }) },
            signal,
          }),
        )
      ).items,
    staleTime: ANSWER_STALE_MS,
    placeholderData: keepPreviousData,
  });

export type TargetKind = "report" | "dashboard";

export const sharesQuery = (kind: TargetKind, ref: string) =>
  queryOptions({
    queryKey: ["analytics", "shares", kind, ref],
    queryFn: async ({ signal }) =>
      (
        await unwrap(
          client.GET("/api/analytics/shares", {
            params: { query: { kind, ref, limit: PAGE_ROWS } },
            signal,
          }),
        )
      ).items,
  });

export const schedulesQuery = (kind: TargetKind, ref: string) =>
  queryOptions({
    queryKey: ["analytics", "schedules", kind, ref],
    queryFn: async ({ signal }) =>
      (
        await unwrap(
          client.GET("/api/analytics/schedules", {
            params: { query: { kind, ref, limit: PAGE_ROWS } },
            signal,
          }),
        )
      ).items,
  });

export const mailQuery = queryOptions({
  queryKey: ["analytics", "mail"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/analytics/schedules/mail", { signal })),
});
