import { ActionIcon, Button, MultiSelect } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { KnownProperty } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import { useBuilder, useFault } from "./builder-context";
import { type EventMatch, FILTERS_MAX, type Filter } from "./condition";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";
import { Glue, NameField } from "./fields";
import { TestFields } from "./TestFields";
import { readType, startTest } from "./test-rules";

interface EventProps {
  event: EventMatch;
  onChange: (event: EventMatch) => void;
  place: string;
}

export function useProperties(name: string | null): KnownProperty[] {
  const { catalogue } = useBuilder();
  if (name !== null) return catalogue.events.find((one) => one.name === name)?.properties ?? [];
  const all = catalogue.events.flatMap((one) => one.properties);
  return [...new Map(all.map((one) => [one.path, one])).values()];
}

/** The event's name, known or written; none stands for any. */
export function EventName({
  event,
  onChange,
  place,
  label,
}: EventProps & { label?: string }): ReactNode {
  const words = useWords(conditionWords).event;
  const format = useFormat();
  const { catalogue } = useBuilder();
  return (
    <NameField
      label={label ?? words.name}
      placeholder={words.placeholder}
      value={event.name ?? words.any}
      options={[
        ...catalogue.events.map((one) => ({
          value: one.name,
          note: words.seen(format.compact(one.volume)),
        })),
        { value: words.any },
      ]}
      onChange={(text) => onChange({ ...event, name: text === words.any ? null : text })}
      fault={useFault(`${place}.name`)}
    />
  );
}

/** What can still be asked of the event, behind its name. */
export function EventAdders({ event, onChange }: Omit<EventProps, "place">): ReactNode {
  const words = useWords(conditionWords).event;
  const { readOnly } = useBuilder();
  const where = event.where ?? [];
  if (readOnly) return null;
  return (
    <>
      {where.length < FILTERS_MAX && (
        <AddButton
          label={words.addWhere}
          onClick={() => onChange({ ...event, where: [...where, BLANK] })}
        />
      )}
      {!event.touchpoints && (
        <AddButton
          label={words.addTouchpoints}
          onClick={() => onChange({ ...event, touchpoints: [] })}
        />
      )}
    </>
  );
}

/** What the event must have been, each in a line of its own: its details, and where it happened. */
export function EventDetails({ event, onChange, place }: EventProps): ReactNode {
  const words = useWords(conditionWords).event;
  return (
    <>
      <FilterLines
        filters={event.where ?? []}
        event={event.name}
        lead={words.where}
        place={`${place}.where`}
        onChange={(where) => onChange(withFilters(event, where))}
      />
      {event.touchpoints && <Touchpoints event={event} onChange={onChange} />}
    </>
  );
}

function withFilters(event: EventMatch, where: Filter[]): EventMatch {
  const { where: _, ...rest } = event;
  return where.length > 0 ? { ...rest, where } : rest;
}

/** A detail that nothing was chosen of yet. */
export const BLANK: Filter = { property: "", test: { op: "is", value: "" } };

interface FilterLinesProps {
  filters: Filter[];
  /** Whose properties are suggested. */
  event: string | null;
  lead: string;
  place: string;
  onChange: (filters: Filter[]) => void;
}

export function FilterLines(props: FilterLinesProps): ReactNode {
  const { filters, onChange, place, event } = props;
  const words = useWords(conditionWords).event;
  return filters.map((filter, at) => (
    <FilterLine
      // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
      key={at}
      lead={at === 0 ? props.lead : words.andWhere}
      filter={filter}
      event={event}
      place={`${place}[${at}]`}
      onChange={(next) => onChange(filters.with(at, next))}
      onRemove={() => onChange(filters.toSpliced(at, 1))}
    />
  ));
}

export function AddButton({ label, onClick }: { label: string; onClick: () => void }): ReactNode {
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      color="gray"
      className={classes.adder}
      leftSection={<IconPlus size={12} aria-hidden />}
      onClick={onClick}
    >
      {label}
    </Button>
  );
}

interface FilterLineProps {
  lead: string;
  filter: Filter;
  event: string | null;
  place: string;
  onChange: (filter: Filter) => void;
  onRemove: () => void;
}

function FilterLine(props: FilterLineProps): ReactNode {
  const { filter, event, place, onChange } = props;
  const words = useWords(conditionWords).event;
  const { readOnly } = useBuilder();
  const properties = useProperties(event);
  const typeOf = (path: string) => readType(properties.find((one) => one.path === path)?.type);
  const type = typeOf(filter.property);
  const hidden = properties.some((one) => one.path === filter.property && one.hidden);
  const rename = (property: string) =>
    onChange({
      property,
      // A name that is known by now brings the comparison that fits it.
      test:
        typeOf(property) === "unknown" ? filter.test : keepOrStart(filter, typeOf(property), type),
    });
  return (
    <div className={classes.line} data-sub>
      <Glue>{props.lead}</Glue>
      <NameField
        label={words.property}
        placeholder={words.property}
        value={filter.property}
        options={properties.map((one) => ({ value: one.path }))}
        onChange={rename}
        fault={useFault(`${place}.property`)}
      />
      <TestFields
        test={filter.test}
        onChange={(test) => onChange({ ...filter, test })}
        type={type}
        hidden={hidden}
        place={`${place}.test`}
        source={{ kind: "property", name: filter.property, event: event ?? undefined }}
      />
      {!readOnly && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          className={classes.drop}
          aria-label={words.removeWhere}
          title={words.removeWhere}
          onClick={props.onRemove}
        >
          <IconX size={14} aria-hidden />
        </ActionIcon>
      )}
    </div>
  );
}

function keepOrStart(
  filter: Filter,
  next: ReturnType<typeof readType>,
  before: ReturnType<typeof readType>,
) {
  return next === before ? filter.test : startTest(next);
}

function Touchpoints({
  event,
  onChange,
}: {
  event: EventMatch;
  onChange: (event: EventMatch) => void;
}): ReactNode {
  const words = useWords(conditionWords).event;
  const names = useNames();
  const { catalogue, readOnly } = useBuilder();
  const chosen = event.touchpoints ?? [];
  const { touchpoints: _, ...without } = event;
  return (
    <div className={classes.line} data-sub>
      <Glue>{words.at}</Glue>
      <MultiSelect
        size="sm"
        variant="filled"
        className={classes.tags}
        aria-label={words.touchpoints}
        placeholder={chosen.length === 0 ? words.allTouchpoints : undefined}
        data={[...new Set([...catalogue.touchpoints, ...chosen])].map((value) => ({
          value,
          label: names.touchpoint(value),
        }))}
        value={chosen}
        onChange={(touchpoints) => onChange({ ...event, touchpoints })}
      />
      {!readOnly && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          className={classes.drop}
          aria-label={words.removeWhere}
          title={words.removeWhere}
          onClick={() => onChange(without)}
        >
          <IconX size={14} aria-hidden />
        </ActionIcon>
      )}
    </div>
  );
}
