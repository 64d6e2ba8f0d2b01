import { Button, Skeleton, Stack } from "@mantine/core";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ErrorState } from "@/components/ErrorState";
import { useWords } from "@/lib/words";
import { appWords } from "./app-words";

export function NotFoundPage(): ReactNode {
  const words = useWords(appWords);
  return (
    <main>
      <EmptyState
        title={words.notFoundTitle}
        hint={words.notFoundHint}
        action={
          <Button component={Link} to="/" variant="default" mt="sm">
            {words.toHome}
          </Button>
        }
      />
    </main>
  );
}

export function PagePending(): ReactNode {
  return (
    <Stack p="xl" gap="md" aria-busy="true">
      <Skeleton height={28} width={220} />
      <Skeleton height={14} width={340} />
      <Skeleton height={280} mt="md" />
    </Stack>
  );
}

export function PageError({ error: thrown, reset }: ErrorComponentProps): ReactNode {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const words = useWords(appWords);
  const outdated = isOutdated(error);
  useEffect(() => {
    document.title = "Kizuna";
  }, []);
  if (!outdated) return <ErrorState error={error} onRetry={reset} />;
  return (
    <EmptyState
      title={words.newVersion}
      action={<Button onClick={() => location.reload()}>{words.reload}</Button>}
    />
  );
}

// After an update the files of the old version are gone, and a page not yet opened cannot load.
function isOutdated(error: Error): boolean {
  return /dynamically imported module|module script failed|error loading dynamically/i.test(
    error.message,
  );
}
