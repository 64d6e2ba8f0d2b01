import { Button, Group, Select } from "@mantine/core";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";
import classes from "./FilterBar.module.css";

/** Filters in a row that reads as a sentence; the clear button shows once something is set. */
export function FilterBar({
  children,
  onClear,
}: {
  children: ReactNode;
  onClear?: () => void;
}): ReactNode {
  const words = useWords(commonWords);
  return (
    <Group gap="xs" role="search" className={classes.bar}>
      {children}
      {onClear && (
        <Button variant="subtle" size="compact-sm" color="gray" onClick={onClear}>
          {words.clearFilters}
        </Button>
      )}
    </Group>
  );
}

interface FilterSelectProps {
  label: string;
  value: string | undefined;
  options: { value: string; label: string }[];
  onChange: (value: string | undefined) => void;
  width?: number;
}

export function FilterSelect({
  label,
  value,
  options,
  onChange,
  width = 160,
}: FilterSelectProps): ReactNode {
  return (
    <Select
      size="sm"
      w={width}
      aria-label={label}
      placeholder={label}
      data={options}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
      clearable
      searchable={options.length > 10}
      nothingFoundMessage="–"
    />
  );
}
