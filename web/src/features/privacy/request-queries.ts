import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { PrivacyRequestDetail, ProfileId, RequestKind, RequestState } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { compact } from "@/lib/search";

export interface RequestFilter {
  kind?: RequestKind;
  state?: RequestState;
  overdue?: boolean;
}

export const REQUESTS_KEY = ["privacy", "requests"] as const;

export const requestsQuery = (filter: RequestFilter) =>
  infiniteQueryOptions({
    queryKey: [...REQUESTS_KEY, "list", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/privacy/requests", {
          params: { query: compact({ ...filter, cursor: pageParam ?? undefined, limit: 100 }) },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

/** What is overdue stands first, however long ago it came: it is asked for by itself. */
export const overdueQuery = queryOptions({
  queryKey: [...REQUESTS_KEY, "overdue"],
  queryFn: ({ signal }) =>
    unwrap(
      client.GET("/api/privacy/requests", {
        params: { query: { overdue: true, limit: 100 } },
        signal,
      }),
    ),
});

export const summaryQuery = queryOptions({
  queryKey: [...REQUESTS_KEY, "summary"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/privacy/requests/summary", { signal })),
});

export const suppressionsQuery = queryOptions({
  queryKey: [...REQUESTS_KEY, "suppressions"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/privacy/suppressions", { signal })),
});

export const requestQuery = (id: number) =>
  queryOptions({
    queryKey: [...REQUESTS_KEY, "one", id],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/privacy/requests/{id}", { params: { path: { id } }, signal })),
  });

export const jobQuery = (id: number) =>
  queryOptions({
    queryKey: ["jobs", id],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/jobs/{id}", { params: { path: { id } }, signal })),
  });

export const profileQuery = (id: ProfileId) =>
  queryOptions({
    queryKey: ["profiles", "one", String(id)],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/profiles/{profile_id}", { params: { path: { profile_id: id } }, signal }),
      ),
  });

export const EVENTS_COUNTED_MAX = 200;

/** How many events a customer has, up to a bound: the lake is not counted for a sentence. */
export const eventCountQuery = (id: ProfileId) =>
  queryOptions({
    queryKey: ["privacy", "people", id, "events"],
    queryFn: async ({ signal }) => {
      const path = { profile_id: id };
      const query = { limit: EVENTS_COUNTED_MAX };
      const page = await unwrap(
        client.GET("/api/profiles/{profile_id}/timeline", { params: { path, query }, signal }),
      );
      return { events: page.items.length, more: Boolean(page.next_cursor) };
    },
  });

export type RequestAction =
  | { kind: "start" }
  | { kind: "extend" | "refuse"; reason: string }
  | { kind: "complete"; note: string };

export function actOnRequest(id: number, action: RequestAction): Promise<PrivacyRequestDetail> {
  const params = { path: { id } };
  if (action.kind === "start")
    return unwrap(client.POST("/api/privacy/requests/{id}/start", { params }));
  if (action.kind === "complete") {
    const body = { note: action.note };
    return unwrap(client.POST("/api/privacy/requests/{id}/complete", { params, body }));
  }
  const body = { reason: action.reason };
  return unwrap(
    action.kind === "extend"
      ? client.POST("/api/privacy/requests/{id}/extend", { params, body })
      : client.POST("/api/privacy/requests/{id}/refuse", { params, body }),
  );
}
