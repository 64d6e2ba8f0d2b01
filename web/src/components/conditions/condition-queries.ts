import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "@/lib/client";
import { compact } from "@/lib/search";
import type { Condition, Scalar } from "./condition";

const CATALOGUE_STALE_MS = 60_000;
const ESTIMATE_STALE_MS = 20_000;

/** What conditions can be about: events, traits, purposes, segments. */
export const catalogueQuery = queryOptions({
  queryKey: ["segments", "catalogue"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/segments/catalogue", { signal })),
  staleTime: CATALOGUE_STALE_MS,
});

export interface ValueSource {
  kind: "trait" | "property";
  name: string;
  event?: string;
}

export const valuesQuery = (source: ValueSource | null, search: string) =>
  queryOptions({
    queryKey: ["segments", "catalogue", "values", source, search],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/segments/catalogue/values", {
          params: {
            query: compact({
              kind: source?.kind ?? ("trait" as const),
              name: source?.name ?? "",
              event: source?.event,
              search: search || undefined,
            }) as { kind: "trait" | "property"; name: string },
          },
          signal,
        }),
      ) as Promise<{ values: { value: Scalar; count: number }[]; sampled: number }>,
    enabled: Boolean(source?.name),
    staleTime: CATALOGUE_STALE_MS,
    placeholderData: keepPreviousData,
  });

export const checkQuery = (condition: Condition) =>
  queryOptions({
    queryKey: ["segments", "check", condition],
    queryFn: ({ signal }) =>
      unwrap(client.POST("/api/segments/check", { body: { condition } as never, signal })),
    staleTime: ESTIMATE_STALE_MS,
    placeholderData: keepPreviousData,
  });

export const estimateQuery = (condition: Condition, enabled: boolean) =>
  queryOptions({
    queryKey: ["segments", "estimate", condition],
    queryFn: ({ signal }) =>
      unwrap(client.POST("/api/segments/estimate", { body: { condition } as never, signal })),
    staleTime: ESTIMATE_STALE_MS,
    placeholderData: keepPreviousData,
    enabled,
  });

export const templatesQuery = queryOptions({
  queryKey: ["segments", "templates"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/segments/templates", { signal })),
  staleTime: CATALOGUE_STALE_MS,
});
