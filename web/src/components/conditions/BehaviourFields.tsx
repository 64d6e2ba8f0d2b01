import { ActionIcon, Button } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { useBuilder, useFault } from "./builder-context";
import {
  COUNT_MAX,
  type Compare,
  type Did,
  type Measure,
  type Occurrence,
  type Sequence,
  STEPS_MAX,
  type Unfollowed,
} from "./condition";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";
import {
  AddButton,
  BLANK,
  EventAdders,
  EventDetails,
  EventName,
  FilterLines,
  useProperties,
} from "./EventFields";
import { Glue, NameField, NumberField, Pick } from "./fields";
import { useParticles } from "./particles";
import { SpanFields, WindowFields } from "./WindowFields";

interface LeafProps<L> {
  leaf: L;
  onChange: (leaf: L) => void;
  place: string;
}

export function DidLine({ leaf, onChange, place }: LeafProps<Did>): ReactNode {
  const words = useWords(conditionWords).did;
  const particles = useParticles();
  const counted = !leaf.measure?.of || ["count", "distinct"].includes(leaf.measure.of);
  const compares: Record<Compare, string> = {
    at_least: words.atLeast,
    at_most: words.atMost,
    exactly: words.exactly,
  };
  const valueFault = useFault(`${place}.value`);
  return (
    <>
      <EventName
        event={leaf.event}
        onChange={(event) => onChange({ ...leaf, event })}
        place={`${place}.event`}
      />
      <Glue>{particles.object}</Glue>
      <Pick
        label={words.compare}
        value={leaf.compare ?? "at_least"}
        data={(Object.keys(compares) as Compare[]).map((value) => ({
          value,
          label: compares[value],
        }))}
        onChange={(compare) => onChange({ ...leaf, compare })}
      />
      <NumberField
        label={words.value}
        value={leaf.value ?? 1}
        onChange={(value) => onChange({ ...leaf, value })}
        min={counted ? 0 : undefined}
        max={counted ? COUNT_MAX : undefined}
        whole={counted}
        fault={valueFault}
      />
      <MeasureFields leaf={leaf} onChange={onChange} place={place} />
      <WindowFields
        window={leaf.window}
        onChange={(window) => onChange({ ...leaf, window })}
        place={`${place}.window`}
      />
      <EventAdders event={leaf.event} onChange={(event) => onChange({ ...leaf, event })} />
    </>
  );
}

function MeasureFields({ leaf, onChange, place }: LeafProps<Did>): ReactNode {
  const words = useWords(conditionWords).did;
  const properties = useProperties(leaf.event.name);
  const of = leaf.measure?.of ?? "count";
  const fault = useFault(`${place}.measure.property`);
  const measures: NonNullable<Measure["of"]>[] = [
    "count",
    "distinct",
    "sum",
    "average",
    "min",
    "max",
  ];
  const choose = (next: typeof of) => {
    const { measure: _, ...rest } = leaf;
    onChange(
      next === "count"
        ? rest
        : { ...rest, measure: { of: next, property: leaf.measure?.property ?? "" } },
    );
  };
  return (
    <>
      <Pick
        label={words.measure}
        value={of}
        data={measures.map((value) => ({ value, label: words[value] }))}
        onChange={choose}
      />
      {of !== "count" && (
        <NameField
          label={words.measured}
          placeholder={words.measured}
          value={leaf.measure?.property ?? ""}
          options={properties.map((one) => ({ value: one.path }))}
          onChange={(property) => onChange({ ...leaf, measure: { of, property } })}
          fault={fault}
        />
      )}
    </>
  );
}

export function OccurrenceLine({ leaf, onChange, place }: LeafProps<Occurrence>): ReactNode {
  const words = useWords(conditionWords).event;
  const { readOnly } = useBuilder();
  return (
    <>
      <EventName
        event={leaf.event}
        onChange={(event) => onChange({ ...leaf, event })}
        place={`${place}.event`}
      />
      <WindowFields
        window={leaf.window}
        onChange={(window) => onChange({ ...leaf, window })}
        place={`${place}.window`}
      />
      <EventAdders event={leaf.event} onChange={(event) => onChange({ ...leaf, event })} />
      {!readOnly && (
        <AddButton
          label={words.addHaving}
          onClick={() => onChange({ ...leaf, having: [...(leaf.having ?? []), BLANK] })}
        />
      )}
    </>
  );
}

export function OccurrenceBelow({ leaf, onChange, place }: LeafProps<Occurrence>): ReactNode {
  const words = useWords(conditionWords).event;
  const { having: _, ...without } = leaf;
  return (
    <>
      <EventDetails
        event={leaf.event}
        onChange={(event) => onChange({ ...leaf, event })}
        place={`${place}.event`}
      />
      <FilterLines
        filters={leaf.having ?? []}
        event={leaf.event.name}
        lead={words.having}
        place={`${place}.having`}
        onChange={(having) => onChange(having.length > 0 ? { ...leaf, having } : without)}
      />
    </>
  );
}

export function SequenceLine({ leaf, onChange, place }: LeafProps<Sequence>): ReactNode {
  const particles = useParticles();
  return (
    <>
      <Glue>{particles.withinBefore}</Glue>
      <SpanFields
        span={leaf.within}
        onChange={(within) => onChange({ ...leaf, within })}
        place={`${place}.within`}
      />
      <Glue>{particles.withinAfter}</Glue>
      <WindowFields
        window={leaf.window}
        onChange={(window) => onChange({ ...leaf, window })}
        place={`${place}.window`}
      />
    </>
  );
}

export function SequenceBelow({ leaf, onChange, place }: LeafProps<Sequence>): ReactNode {
  const words = useWords(conditionWords).sequence;
  const format = useFormat();
  const { readOnly } = useBuilder();
  return (
    <>
      {leaf.steps.map((step, at) => {
        const number = format.number(at + 1);
        const change = (next: typeof step) =>
          onChange({ ...leaf, steps: leaf.steps.with(at, next) });
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have no identity but their place
          <div key={at} className={classes.step}>
            <div className={classes.line} data-sub>
              <Glue>{at === 0 ? words.step(number) : words.afterwards}</Glue>
              <EventName
                event={step}
                onChange={change}
                place={`${place}.steps[${at}]`}
                label={words.step(number)}
              />
              <EventAdders event={step} onChange={change} />
              {!readOnly && leaf.steps.length > 2 && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  className={classes.drop}
                  aria-label={words.removeStep(number)}
                  onClick={() => onChange({ ...leaf, steps: leaf.steps.toSpliced(at, 1) })}
                >
                  <IconX size={14} aria-hidden />
                </ActionIcon>
              )}
            </div>
            <EventDetails event={step} onChange={change} place={`${place}.steps[${at}]`} />
          </div>
        );
      })}
      {!readOnly && leaf.steps.length < STEPS_MAX && (
        <div className={classes.details}>
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconPlus size={12} aria-hidden />}
            onClick={() => onChange({ ...leaf, steps: [...leaf.steps, { name: "" }] })}
          >
            {words.addStep}
          </Button>
        </div>
      )}
    </>
  );
}

export function UnfollowedLine({ leaf, onChange, place }: LeafProps<Unfollowed>): ReactNode {
  return (
    <>
      <EventName
        event={leaf.first}
        onChange={(first) => onChange({ ...leaf, first })}
        place={`${place}.first`}
      />
      <WindowFields
        window={leaf.window}
        onChange={(window) => onChange({ ...leaf, window })}
        place={`${place}.window`}
      />
      <EventAdders event={leaf.first} onChange={(first) => onChange({ ...leaf, first })} />
    </>
  );
}

export function UnfollowedBelow({ leaf, onChange, place }: LeafProps<Unfollowed>): ReactNode {
  const words = useWords(conditionWords).sequence;
  const particles = useParticles();
  const change = (then: Unfollowed["then"]) => onChange({ ...leaf, then });
  return (
    <>
      <EventDetails
        event={leaf.first}
        onChange={(first) => onChange({ ...leaf, first })}
        place={`${place}.first`}
      />
      <div className={classes.step}>
        <div className={classes.line} data-sub>
          <Glue>{words.followUp}</Glue>
          <EventName
            event={leaf.then}
            onChange={change}
            place={`${place}.then`}
            label={words.followUp}
          />
          <Glue>{particles.withinBefore}</Glue>
          <SpanFields
            span={leaf.within}
            onChange={(within) => onChange({ ...leaf, within })}
            place={`${place}.within`}
          />
          <Glue>{particles.withinAfter}</Glue>
          <EventAdders event={leaf.then} onChange={change} />
        </div>
        <EventDetails event={leaf.then} onChange={change} place={`${place}.then`} />
      </div>
    </>
  );
}
