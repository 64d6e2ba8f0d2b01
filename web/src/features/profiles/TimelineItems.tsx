import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { EventLine } from "@/components/EventLine";
import { TouchpointIcon } from "@/components/TouchpointIcon";
import type { EventRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import { profileWords } from "./profile-words";
import classes from "./Timeline.module.css";
import type { DayItem } from "./timeline-rules";

export function DayHeading({ item }: { item: DayItem }): ReactNode {
  const format = useFormat();
  const words = useWords(profileWords).page;
  return (
    <div className={classes.day}>
      <Text fw={600} size="sm" component="h2">
        {format.day(item.at)}
      </Text>
      <Text size="xs" c="dimmed">
        {words.events(format.number(item.events))}
      </Text>
    </div>
  );
}

interface TimelineEventProps {
  event: EventRow;
  fresh: boolean;
  onOpen: (event: EventRow) => void;
}

export function TimelineEvent({ event, fresh, onOpen }: TimelineEventProps): ReactNode {
  const format = useFormat();
  const names = useNames();
  return (
    <button
      type="button"
      className={classes.event}
      data-fresh={fresh || undefined}
      onClick={() => onOpen(event)}
    >
      <span className={classes.icon} title={names.touchpoint(event.touchpoint)}>
        <TouchpointIcon touchpoint={event.touchpoint} size={16} />
      </span>
      <span className={classes.text}>
        <span className={classes.name}>{event.name}</span>
        <span className={classes.what}>
          <EventLine event={event} />
        </span>
      </span>
      <time dateTime={event.time} className={classes.time}>
        {format.time(event.time)}
      </time>
    </button>
  );
}
