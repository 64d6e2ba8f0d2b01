import { TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useWorkspaceMaybe } from "@/lib/session";
import { useWords } from "@/lib/words";
import { useFault } from "./builder-context";
import type { CalendarUnit, Moment, Span, Unit, Window } from "./condition";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";
import { Glue, NumberField, Pick } from "./fields";
import { useParticles } from "./particles";
import {
  changeWay,
  fromLocalTime,
  readWindow,
  toLocalTime,
  type WindowWay,
  writeWindow,
} from "./window-rules";

const UNITS: Unit[] = ["minute", "hour", "day", "week"];
const CALENDAR: CalendarUnit[] = ["day", "week", "month", "year"];
const WAYS: WindowWay[] = ["ever", "last", "before", "this", "previous", "ends"];
const AHEAD: WindowWay[] = ["last", "before", "next", "this", "previous", "ends"];

interface WindowFieldsProps {
  window: Window | undefined;
  onChange: (window: Window) => void;
  place: string;
  /** Of dates, which may lie ahead; events never do. */
  ahead?: boolean;
  /** "At any time" is no choice here. */
  bounded?: boolean;
}

/** When: in the last 30 days, since a date, this month … */
export function WindowFields({
  window,
  onChange,
  place,
  ahead,
  bounded,
}: WindowFieldsProps): ReactNode {
  const words = useWords(conditionWords).window;
  const particles = useParticles();
  const choice = readWindow(window);
  const ways = ahead ? AHEAD : WAYS;
  const fault = useFault(place);
  const write = (next: typeof choice) => onChange(writeWindow(next));
  return (
    <>
      <Pick
        label={words.label}
        value={choice.way}
        data={(bounded || ways.includes(choice.way) ? ways : [choice.way, ...ways]).map((way) => ({
          value: way,
          label: words[way],
        }))}
        onChange={(way) => write(changeWay(choice, way))}
        fault={fault}
      />
      {"span" in choice && (
        <SpanFields
          span={choice.span}
          onChange={(span) => write({ ...choice, span })}
          place={place}
        />
      )}
      {choice.way === "before" && <Glue>{particles.agoAfter}</Glue>}
      {"unit" in choice && (
        <CalendarPick unit={choice.unit} onChange={(unit) => write({ ...choice, unit })} />
      )}
      {choice.way === "ends" && (
        <>
          <MomentFields
            label={words.since}
            glue={words.from}
            moment={choice.since}
            onChange={(since) => write({ ...choice, since })}
            place={`${place}.since`}
            ahead={ahead}
          />
          <MomentFields
            label={words.until}
            glue={words.to}
            moment={choice.until}
            onChange={(until) => write({ ...choice, until })}
            place={`${place}.until`}
            ahead={ahead}
          />
        </>
      )}
    </>
  );
}

export function SpanFields({
  span,
  onChange,
  place,
}: {
  span: Span;
  onChange: (span: Span) => void;
  place: string;
}): ReactNode {
  const words = useWords(conditionWords);
  return (
    <>
      <NumberField
        label={words.window.length}
        value={span.n}
        onChange={(n) => onChange({ ...span, n })}
        min={1}
        whole
        fault={useFault(`${place}.n`)}
      />
      <Pick
        label={words.window.unit}
        value={span.unit}
        data={UNITS.map((unit) => ({ value: unit, label: words.units[unit] }))}
        onChange={(unit) => onChange({ ...span, unit })}
      />
    </>
  );
}

function CalendarPick({
  unit,
  onChange,
}: {
  unit: CalendarUnit;
  onChange: (unit: CalendarUnit) => void;
}): ReactNode {
  const words = useWords(conditionWords);
  return (
    <Pick
      label={words.window.unit}
      value={unit}
      data={CALENDAR.map((one) => ({ value: one, label: words.calendar[one] }))}
      onChange={onChange}
    />
  );
}

type MomentKind = Moment["at"] | "open";

interface MomentFieldsProps {
  label: string;
  glue: string;
  moment: Moment | null;
  onChange: (moment: Moment | null) => void;
  place: string;
  ahead?: boolean;
}

function MomentFields(props: MomentFieldsProps): ReactNode {
  const { moment, onChange, label } = props;
  const words = useWords(conditionWords).window;
  const timeZone = useWorkspaceMaybe()?.time_zone ?? "UTC";
  const names: Record<MomentKind, string> = {
    open: words.open,
    date: words.date,
    time: words.time,
    ago: words.ago,
    ahead: words.ahead,
    start_of: words.startOf,
  };
  const kinds = (Object.keys(names) as MomentKind[]).filter(
    (kind) => kind !== "ahead" || props.ahead || moment?.at === "ahead",
  );
  return (
    <>
      <Glue>{props.glue}</Glue>
      {moment && "span" in moment && (
        <SpanFields
          span={moment.span}
          onChange={(span) => onChange({ ...moment, span })}
          place={`${props.place}.span`}
        />
      )}
      <Pick
        label={label}
        value={moment?.at ?? "open"}
        data={kinds.map((kind) => ({ value: kind, label: names[kind] }))}
        onChange={(kind) => onChange(makeMoment(kind, timeZone))}
        fault={useFault(props.place)}
      />
      <MomentValue {...props} timeZone={timeZone} />
    </>
  );
}

function makeMoment(kind: MomentKind, timeZone: string): Moment | null {
  const now = new Date().toISOString();
  switch (kind) {
    case "open":
      return null;
    case "date":
      return { at: "date", date: toLocalTime(now, timeZone).slice(0, 10) };
    case "time":
      return { at: "time", time: fromLocalTime(toLocalTime(now, timeZone), timeZone) };
    case "start_of":
      return { at: "start_of", unit: "month" };
    default:
      return { at: kind, span: { n: 30, unit: "day" } };
  }
}

function MomentValue({
  label,
  moment,
  onChange,
  place,
  timeZone,
}: MomentFieldsProps & { timeZone: string }): ReactNode {
  const words = useWords(conditionWords).window;
  const faulty = useFault(place);
  if (!moment) return null;
  switch (moment.at) {
    case "date":
      return (
        <TextInput
          type="date"
          size="sm"
          variant="filled"
          className={classes.date}
          aria-label={label}
          value={moment.date}
          error={faulty}
          onChange={(event) =>
            event.currentTarget.value && onChange({ ...moment, date: event.currentTarget.value })
          }
        />
      );
    case "time":
      return (
        <TextInput
          type="datetime-local"
          size="sm"
          variant="filled"
          className={classes.date}
          aria-label={label}
          value={toLocalTime(moment.time, timeZone)}
          error={faulty}
          onChange={(event) =>
            event.currentTarget.value &&
            onChange({ ...moment, time: fromLocalTime(event.currentTarget.value, timeZone) })
          }
        />
      );
    case "start_of":
      return (
        <>
          <CalendarPick unit={moment.unit} onChange={(unit) => onChange({ ...moment, unit })} />
          <NumberField
            label={words.offset}
            value={moment.offset ?? 0}
            onChange={(offset) => onChange({ ...moment, offset })}
            min={-3_660}
            max={3_660}
            whole
          />
          <Glue>{words.offsetAfter}</Glue>
        </>
      );
    default:
      return null;
  }
}
