import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { EventRow } from "@/lib/api";
import { formatAmount, summarizeEvent } from "@/lib/event-summary";
import { useMe } from "@/lib/session";
import { useLanguage } from "@/lib/words";

/** One line on what an event is about: its amount and its object. */
export function EventLine({ event }: { event: EventRow }): ReactNode {
  const { workspace } = useMe();
  const { language } = useLanguage();
  const { amount, text } = summarizeEvent(event.properties, workspace.currency);
  return (
    <Text span size="sm" c="dimmed" truncate>
      {amount && (
        <Text span fw={500} c="var(--mantine-color-text)" mr={8}>
          {formatAmount(amount, language)}
        </Text>
      )}
      {text}
    </Text>
  );
}
