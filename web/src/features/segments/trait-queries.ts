import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "@/lib/client";
import { compact } from "@/lib/search";
import type { Figure } from "./trait-draft";

const PAGE_ROWS = 100;
const BUILDING_MS = 2_000;

export const traitsQuery = (search: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["segments", "traits", "list", search],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/segments/traits", {
          params: { query: compact({ search, cursor: pageParam ?? undefined, limit: PAGE_ROWS }) },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some((one) => one.state === "building"))
        ? BUILDING_MS
        : false,
  });

export const traitQuery = (id: number) =>
  queryOptions({
    queryKey: ["segments", "traits", "one", id],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/segments/traits/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.state === "building" ? BUILDING_MS : false),
  });

/** What a figure is for everybody now; slow enough that somebody has to ask for it. */
export const traitPreviewQuery = (figure: Figure) =>
  queryOptions({
    queryKey: ["segments", "traits", "preview", figure],
    queryFn: ({ signal }) =>
      unwrap(
        client.POST("/api/segments/traits/preview", {
          body: { figure: { ...figure } as Record<string, unknown> },
          signal,
        }),
      ),
    staleTime: 60_000,
    retry: false,
  });

export function refreshTraits(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries({ queryKey: ["segments", "traits"] });
}
