import { Group, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { sightWords } from "@/lib/sight-words";
import { useWords } from "@/lib/words";

/** A value that is not shown in full, and who can give access to it. */
export function Masked({ children }: { children: ReactNode }): ReactNode {
  return (
    <Group component="span" gap={4} wrap="nowrap" display="inline-flex" maw="100%">
      <Text component="span" inherit c="dimmed" truncate>
        {children}
      </Text>
      <MaskedLock />
    </Group>
  );
}

export function MaskedLock(): ReactNode {
  const words = useWords(sightWords);
  return (
    <Tooltip
      label={words.hint}
      multiline
      maw={280}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Text component="span" c="dimmed" lh={0}>
        <IconLock size={13} aria-hidden />
        <VisuallyHidden>{words.masked}</VisuallyHidden>
      </Text>
    </Tooltip>
  );
}

/** Above what holds masked values among others: an event, a request. */
export function MaskedNote({ masked }: { masked: string[] | undefined }): ReactNode {
  const words = useWords(sightWords);
  if (!masked?.length) return null;
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Text component="span" c="dimmed" pt={3} lh={0}>
        <IconLock size={14} aria-hidden />
      </Text>
      <Text size="sm" c="dimmed">
        {words.someMasked} {words.hint}
      </Text>
    </Group>
  );
}
