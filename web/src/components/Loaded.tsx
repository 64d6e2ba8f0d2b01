import { Skeleton, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";
import { ErrorState } from "./ErrorState";
import { NoPermission } from "./NoPermission";

interface LoadedProps<T> {
  query: Pick<UseQueryResult<T>, "data" | "error" | "refetch">;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}

/** One of four: the data, a skeleton of it, what went wrong, or who can give access. */
export function Loaded<T>({ query, skeleton, children }: LoadedProps<T>): ReactNode {
  const words = useWords(commonWords);
  if (query.data !== undefined) return children(query.data);
  if (query.error instanceof ApiProblem && query.error.status === 403) {
    return <NoPermission />;
  }
  if (query.error) {
    // What is not there will not be there on a second try.
    const gone = query.error instanceof ApiProblem && query.error.status === 404;
    return (
      <ErrorState error={query.error} onRetry={gone ? undefined : () => void query.refetch()} />
    );
  }
  return (
    <div role="status" aria-label={words.loading}>
      {skeleton ?? <RowsSkeleton />}
    </div>
  );
}

export function RowsSkeleton({ rows = 8 }: { rows?: number }): ReactNode {
  return (
    <Stack gap="sm">
      <Skeleton height={18} width="40%" />
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <Skeleton key={row} height={34} />
      ))}
    </Stack>
  );
}
