import { Checkbox } from "@mantine/core";
import type { ReactNode } from "react";

interface FlaggedChipProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function FlaggedChip({ label, checked, onChange }: FlaggedChipProps): ReactNode {
  return (
    <Checkbox
      size="sm"
      label={label}
      checked={checked}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
