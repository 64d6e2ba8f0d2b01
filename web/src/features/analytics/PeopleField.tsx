import { Input } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { ConditionBuilder } from "@/components/conditions/ConditionBuilder";
import type { Node } from "@/components/conditions/condition";
import { EMPTY } from "@/components/conditions/condition-rules";
import { useConditionCheck } from "@/components/conditions/use-condition-check";

interface PeopleFieldProps {
  label?: string;
  value: Node | undefined;
  onChange: (where: Node) => void;
  required?: boolean;
  /** What the server said of it as a whole. */
  fault?: string | undefined;
}

/** Whom a question, or a part of it, is about: the same builder as for segments. */
export function PeopleField(props: PeopleFieldProps): ReactNode {
  const { label, value, onChange, required, fault } = props;
  const condition = useMemo(() => (value ? { version: 1 as const, where: value } : EMPTY), [value]);
  const check = useConditionCheck(condition);
  return (
    <Input.Wrapper label={label} labelElement="div" error={fault}>
      <ConditionBuilder
        value={condition}
        onChange={(next) => onChange(next.where)}
        problems={check.problems}
        insist={required ?? false}
      />
    </Input.Wrapper>
  );
}
