import { Anchor, Badge, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { EventRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { sourcesQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { CopyField } from "./CopyField";
import { eventDetailWords } from "./event-detail-words";
import { JsonView } from "./JsonView";
import { MaskedNote } from "./Masked";
import { TouchpointIcon } from "./TouchpointIcon";

/** Everything that is known about one event; `linked` when it is not shown on its profile already. */
export function EventDetail({ event, linked }: { event: EventRow; linked?: boolean }): ReactNode {
  const words = useWords(eventDetailWords);
  const names = useNames();
  const format = useFormat();
  const sources = useQuery({ ...sourcesQuery, enabled: useMayDo()("collect.read") });
  const source = sources.data?.items.find((one) => one.id === event.source_id);
  return (
    <Stack gap="md">
      <Group gap="xs">
        <Badge
          variant="light"
          color="gray"
          leftSection={<TouchpointIcon touchpoint={event.touchpoint} size={13} />}
        >
          {names.touchpoint(event.touchpoint)}
        </Badge>
        <Badge variant="outline" color="gray">
          {event.type}
        </Badge>
      </Group>
      <Stack gap={2}>
        <Text size="sm">
          {words.happened} {format.dateTime(event.time)}
        </Text>
        <Text size="sm" c="dimmed">
          {words.received} {format.dateTime(event.received_at)} · {words.source}{" "}
          {source?.name ?? event.source_id}
        </Text>
      </Stack>
      {linked && event.profile_id != null && (
        <Anchor
          component={Link}
          to="/customers/profiles/$profileId"
          params={{ profileId: String(event.profile_id) } as never}
          size="sm"
        >
          {words.profile} →
        </Anchor>
      )}
      <MaskedNote masked={event.masked} />
      <div>
        <Text size="sm" fw={600} mb={4}>
          {words.properties}
        </Text>
        <JsonView value={event.properties} label={words.properties} />
      </div>
      <div>
        <Text size="sm" fw={600} mb={4}>
          {words.context}
        </Text>
        <JsonView value={event.context} label={words.context} />
      </div>
      <CopyField label={words.messageId} value={event.message_id} />
    </Stack>
  );
}
