import { Box, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./State.module.css";

interface EmptyStateProps {
  title: string;
  /** What this place is for, in one or two sentences. */
  hint?: ReactNode;
  example?: ReactNode;
  action?: ReactNode;
}

export function EmptyState({ title, hint, example, action }: EmptyStateProps): ReactNode {
  return (
    <Stack className={classes.state} gap="xs">
      <Title order={2} size="h3">
        {title}
      </Title>
      {hint && (
        <Text c="dimmed" size="sm" maw={460}>
          {hint}
        </Text>
      )}
      {example && <Box className={classes.example}>{example}</Box>}
      {action}
    </Stack>
  );
}
