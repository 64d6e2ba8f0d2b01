import { Checkbox, Group, Input, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { EventMatch } from "@/components/conditions/condition";
import { Glue, NumberField, Pick } from "@/components/conditions/fields";
import type { JsonObject } from "@/lib/api";
import { useWords } from "@/lib/words";
import { EventField } from "./EventField";
import classes from "./explorer.module.css";
import { explorerWords } from "./explorer-words";
import { AddButton, FieldInput } from "./FieldInput";
import { Fault, ItemButton } from "./ListInput";
import type { Field } from "./param-schema";
import { choiceOf, paramWords } from "./param-words";
import { move } from "./tile-rules";

interface Step {
  event: EventMatch;
  optional?: boolean;
  label?: string | null;
}

interface FunnelFieldsProps {
  metric: string;
  fields: Field[];
  params: JsonObject;
  onChange: (params: JsonObject) => void;
}

const STEPS = { least: 2, most: 12 };
const ORDERS = ["ordered", "strict", "any"] as const;
const UNITS = ["minute", "hour", "day", "week"] as const;
const WINDOW = { n: 14, unit: "day" as (typeof UNITS)[number] };
/** What stands in the sentence; the rest of the fields follow as they are. */
const SAID = new Set(["steps", "order", "window"]);

/** A funnel as steps one below the other, and a sentence on how they are to be done. */
export function FunnelFields({ metric, fields, params, onChange }: FunnelFieldsProps): ReactNode {
  const words = useWords(explorerWords);
  const { choices, labels } = useWords(paramWords);
  const steps = (params.steps ?? []) as Step[];
  const window = (params.window ?? WINDOW) as typeof WINDOW;
  const set = (change: JsonObject) => onChange({ ...params, ...change });
  const setSteps = (next: Step[]) => set({ steps: next });
  return (
    <Stack gap="md">
      <Stack gap={6}>
        {steps.map((step, at) => (
          <StepRow
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no identity but their place
            key={at}
            step={step}
            at={at}
            many={steps.length}
            onChange={(next) => setSteps(steps.with(at, next))}
            onMove={(by) => setSteps(move(steps, at, by))}
            onRemove={
              steps.length > STEPS.least ? () => setSteps(steps.toSpliced(at, 1)) : undefined
            }
          />
        ))}
        {steps.length < STEPS.most && (
          <AddButton
            label={words.funnel.add}
            name={String(steps.length + 1)}
            onClick={() => setSteps([...steps, { event: { name: "" } }])}
          />
        )}
      </Stack>
      <Group gap={6}>
        {fields.some(({ name }) => name === "order") && (
          <Pick
            label={labels.order}
            value={(params.order as (typeof ORDERS)[number]) ?? "ordered"}
            data={ORDERS.map((value) => ({ value, label: choiceOf(choices, "order", value) }))}
            onChange={(order) => set({ order })}
          />
        )}
        <Glue>{words.funnel.within}</Glue>
        <NumberField
          label={labels.window}
          value={window.n}
          min={1}
          whole
          onChange={(n) => set({ window: { ...window, n } })}
        />
        <Pick
          label={labels.unit}
          value={window.unit}
          data={UNITS.map((value) => ({ value, label: choices[value] }))}
          onChange={(unit) => set({ window: { ...window, unit } })}
        />
        <Glue>{words.funnel.afterwards}</Glue>
      </Group>
      <Fault place="steps" />
      <Fault place="order" />
      <Fault place="window" within />
      {fields
        .filter((field) => !SAID.has(field.name) && isAsked(field.name, params))
        .map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            metric={metric}
            place={field.name}
            value={params[field.name]}
            siblings={params}
            onChange={(value) => set({ [field.name]: value })}
          />
        ))}
    </Stack>
  );
}

/** Which step the label is of is only asked where it is one step's. */
function isAsked(name: string, params: JsonObject): boolean {
  return name !== "step" || params.attribution === "step";
}

interface StepRowProps {
  step: Step;
  at: number;
  many: number;
  onChange: (step: Step) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: (() => void) | undefined;
}

function StepRow({ step, at, many, onChange, onMove, onRemove }: StepRowProps): ReactNode {
  const words = useWords(explorerWords);
  const { labels } = useWords(paramWords);
  const name = words.funnel.step(String(at + 1));
  return (
    <Input.Wrapper labelElement="div">
      <Group justify="space-between" wrap="nowrap" gap={4}>
        <Text size="xs" fw={600} c="dimmed">
          {name}
        </Text>
        <Group gap={2} wrap="nowrap">
          <ItemButton
            label={words.up(name)}
            disabled={at === 0}
            onClick={() => onMove(-1)}
            icon={<IconArrowUp size={14} aria-hidden />}
          />
          <ItemButton
            label={words.down(name)}
            disabled={at === many - 1}
            onClick={() => onMove(1)}
            icon={<IconArrowDown size={14} aria-hidden />}
          />
          {onRemove && (
            <ItemButton
              label={words.remove(name)}
              onClick={onRemove}
              icon={<IconX size={14} aria-hidden />}
            />
          )}
        </Group>
      </Group>
      <EventField
        label={name}
        event={step.event}
        place={`steps.${at}.event`}
        onChange={(event) => onChange({ ...step, event })}
      />
      <Group gap="xs" mt={4} wrap="nowrap" className={classes.stepMore}>
        <TextInput
          size="xs"
          variant="filled"
          w={128}
          aria-label={`${labels.label} ${at + 1}`}
          placeholder={labels.label}
          value={step.label ?? ""}
          maxLength={200}
          onChange={(event) => onChange({ ...step, label: event.currentTarget.value || null })}
        />
        {(at > 0 || step.optional) && (
          <Checkbox
            size="xs"
            label={words.funnel.optional}
            checked={step.optional ?? false}
            onChange={(event) => onChange({ ...step, optional: event.currentTarget.checked })}
          />
        )}
      </Group>
      <Fault place={`steps.${at}`} within />
    </Input.Wrapper>
  );
}
