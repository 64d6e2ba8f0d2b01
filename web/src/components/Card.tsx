import { Group, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";
import classes from "./Card.module.css";

interface CardProps {
  title?: string;
  hint?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

export function Card({ title, hint, action, children }: CardProps): ReactNode {
  const id = useId();
  return (
    <section className={classes.card} aria-labelledby={title ? id : undefined}>
      {(title || action) && (
        <Group justify="space-between" align="flex-start" mb="sm" gap="xs">
          <div className={classes.head}>
            {title && (
              <Title order={2} id={id}>
                {title}
              </Title>
            )}
            {hint && (
              <Text size="sm" c="dimmed">
                {hint}
              </Text>
            )}
          </div>
          {action}
        </Group>
      )}
      {children}
    </section>
  );
}
