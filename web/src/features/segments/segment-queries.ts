import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import type { Condition } from "@/components/conditions/condition";
import type { SegmentKind } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { compact } from "@/lib/search";

export interface SegmentFilter {
  search?: string;
  kind?: SegmentKind;
  archived?: boolean;
}

const PAGE_ROWS = 100;

export const segmentsQuery = (filter: SegmentFilter) =>
  infiniteQueryOptions({
    queryKey: ["segments", "list", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/segments", {
          params: {
            query: compact({ ...filter, cursor: pageParam ?? undefined, limit: PAGE_ROWS }),
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const segmentQuery = (id: number) =>
  queryOptions({
    queryKey: ["segments", "one", id],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/segments/{id}", { params: { path: { id } }, signal })),
  });

export const membersQuery = (id: number) =>
  infiniteQueryOptions({
    queryKey: ["segments", "one", id, "members"],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/segments/{id}/members", {
          params: {
            path: { id },
            query: compact({ cursor: pageParam ?? undefined, limit: PAGE_ROWS }),
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const movesQuery = (id: number, direction: "entered" | "left" | undefined) =>
  infiniteQueryOptions({
    queryKey: ["segments", "one", id, "moves", direction],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/segments/{id}/moves", {
          params: {
            path: { id },
            query: compact({ direction, cursor: pageParam ?? undefined, limit: PAGE_ROWS }),
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const sizesQuery = (id: number, days: number) =>
  queryOptions({
    queryKey: ["segments", "one", id, "sizes", days],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/segments/{id}/sizes", {
          params: { path: { id }, query: { days } },
          signal,
        }),
      ),
  });

export const overlapQuery = (ids: number[]) =>
  queryOptions({
    queryKey: ["segments", "overlap", ids],
    queryFn: ({ signal }) =>
      unwrap(client.POST("/api/segments/overlap", { body: { ids }, signal })),
    enabled: ids.length > 1,
  });

export const segmentsOfQuery = (profileId: string) =>
  queryOptions({
    queryKey: ["profiles", "one", profileId, "segments"],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/profiles/{profile_id}/segments", {
          params: { path: { profile_id: profileId } },
          signal,
        }),
      ),
  });

/** Exactly who meets a condition now; slow enough that somebody has to ask for it. */
export const previewQuery = (condition: Condition) =>
  queryOptions({
    queryKey: ["segments", "preview", condition],
    queryFn: ({ signal }) =>
      unwrap(
        client.POST("/api/segments/preview", { body: { condition: asBody(condition) }, signal }),
      ),
    staleTime: 60_000,
    retry: false,
  });

/** The document calls a condition any object. */
export function asBody(condition: Condition): Record<string, unknown> {
  return { ...condition };
}

export function refreshSegments(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries({ queryKey: ["segments"] });
}
