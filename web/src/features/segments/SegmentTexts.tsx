import { Badge, Group, Loader, Text, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconBolt, IconClock, IconList } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Segment } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { segmentWords } from "./segment-words";

const ICONS = { live: IconBolt, scheduled: IconClock, static: IconList };

/** How a segment is kept up to date. */
export function KindText({ segment }: { segment: Pick<Segment, "kind" | "every"> }): ReactNode {
  const words = useWords(segmentWords);
  const Icon = ICONS[segment.kind];
  const way = segment.kind === "scheduled" ? (segment.every ?? "day") : segment.kind;
  return (
    <Tooltip label={words.kindHints[way]}>
      <Group component="span" gap={5} wrap="nowrap" display="inline-flex">
        <Icon size={15} aria-hidden />
        <Text span size="sm">
          {words.kinds[way]}
        </Text>
      </Group>
    </Tooltip>
  );
}

/** Whether the members are worked out; nothing is said of those that are. */
export function StateBadge({
  segment,
}: {
  segment: Pick<Segment, "state" | "error" | "archived_at">;
}): ReactNode {
  const words = useWords(segmentWords).states;
  if (segment.archived_at)
    return (
      <Badge variant="light" color="gray">
        {words.archived}
      </Badge>
    );
  if (segment.state === "building")
    return (
      <Badge variant="light" leftSection={<Loader size={10} aria-hidden />}>
        {words.building}
      </Badge>
    );
  if (segment.state === "failed")
    return (
      <Tooltip label={segment.error ?? words.failed}>
        <Badge
          variant="light"
          color="red"
          leftSection={<IconAlertTriangle size={11} aria-hidden />}
        >
          {words.failed}
        </Badge>
      </Tooltip>
    );
  return null;
}

/** `+12 −3`; nothing where nobody moved. */
export function ChangeText({ entered, left }: { entered: number; left: number }): ReactNode {
  const words = useWords(segmentWords).list;
  const format = useFormat();
  if (entered === 0 && left === 0) return "–";
  return (
    <Text
      span
      size="sm"
      aria-label={words.changeOf(format.number(entered), format.number(left))}
      role="img"
    >
      +{format.number(entered)} −{format.number(left)}
    </Text>
  );
}
