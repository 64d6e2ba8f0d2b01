import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { Link, type LinkProps } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import classes from "./Page.module.css";

interface PageProps {
  title: string;
  /** One sentence on how things stand; empty while it is not known. */
  state?: ReactNode;
  action?: ReactNode;
  /** Where this page hangs: the list a record belongs to. */
  parent?: { label: string; to: LinkProps["to"] };
  width?: "full" | "text";
  children: ReactNode;
}

export function Page({
  title,
  state,
  action,
  parent,
  width = "full",
  children,
}: PageProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · Kizuna`;
  }, [title]);
  return (
    <div className={classes.page} data-width={width}>
      {parent && (
        <Anchor component={Link} to={parent.to as "/"} size="sm" className={classes.parent}>
          <IconArrowLeft size={14} aria-hidden /> {parent.label}
        </Anchor>
      )}
      <Group component="header" justify="space-between" align="flex-start" gap="sm" mb="md">
        <Stack gap={2} className={classes.heading}>
          <Title order={1}>{title}</Title>
          {state && (
            <Text c="dimmed" size="sm" component="div">
              {state}
            </Text>
          )}
        </Stack>
        {action && <Group gap="xs">{action}</Group>}
      </Group>
      {children}
    </div>
  );
}
