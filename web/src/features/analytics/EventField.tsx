import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { EventMatch } from "@/components/conditions/condition";
import conditions from "@/components/conditions/conditions.module.css";
import { EventAdders, EventDetails, EventName } from "@/components/conditions/EventFields";
import { Problems } from "@/components/conditions/Problems";
import classes from "./explorer.module.css";
import { usePlace } from "./form-places";

interface EventFieldProps {
  label: string;
  event: EventMatch;
  onChange: (event: EventMatch) => void;
  place: string;
  /** Words before the name: what is taken of it. */
  lead?: ReactNode;
  /** Words behind it. */
  trail?: ReactNode;
  removeLabel?: string;
  onRemove?: (() => void) | undefined;
}

/** One event as a row: its name, what else it must be, and what the server found about it. */
export function EventField(props: EventFieldProps): ReactNode {
  const { event, onChange, onRemove } = props;
  const place = usePlace(props.place);
  return (
    <div className={classes.event}>
      <div className={classes.eventLine}>
        <div className={conditions.line}>
          {props.lead}
          <EventName event={event} onChange={onChange} place={place} label={props.label} />
          {props.trail}
          <EventAdders event={event} onChange={onChange} />
        </div>
        {onRemove && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={props.removeLabel}
            title={props.removeLabel}
            onClick={onRemove}
          >
            <IconX size={14} aria-hidden />
          </ActionIcon>
        )}
      </div>
      <EventDetails event={event} onChange={onChange} place={place} />
      <Problems place={place} />
    </div>
  );
}
