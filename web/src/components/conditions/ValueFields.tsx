import { MultiSelect, TagsInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useFormat } from "@/lib/format";
import { useTraitWords } from "@/lib/trait-values";
import { useWords } from "@/lib/words";
import { useBuilder, useFault } from "./builder-context";
import type { Scalar } from "./condition";
import { type ValueSource, valuesQuery } from "./condition-queries";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";
import { NameField, NumberField, Pick } from "./fields";
import { readScalar, type ValueType } from "./test-rules";

const SEARCH_MS = 250;

interface ValueProps {
  source: ValueSource | null;
  type: ValueType;
  place: string;
}

/** Values that were seen, most frequent first; none of masked fields for those who may not see them. */
function useSeenValues(source: ValueSource | null, search: string) {
  const { readOnly } = useBuilder();
  const [settled] = useDebouncedValue(search, SEARCH_MS);
  const { data } = useQuery(valuesQuery(readOnly ? null : source, settled));
  return data?.values ?? [];
}

/** What values of a trait are called, where they are keys; none for what holds anything. */
function useValueWords(source: ValueSource | null): ReadonlyMap<string, string> | undefined {
  const traits = useTraitWords(source?.kind === "trait");
  return source?.kind === "trait" ? traits.get(source.name) : undefined;
}

/** All that has a name, and what was seen or chosen beside them. */
function listNamed(words: ReadonlyMap<string, string>, others: Scalar[]) {
  const keys = new Set([...words.keys(), ...others.map(String)]);
  keys.delete("");
  return [...keys].map((value) => ({ value, label: words.get(value) ?? value }));
}

export function ScalarField({
  value,
  onChange,
  source,
  type,
  place,
}: ValueProps & { value: Scalar; onChange: (value: Scalar) => void }): ReactNode {
  const words = useWords(conditionWords).test;
  const format = useFormat();
  const fault = useFault(place);
  const [search, setSearch] = useState("");
  const seen = useSeenValues(source, search);
  const named = useValueWords(source);
  if (typeof value === "boolean")
    return (
      <Pick
        label={words.value}
        value={value ? "yes" : "no"}
        data={[
          { value: "yes", label: words.yes },
          { value: "no", label: words.no },
        ]}
        onChange={(next) => onChange(next === "yes")}
        fault={fault}
      />
    );
  if (named)
    return (
      <Pick
        label={words.value}
        placeholder={words.value}
        value={String(value) || null}
        data={listNamed(named, [...seen.map((one) => one.value), value])}
        onChange={onChange}
        searchable
        fault={fault}
      />
    );
  if (typeof value === "number" && type === "number")
    return <NumberField label={words.value} value={value} onChange={onChange} fault={fault} />;
  return (
    <NameField
      label={words.value}
      placeholder={words.value}
      value={String(value)}
      options={seen.map((one) => ({ value: String(one.value), note: format.number(one.count) }))}
      onSearch={setSearch}
      onChange={(text) =>
        onChange(
          readScalar(
            text,
            type,
            seen.map((one) => one.value),
          ),
        )
      }
      fault={fault}
    />
  );
}

export function ScalarsField({
  values,
  onChange,
  source,
  type,
  place,
}: ValueProps & { values: Scalar[]; onChange: (values: Scalar[]) => void }): ReactNode {
  const words = useWords(conditionWords).test;
  const fault = useFault(place);
  const [search, setSearch] = useState("");
  const seen = useSeenValues(source, search);
  const named = useValueWords(source);
  const known = [...values, ...seen.map((one) => one.value)];
  if (named)
    return (
      <MultiSelect
        size="sm"
        variant="filled"
        className={classes.tags}
        aria-label={words.values}
        placeholder={values.length === 0 ? words.value : undefined}
        value={values.map(String)}
        data={listNamed(named, known)}
        onChange={onChange}
        searchable
        error={fault}
        maxDropdownHeight={280}
      />
    );
  return (
    <TagsInput
      size="sm"
      variant="filled"
      className={classes.tags}
      aria-label={words.values}
      placeholder={values.length === 0 ? words.valuesHint : undefined}
      value={values.map(String)}
      data={[...new Set(seen.map((one) => String(one.value)))]}
      searchValue={search}
      onSearchChange={setSearch}
      onChange={(texts) => onChange(texts.map((text) => readScalar(text, type, known)))}
      acceptValueOnBlur
      error={fault}
      maxDropdownHeight={280}
    />
  );
}

export function TextField({
  value,
  onChange,
  place,
}: {
  value: string;
  onChange: (value: string) => void;
  place: string;
}): ReactNode {
  const words = useWords(conditionWords).test;
  return (
    <NameField
      label={words.value}
      placeholder={words.value}
      value={value}
      options={[]}
      onChange={onChange}
      fault={useFault(place)}
    />
  );
}
