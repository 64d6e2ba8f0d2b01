import { Autocomplete } from "@mantine/core";
import type { ReactNode } from "react";
import type { EventMatch } from "@/components/conditions/condition";
import { useProperties } from "@/components/conditions/EventFields";
import type { FieldInputProps } from "./FieldInput";

interface PropertyInputProps extends Omit<FieldInputProps, "value"> {
  label: string;
  value: string;
  fault: string | undefined;
}

/** The name of a property: those that events of the name beside it had are suggested. */
export function PropertyInput(props: PropertyInputProps): ReactNode {
  const { label, value, siblings, onChange, fault } = props;
  const beside = siblings.event as EventMatch | undefined;
  const properties = useProperties(beside?.name ?? null);
  return (
    <Autocomplete
      label={label}
      data={[...new Set(properties.map((one) => one.path))]}
      value={value}
      error={fault}
      limit={40}
      onChange={(next) => onChange(next || undefined)}
    />
  );
}
