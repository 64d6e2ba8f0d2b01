import { Text, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./TermText.module.css";
import type { Term } from "./use-terms";

interface TermTextProps {
  term: Term;
  size?: "xs" | "sm";
  quiet?: boolean;
}

/** A term of the law: what it means is said on hover and on focus, and to screen readers. */
export function TermText({ term, size = "sm", quiet }: TermTextProps): ReactNode {
  return (
    <Tooltip
      label={term.hint}
      multiline
      maw={300}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Text span size={size} c={quiet ? "dimmed" : undefined} className={classes.term} tabIndex={0}>
        {term.name}
      </Text>
    </Tooltip>
  );
}
