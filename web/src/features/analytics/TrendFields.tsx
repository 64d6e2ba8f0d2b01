import { ActionIcon, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { EventMatch } from "@/components/conditions/condition";
import { useProperties } from "@/components/conditions/EventFields";
import { Glue, NameField, NumberField, Pick } from "@/components/conditions/fields";
import type { JsonObject } from "@/lib/api";
import { useWords } from "@/lib/words";
import { EventField } from "./EventField";
import classes from "./explorer.module.css";
import { explorerWords } from "./explorer-words";
import { AddButton } from "./FieldInput";
import { Fault } from "./ListInput";
import { paramWords } from "./param-words";

const MEASURES = [
  "events",
  "people",
  "per_person",
  "sum",
  "average",
  "least",
  "greatest",
  "percentile",
] as const;
type Measure = (typeof MEASURES)[number];
const OF_PROPERTY = new Set<Measure>(["sum", "average", "least", "greatest", "percentile"]);
const MANY = 6;
const PERCENTILE_DEFAULT = 50;

interface Series {
  event: EventMatch;
  measure?: Measure;
  property?: string | null;
  percentile?: number;
  money?: boolean;
}

interface NamedFormula {
  expression: string;
  kind?: "number" | "share" | "money";
}

interface TrendFieldsProps {
  params: JsonObject;
  onChange: (params: JsonObject) => void;
}

/** A trend as sentences: how often, or how many people, of which event; and formulas of them. */
export function TrendFields({ params, onChange }: TrendFieldsProps): ReactNode {
  const words = useWords(explorerWords).series;
  const series = (params.series ?? []) as Series[];
  const formulas = (params.formulas ?? []) as NamedFormula[];
  const setSeries = (next: Series[]) => onChange({ ...params, series: next });
  const setFormulas = (next: NamedFormula[]) => {
    const { formulas: _, ...rest } = params;
    onChange(next.length > 0 ? { ...rest, formulas: next } : rest);
  };
  return (
    <Stack gap="xs">
      {series.map((one, at) => (
        <SeriesRow
          // biome-ignore lint/suspicious/noArrayIndexKey: series are called by their place
          key={at}
          series={one}
          letter={letterOf(at)}
          place={`series.${at}.event`}
          onChange={(next) => setSeries(series.with(at, next))}
          onRemove={series.length > 1 ? () => setSeries(series.toSpliced(at, 1)) : undefined}
        />
      ))}
      {formulas.map((one, at) => (
        <FormulaRow
          // biome-ignore lint/suspicious/noArrayIndexKey: formulas are called by their place
          key={at}
          name={`F${at + 1}`}
          formula={one}
          onChange={(next) => setFormulas(formulas.with(at, next))}
          onRemove={() => setFormulas(formulas.toSpliced(at, 1))}
        />
      ))}
      {/* Which of the formulas it is, the sentence says. */}
      <Fault place="formulas" within />
      <Group gap="xs">
        {series.length < MANY && (
          <AddButton
            label={words.add}
            name={letterOf(series.length)}
            onClick={() => setSeries([...series, { event: { name: "" } }])}
          />
        )}
        {formulas.length < MANY && (
          <AddButton
            label={words.formula}
            name={`F${formulas.length + 1}`}
            onClick={() => setFormulas([...formulas, { expression: "" }])}
          />
        )}
      </Group>
    </Stack>
  );
}

function letterOf(at: number): string {
  return String.fromCharCode(65 + at);
}

interface SeriesRowProps {
  series: Series;
  letter: string;
  place: string;
  onChange: (series: Series) => void;
  onRemove: (() => void) | undefined;
}

function SeriesRow({ series, letter, place, onChange, onRemove }: SeriesRowProps): ReactNode {
  const words = useWords(explorerWords).series;
  const { labels, choices } = useWords(paramWords);
  const { measure = "events" } = series;
  const choose = (next: Measure) => {
    const { property, percentile, money, ...rest } = series;
    const kept = OF_PROPERTY.has(next) ? { property, money } : {};
    onChange({ ...rest, ...kept, measure: next, ...(next === "percentile" && { percentile }) });
  };
  return (
    <div className={classes.series}>
      <Text size="xs" fw={700} className={classes.letter} aria-hidden>
        {letter}
      </Text>
      <div>
        <EventField
          label={`${labels.event} ${letter}`}
          event={series.event}
          place={place}
          onChange={(event) => onChange({ ...series, event })}
          lead={
            <Pick
              label={`${labels.measure} ${letter}`}
              strong
              value={measure}
              data={MEASURES.map((value) => ({ value, label: choices[value] }))}
              onChange={choose}
            />
          }
          trail={OF_PROPERTY.has(measure) && <Of series={series} onChange={onChange} />}
          removeLabel={words.remove(letter)}
          onRemove={onRemove}
        />
        <Fault place={place.replace(/\.event$/, "")} within />
      </div>
    </div>
  );
}

function Of({
  series,
  onChange,
}: {
  series: Series;
  onChange: (series: Series) => void;
}): ReactNode {
  const words = useWords(explorerWords);
  const { labels } = useWords(paramWords);
  const properties = useProperties(series.event.name);
  return (
    <>
      <Glue>{words.of}</Glue>
      <NameField
        label={labels.property}
        placeholder={labels.property}
        value={series.property ?? ""}
        options={properties
          .filter((one) => one.type === "number" || one.type === "unknown" || !one.type)
          .map((one) => ({ value: one.path }))}
        onChange={(property) => onChange({ ...series, property })}
        fault={!series.property}
      />
      {series.measure === "percentile" && (
        <NumberField
          label={labels.percentile}
          value={series.percentile ?? PERCENTILE_DEFAULT}
          min={1}
          max={99}
          onChange={(percentile) => onChange({ ...series, percentile })}
        />
      )}
      <Checkbox
        size="xs"
        label={words.series.asMoney}
        checked={series.money ?? false}
        onChange={(event) => onChange({ ...series, money: event.currentTarget.checked })}
      />
    </>
  );
}

interface FormulaRowProps {
  name: string;
  formula: NamedFormula;
  onChange: (formula: NamedFormula) => void;
  onRemove: () => void;
}

function FormulaRow({ name, formula, onChange, onRemove }: FormulaRowProps): ReactNode {
  const words = useWords(explorerWords).series;
  const { labels, hints, choices } = useWords(paramWords);
  return (
    <div className={classes.series}>
      <Text size="xs" fw={700} className={classes.letter} aria-hidden>
        {name}
      </Text>
      <div className={classes.eventLine}>
        <Group gap={6}>
          <TextInput
            size="sm"
            variant="filled"
            w={170}
            aria-label={`${labels.expression} ${name}`}
            placeholder={hints.expression}
            value={formula.expression}
            onChange={(event) => onChange({ ...formula, expression: event.currentTarget.value })}
          />
          <Pick
            label={`${labels.kind} ${name}`}
            value={formula.kind ?? "number"}
            data={(["number", "share", "money"] as const).map((value) => ({
              value,
              label: choices[value],
            }))}
            onChange={(kind) => onChange({ ...formula, kind })}
          />
        </Group>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={words.removeFormula(name)}
          title={words.removeFormula(name)}
          onClick={onRemove}
        >
          <IconX size={14} aria-hidden />
        </ActionIcon>
      </div>
    </div>
  );
}
