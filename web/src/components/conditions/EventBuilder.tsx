import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import type { ConditionProblem } from "@/lib/api";
import { type Builder, BuilderContext, NOTHING } from "./builder-context";
import { catalogueQuery } from "./condition-queries";
import { EMPTY } from "./condition-rules";
import classes from "./conditions.module.css";

interface EventBuilderProps {
  label: string;
  readOnly?: boolean;
  problems: ConditionProblem[];
  /** A better name, taken from a problem. */
  onAccept: (problem: ConditionProblem) => void;
  children: ReactNode;
}

const nothing = () => undefined;

/** The fields of one event and its window, for forms that ask for events but not for a whole condition. */
export function EventBuilder(props: EventBuilderProps): ReactNode {
  const { readOnly = false, problems, onAccept } = props;
  const { data } = useQuery(catalogueQuery);
  const builder: Builder = useMemo(
    () => ({
      where: EMPTY.where,
      readOnly,
      insist: true,
      catalogue: data ?? NOTHING,
      problems,
      // One event has no rows to move about.
      editRow: nothing,
      replace: nothing,
      add: nothing,
      act: nothing,
      change: nothing,
      accept: onAccept,
    }),
    [readOnly, data, problems, onAccept],
  );
  return (
    <BuilderContext value={builder}>
      <section
        className={classes.builder}
        aria-label={props.label}
        data-read-only={readOnly || undefined}
      >
        <fieldset disabled={readOnly} className={classes.fields}>
          {props.children}
        </fieldset>
      </section>
    </BuilderContext>
  );
}
