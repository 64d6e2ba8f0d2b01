import { infiniteQueryOptions } from "@tanstack/react-query";
import type { Question } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import type { Cell } from "./answer-read";

const PAGE_ROWS = 100;

/** Who is behind a cell of the answer to a question. */
export const peopleQuery = (query: Question, cell: Cell) =>
  infiniteQueryOptions({
    queryKey: ["analytics", "people", query, cell],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.POST("/api/analytics/people", {
          body: { query, cell, cursor: pageParam, limit: PAGE_ROWS },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 60_000,
    retry: false,
  });
