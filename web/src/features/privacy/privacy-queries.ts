import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { ProfileId } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { compact } from "@/lib/search";

export const versionsQuery = (key: string) =>
  queryOptions({
    queryKey: ["privacy", "purposes", key, "versions"],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/privacy/purposes/{key}/versions", { params: { path: { key } }, signal }),
      ),
  });

export const answeredQuery = queryOptions({
  queryKey: ["privacy", "answered"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/privacy/answered", { signal })),
});

export const withheldQuery = (days: number) =>
  queryOptions({
    queryKey: ["privacy", "withheld", days],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/privacy/withheld", { params: { query: { days } }, signal })),
  });

export const consentQuery = (id: ProfileId) =>
  queryOptions({
    queryKey: ["privacy", "people", id, "consent"],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/privacy/people/{profile_id}/consent", {
          params: { path: { profile_id: id } },
          signal,
        }),
      ),
  });

export const answersQuery = (id: ProfileId) =>
  infiniteQueryOptions({
    queryKey: ["privacy", "people", id, "answers"],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/privacy/people/{profile_id}/answers", {
          params: {
            path: { profile_id: id },
            query: compact({ cursor: pageParam ?? undefined, limit: 20 }),
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
