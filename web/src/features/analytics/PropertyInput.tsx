import { Autocomplete } from "@mantine/core";
import type { ReactNode } from "react";
import type { EventMatch } from "@/components/conditions/condition";
import { useProperties } from "@/components/conditions/EventFields";
import type { FieldInputProps } from "./FieldInput";

interface PropertyInputProps extends Omit<FieldInputProps, "value"> {
  label: string;
  value: string;
}

/** The name of a property: those that events of the name beside it had are suggested. */
export function PropertyInput({ label, value, siblings, onChange }: PropertyInputProps): ReactNode {
  const beside = siblings.event as EventMatch | undefined;
  const properties = useProperties(beside?.name ?? null);
  return (
    <Autocomplete
      label={label}
      data={[...new Set(properties.map((one) => one.path))]}
      value={value}
      limit={40}
      onChange={(next) => onChange(next || undefined)}
    />
  );
}
