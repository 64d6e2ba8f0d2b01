import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { ProfileId } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { compact } from "@/lib/search";

export interface ProfileFilter {
  search?: string;
  sort?: string;
  identified?: boolean;
}

export const profilesQuery = (filter: ProfileFilter) =>
  infiniteQueryOptions({
    queryKey: ["profiles", "list", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/profiles", {
          params: { query: compact({ ...filter, cursor: pageParam ?? undefined, limit: 100 }) },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const profileQuery = (id: ProfileId) =>
  queryOptions({
    queryKey: ["profiles", "one", String(id)],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/profiles/{profile_id}", { params: { path: { profile_id: id } }, signal }),
      ),
  });

export const identityQuery = (id: ProfileId) =>
  queryOptions({
    queryKey: ["profiles", "one", String(id), "identity"],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/profiles/{profile_id}/identity", {
          params: { path: { profile_id: id } },
          signal,
        }),
      ),
  });

export interface TimelineFilter {
  touchpoint?: string[];
  event?: string[];
  from?: string;
  to?: string;
}

export const timelineQuery = (id: ProfileId, filter: TimelineFilter) =>
  infiniteQueryOptions({
    queryKey: ["profiles", "one", String(id), "timeline", filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/profiles/{profile_id}/timeline", {
          params: {
            path: { profile_id: id },
            query: compact({ ...filter, cursor: pageParam ?? undefined, limit: 50 }),
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 0,
  });
