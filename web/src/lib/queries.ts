import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";

/** Reads that more than one feature shows. */

export const sourcesQuery = queryOptions({
  queryKey: ["collect", "sources"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/collect/sources", { signal })),
  staleTime: 30_000,
});

export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/jobs", { signal })),
});

export const scoresQuery = queryOptions({
  queryKey: ["analytics", "scores"],
  queryFn: async ({ signal }) =>
    (await unwrap(client.GET("/api/analytics/scores", { signal }))).items,
});

export const membersQuery = queryOptions({
  queryKey: ["workspace", "members"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/workspace/members", { signal })),
});

export const rolesQuery = queryOptions({
  queryKey: ["workspace", "roles"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/workspace/roles", { signal })),
  staleTime: 300_000,
});

export const purposesQuery = queryOptions({
  queryKey: ["privacy", "purposes"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/privacy/purposes", { signal })),
});

/** People found by name, kana, e-mail, phone or id; for the palette and for merging. */
export function profileSearchQuery(search: string, limit = 8) {
  return queryOptions({
    queryKey: ["profiles", "search", search, limit],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/profiles", { params: { query: { search, limit } }, signal })),
    enabled: search.trim().length > 0,
    staleTime: 10_000,
  });
}

/** Segments by parts of their names and descriptions. */
export function segmentSearchQuery(search: string, limit: number) {
  return queryOptions({
    queryKey: ["segments", "search", search, limit],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/segments", { params: { query: { search, limit } }, signal })),
    staleTime: 10_000,
  });
}

/** Reports and dashboards by parts of their names. */
export function insightSearchQuery(search: string, limit: number) {
  return queryOptions({
    queryKey: ["analytics", "search", search, limit],
    queryFn: async ({ signal }) => {
      const params = { params: { query: { search, limit } }, signal };
      const [reports, dashboards] = await Promise.all([
        unwrap(client.GET("/api/analytics/reports", params)),
        unwrap(client.GET("/api/analytics/dashboards", params)),
      ]);
      return { reports: reports.items, dashboards: dashboards.items.slice(0, limit) };
    },
    staleTime: 10_000,
  });
}
