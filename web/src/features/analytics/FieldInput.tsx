import {
  Button,
  Group,
  Input,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { EventMatch, Node } from "@/components/conditions/condition";
import type { JsonObject } from "@/lib/api";
import { useWords } from "@/lib/words";
import { EventField } from "./EventField";
import { explorerWords } from "./explorer-words";
import { useFieldFault } from "./form-places";
import { ListInput } from "./ListInput";
import { PeopleField } from "./PeopleField";
import { PropertyInput } from "./PropertyInput";
import { type Field, startObject } from "./param-schema";
import { choiceOf, isBare, labelOf, paramWords } from "./param-words";

export interface FieldInputProps {
  field: Field;
  metric: string;
  place: string;
  value: unknown;
  /** The other fields beside it: a property is one of the event beside it. */
  siblings: JsonObject;
  onChange: (value: unknown) => void;
}

/** Their fields say themselves what is wrong with them. */
const CONTAINERS = new Set<Field["kind"]>(["list", "object"]);

/** One thing that a metric takes. What nobody set is as the metric has it. */
export function FieldInput(props: FieldInputProps): ReactNode {
  const { field, value, onChange } = props;
  const { label, description } = useFieldTexts(field, props.metric);
  const choices = useWords(paramWords).choices;
  const { defaults, none } = useWords(explorerWords);
  const given = value === undefined ? field.fallback : value;
  const fault = useFieldFault(props.place, !CONTAINERS.has(field.kind));
  const shared = { label, description, error: fault };
  switch (field.kind) {
    case "event":
      return (
        <OneEvent
          {...props}
          label={label}
          event={(given ?? null) as EventMatch | null}
          fault={fault}
        />
      );
    case "events":
      return <ManyEvents {...props} label={label} description={description} fault={fault} />;
    case "condition":
      return (
        <PeopleField
          label={label}
          value={given as Node | undefined}
          onChange={onChange}
          required
          fault={fault}
        />
      );
    case "list":
      return <ListInput {...props} label={label} description={description} fault={fault} />;
    case "object":
      return <ObjectInput {...props} label={label} fault={fault} />;
    case "choice":
      return (
        <Select
          {...shared}
          data={field.options.map((one) => ({
            value: one,
            label: choiceOf(choices, field.name, one),
          }))}
          value={typeof given === "string" ? given : null}
          onChange={(next) => next && onChange(next)}
          allowDeselect={false}
        />
      );
    case "choices":
      return (
        <MultiSelect
          {...shared}
          data={field.options.map((one) => ({
            value: one,
            label: choiceOf(choices, field.name, one),
          }))}
          value={Array.isArray(given) ? given.map(String) : []}
          placeholder={given === undefined ? defaults : undefined}
          onChange={(next) => onChange(next.length > 0 ? next : undefined)}
        />
      );
    case "flag":
      return (
        <Switch
          {...shared}
          checked={given === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "whole":
    case "number":
      return (
        <NumberInput
          {...shared}
          min={field.least}
          max={field.most}
          allowDecimal={field.kind === "number"}
          value={typeof given === "number" ? given : ""}
          onChange={(next) => onChange(next === "" ? undefined : Number(next))}
        />
      );
    case "texts":
      return (
        <TagsInput
          {...shared}
          value={Array.isArray(given) ? given.map(String) : []}
          maxTags={field.itemsMost}
          placeholder={
            given === undefined ? (isBare(props.metric, field.name) ? none : defaults) : undefined
          }
          onChange={(next) => onChange(next.length > 0 ? next : undefined)}
        />
      );
    default:
      return isProperty(field.name) ? (
        <PropertyInput
          {...props}
          label={label}
          value={typeof given === "string" ? given : ""}
          fault={fault}
        />
      ) : (
        <TextInput
          {...shared}
          value={typeof given === "string" ? given : ""}
          onChange={(event) => onChange(event.currentTarget.value || undefined)}
        />
      );
  }
}

function useFieldTexts(
  field: Field,
  metric: string,
): { label: string; description: string | undefined } {
  const words = useWords(paramWords);
  const hints: Record<string, string> = words.hints;
  return { label: labelOf(words.labels, metric, field.name), description: hints[field.name] };
}

function isProperty(name: string): boolean {
  return name === "property" || name.endsWith("_property");
}

interface OneEventProps extends FieldInputProps {
  label: string;
  event: EventMatch | null;
  fault: string | undefined;
}

function OneEvent({ field, label, event, place, onChange, fault }: OneEventProps): ReactNode {
  const words = useWords(explorerWords);
  return (
    <Input.Wrapper label={label} labelElement="div" error={fault}>
      {event ? (
        <EventField
          label={label}
          event={event}
          onChange={onChange}
          place={place}
          removeLabel={words.remove(label)}
          onRemove={field.nullable ? () => onChange(null) : undefined}
        />
      ) : (
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {words.none}
          </Text>
          <AddButton
            label={words.setOwn}
            name={label}
            onClick={() => onChange(field.fallback ?? { name: "" })}
          />
        </Group>
      )}
    </Input.Wrapper>
  );
}

interface TitledProps extends FieldInputProps {
  label: string;
  description?: string | undefined;
  fault: string | undefined;
}

function ManyEvents(props: TitledProps): ReactNode {
  const { field, label, description, place, value, onChange, fault } = props;
  const words = useWords(explorerWords);
  const events = Array.isArray(value) ? (value as EventMatch[]) : null;
  const change = (next: EventMatch[]) =>
    onChange(next.length === 0 && !field.required ? undefined : next);
  return (
    <Input.Wrapper label={label} description={description} labelElement="div" error={fault}>
      {events === null && (
        <Text size="sm" c="dimmed" mb={4}>
          {words.defaults}
        </Text>
      )}
      <Stack gap={6}>
        {events?.map((event, at) => (
          <EventField
            // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity but their place
            key={at}
            label={label}
            event={event}
            place={`${place}.${at}`}
            onChange={(next) => change(events.with(at, next))}
            removeLabel={words.remove(words.item(String(at + 1)))}
            onRemove={() => change(events.toSpliced(at, 1))}
          />
        ))}
        {(events?.length ?? 0) < field.itemsMost && (
          <AddButton
            label={words.addEvent}
            name={label}
            onClick={() => change([...(events ?? []), { name: "" }])}
          />
        )}
      </Stack>
    </Input.Wrapper>
  );
}

export function AddButton({
  label,
  name,
  onClick,
}: {
  label: string;
  name: string;
  onClick: () => void;
}): ReactNode {
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      style={{ alignSelf: "flex-start" }}
      leftSection={<IconPlus size={14} aria-hidden />}
      aria-label={`${label}: ${name}`}
      onClick={onClick}
    >
      {label}
    </Button>
  );
}

function ObjectInput(props: TitledProps): ReactNode {
  const { field, metric, label, place, value, onChange, fault } = props;
  const words = useWords(explorerWords);
  const given = value ?? field.fallback;
  if (given === undefined || given === null)
    return (
      <Input.Wrapper label={label} labelElement="div" error={fault}>
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {words.defaults}
          </Text>
          <AddButton
            label={words.setOwn}
            name={label}
            onClick={() =>
              onChange(
                startObject(
                  field.fields.map((one) => ({ ...one, required: true })),
                  null,
                ),
              )
            }
          />
        </Group>
      </Input.Wrapper>
    );
  const held = given as JsonObject;
  return (
    <Input.Wrapper label={label} labelElement="div" error={fault}>
      <Group gap="xs" align="flex-end">
        {field.fields.map((inner) => (
          <FieldInput
            key={inner.name}
            field={inner}
            metric={metric}
            place={`${place}.${inner.name}`}
            value={held[inner.name]}
            siblings={held}
            onChange={(next) => onChange({ ...held, [inner.name]: next })}
          />
        ))}
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          aria-label={`${words.backToDefault}: ${label}`}
          onClick={() => onChange(field.nullable ? null : undefined)}
        >
          {words.backToDefault}
        </Button>
      </Group>
    </Input.Wrapper>
  );
}
