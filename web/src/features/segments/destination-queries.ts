import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Delivery } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { compact } from "@/lib/search";

export const destinationsQuery = (segmentId: number) =>
  queryOptions({
    queryKey: ["segments", "one", segmentId, "destinations"],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/segments/{id}/destinations", {
          params: { path: { id: segmentId }, query: { limit: 100 } },
          signal,
        }),
      ),
  });

export const destinationKindsQuery = (language: string) =>
  queryOptions({
    queryKey: ["segments", "destination-kinds", language],
    queryFn: ({ signal }) => unwrap(client.GET("/api/segments/destination-kinds", { signal })),
    staleTime: 300_000,
  });

export const deliveriesQuery = (destinationId: number, state: Delivery["state"] | undefined) =>
  infiniteQueryOptions({
    queryKey: ["segments", "deliveries", destinationId, state],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/segments/destinations/{id}/deliveries", {
          params: {
            path: { id: destinationId },
            query: compact({ state, cursor: pageParam ?? undefined, limit: 50 }),
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
