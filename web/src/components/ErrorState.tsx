import { Button, Code, CopyButton, Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { ApiProblem } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { problemWords } from "@/lib/problem-words";
import { useWords } from "@/lib/words";
import classes from "./State.module.css";

export function ErrorState({ error, onRetry }: { error: Error; onRetry?: () => void }): ReactNode {
  const words = useWords(commonWords);
  const code = error instanceof ApiProblem ? (error.requestId ?? error.code) : error.name;
  return (
    <Stack className={classes.state} gap="xs" role="alert">
      <Title order={2} size="h3">
        {words.errorTitle}
      </Title>
      <Text c="dimmed" size="sm" maw={460}>
        {useErrorText()(error)}
      </Text>
      <Group gap="xs">
        <Text size="xs" c="dimmed">
          {words.errorCode}
        </Text>
        <Code>{code}</Code>
        <CopyButton value={code}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="subtle" onClick={copy}>
              {copied ? words.copied : words.copy}
            </Button>
          )}
        </CopyButton>
      </Group>
      {onRetry && (
        <Button variant="default" mt="xs" onClick={onRetry}>
          {words.retry}
        </Button>
      )}
    </Stack>
  );
}

/** The sentence to show for an error: the server's own, or that it cannot be reached. */
export function useErrorText(): (error: Error) => string {
  const words = useWords(commonWords);
  const problems = useWords(problemWords);
  return (error) => {
    if (error instanceof TypeError) return words.errorOffline;
    if (!(error instanceof ApiProblem)) return error.message;
    const known = problems.byCode[error.code];
    // Details of a query or a file are in the server's sentence alone, so it stands below.
    if (known)
      return /^(sql|file|mapping)_/.test(error.code) ? `${known}\n${error.message}` : known;
    const kind = problems.byKind[error.kind];
    return kind ? `${kind}\n${error.message}` : error.message;
  };
}
