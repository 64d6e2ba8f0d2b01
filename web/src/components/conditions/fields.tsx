import { Autocomplete, type ComboboxItem, Group, NumberInput, Select, Text } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import classes from "./conditions.module.css";
import { fitWidth } from "./fit-width";

interface PickProps<T extends string> {
  label: string;
  value: T | null;
  data: { value: T; label: string }[] | { group: string; items: { value: T; label: string }[] }[];
  onChange: (value: T) => void;
  placeholder?: string;
  fault?: boolean;
  searchable?: boolean;
  strong?: boolean;
}

/** A word of the sentence that can be another one. */
export function Pick<T extends string>(props: PickProps<T>): ReactNode {
  const flat = props.data.flatMap((entry) => ("items" in entry ? entry.items : [entry]));
  const shown = flat.find((item) => item.value === props.value)?.label ?? props.placeholder ?? "";
  return (
    <Select
      size="sm"
      variant="filled"
      className={classes.field}
      data-strong={props.strong || undefined}
      style={{ "--k-width": fitWidth(shown, 2.7) }}
      aria-label={props.label}
      placeholder={props.placeholder}
      data={props.data}
      value={props.value}
      onChange={(next) => next && props.onChange(next as T)}
      error={props.fault}
      searchable={props.searchable}
      allowDeselect={false}
      withCheckIcon={false}
      rightSectionWidth={26}
      maxDropdownHeight={320}
      nothingFoundMessage="–"
      comboboxProps={{ width: "max-content", position: "bottom-start" }}
    />
  );
}

interface NameFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: { value: string; note?: string }[];
  placeholder?: string;
  fault?: boolean;
  onSearch?: (text: string) => void;
}

/** A text with suggestions; what is not suggested may be written, too. */
export function NameField(props: NameFieldProps): ReactNode {
  const notes = new Map(props.options.map((option) => [option.value, option.note]));
  const options = [...notes.keys()].filter((value) => value !== "");
  const known = notes.has(props.value);
  return (
    <Autocomplete
      size="sm"
      variant="filled"
      className={classes.field}
      style={{ "--k-width": fitWidth(props.value || props.placeholder || "", 2.1) }}
      aria-label={props.label}
      placeholder={props.placeholder}
      data={options}
      value={props.value}
      onChange={(next) => {
        props.onChange(next);
        props.onSearch?.(next);
      }}
      error={props.fault}
      limit={60}
      maxDropdownHeight={320}
      comboboxProps={{ width: "max-content", position: "bottom-start" }}
      // Who comes back to a name that was chosen wants to see the others.
      filter={({ options: all, search }) =>
        known
          ? all
          : (all as ComboboxItem[]).filter((option) =>
              option.value.toLowerCase().includes(search.trim().toLowerCase()),
            )
      }
      renderOption={({ option }) => (
        <Group justify="space-between" gap="lg" wrap="nowrap" w="100%">
          <Text size="sm" truncate maw={320}>
            {option.value}
          </Text>
          <Text size="xs" c="dimmed">
            {notes.get(option.value)}
          </Text>
        </Group>
      )}
    />
  );
}

interface NumberFieldProps {
  label: string;
  value: number;
  onChange: (value: number) => void;
  min?: number;
  max?: number;
  whole?: boolean;
  fault?: boolean;
}

/** A number; while the field is empty, the last one holds. */
export function NumberField(props: NumberFieldProps): ReactNode {
  const [text, setText] = useState<number | string>(props.value);
  useEffect(() => setText(props.value), [props.value]);
  return (
    <NumberInput
      size="sm"
      variant="filled"
      className={classes.field}
      style={{ "--k-width": fitWidth(String(text), 2.2) }}
      aria-label={props.label}
      value={text}
      onChange={(next) => {
        setText(next);
        if (typeof next === "number") props.onChange(next);
      }}
      onBlur={() => setText(props.value)}
      min={props.min}
      max={props.max}
      allowDecimal={!props.whole}
      thousandSeparator=","
      hideControls
      decimalScale={6}
      error={props.fault}
    />
  );
}

export function Glue({ children }: { children: ReactNode }): ReactNode {
  return children ? <span className={classes.glue}>{children}</span> : null;
}
