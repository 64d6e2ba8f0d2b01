import { Group, Text, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconClock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { PrivacyRequest } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useMe } from "@/lib/session";
import { useWords } from "@/lib/words";
import classes from "./DueBar.module.css";
import { isOpen, lastMoment, readDeadline } from "./request-rules";
import { requestWords } from "./request-words";

/** How much of the time to answer is left: a bar, and the days in words. Of what has ended, the day. */
export function DueBar({ request }: { request: PrivacyRequest }): ReactNode {
  const words = useWords(requestWords).table;
  const format = useFormat();
  const { workspace } = useMe();
  const date = format.date(lastMoment(request.due_at));
  if (!isOpen(request)) {
    return (
      <Text span size="sm" c="dimmed">
        {date}
      </Text>
    );
  }
  const { days, share, urgency } = readDeadline(request, workspace.time_zone, new Date());
  const Icon = urgency === "overdue" ? IconAlertTriangle : urgency === "soon" ? IconClock : null;
  const text =
    days < 0
      ? words.overdueBy(format.number(-days))
      : days === 0
        ? words.lastDay
        : words.daysLeft(format.number(days));
  return (
    <Tooltip label={words.dueOn(date)}>
      <div className={classes.due} data-urgency={urgency}>
        <Group gap={4} wrap="nowrap">
          {Icon && <Icon size={14} aria-hidden />}
          <span>{text}</span>
        </Group>
        <span className={classes.bar} aria-hidden>
          <span style={{ width: `${Math.max(4, share * 100)}%` }} />
        </span>
      </div>
    </Tooltip>
  );
}
