import { type ReactNode, useCallback, useMemo } from "react";
import { useFault } from "@/components/conditions/builder-context";
import type { Did } from "@/components/conditions/condition";
import { setAtPlace } from "@/components/conditions/condition-rules";
import classes from "@/components/conditions/conditions.module.css";
import { EventBuilder } from "@/components/conditions/EventBuilder";
import {
  EventAdders,
  EventDetails,
  EventName,
  useProperties,
} from "@/components/conditions/EventFields";
import { Glue, NameField, Pick } from "@/components/conditions/fields";
import { Problems } from "@/components/conditions/Problems";
import { WindowFields } from "@/components/conditions/WindowFields";
import type { ConditionProblem } from "@/lib/api";
import { useWords } from "@/lib/words";
import {
  asCondition,
  type Figure,
  type FigureKind,
  followsEvents,
  needsProperty,
  PLACE,
} from "./trait-draft";
import { traitWords } from "./trait-words";

const GROUPS: Record<"numbers" | "times" | "values", FigureKind[]> = {
  numbers: ["count", "sum", "average", "min", "max", "unique_count"],
  times: ["last_time", "first_time", "days_since_last", "days_since_first"],
  values: ["most_frequent", "last", "first", "unique_list"],
};

interface FigureFieldsProps {
  figure: Figure;
  onKind: (kind: FigureKind) => void;
  onChange: (figure: Figure) => void;
  problems: ConditionProblem[];
  /** Says what is missing, too: someone tried to save. */
  insist: boolean;
}

/** A figure as a sentence: which kind, of which events, of which property, in which window. */
export function FigureFields(props: FigureFieldsProps): ReactNode {
  const { figure, onChange, problems, insist } = props;
  const words = useWords(traitWords).form;
  const accept = useCallback(
    (problem: ConditionProblem) => {
      const mended = setAtPlace(asCondition(figure), problem.place, problem.suggestion);
      onChange(readMended(figure, mended));
    },
    [figure, onChange],
  );
  const shown = useMemo(
    () => sayMissing(problems, figure, insist, words),
    [problems, figure, insist, words],
  );
  return (
    <EventBuilder label={words.figure} problems={shown} onAccept={accept}>
      <div className={classes.row}>
        <FigureLine {...props} />
        <EventDetails
          event={figure.event}
          onChange={(event) => onChange({ ...figure, event })}
          place={`${PLACE}.event`}
        />
        <Problems place={PLACE} />
      </div>
    </EventBuilder>
  );
}

/** What was left empty is said once somebody tries to save, and in words of the form. */
function sayMissing(
  problems: ConditionProblem[],
  figure: Figure,
  insist: boolean,
  words: { needsEvent: string; needsProperty: string },
): ConditionProblem[] {
  const missing: Record<string, string> = {};
  if (figure.event.name === "") missing[`${PLACE}.event.name`] = words.needsEvent;
  if (needsProperty(figure.kind) && !figure.property)
    missing[`${PLACE}.measure.property`] = words.needsProperty;
  return problems.flatMap((problem) => {
    const message = missing[problem.place];
    if (message === undefined) return [problem];
    return insist ? [{ ...problem, message, remedy: "" }] : [];
  });
}

function readMended(figure: Figure, mended: ReturnType<typeof asCondition>): Figure {
  const leaf = "of" in mended.where && Array.isArray(mended.where.of) ? mended.where.of[0] : null;
  const did = leaf as Did | null;
  if (!did) return figure;
  return {
    ...figure,
    event: did.event,
    ...(did.measure?.property != null && { property: did.measure.property }),
    ...(did.window && { window: did.window }),
  };
}

function FigureLine({ figure, onKind, onChange }: FigureFieldsProps): ReactNode {
  const words = useWords(traitWords);
  const properties = useProperties(figure.event.name);
  const propertyFault = useFault(`${PLACE}.measure.property`);
  return (
    <div className={classes.line}>
      <Pick
        label={words.form.kind}
        strong
        value={figure.kind}
        data={(Object.keys(GROUPS) as (keyof typeof GROUPS)[]).map((group) => ({
          group: words.kindGroups[group],
          items: GROUPS[group].map((value) => ({ value, label: words.kinds[value] })),
        }))}
        onChange={onKind}
      />
      <Glue>{words.form.of}</Glue>
      <EventName
        event={figure.event}
        onChange={(event) => onChange({ ...figure, event })}
        place={`${PLACE}.event`}
      />
      {needsProperty(figure.kind) && (
        <>
          <Glue>{words.form.property}</Glue>
          <NameField
            label={words.form.property}
            placeholder={words.form.property}
            value={figure.property ?? ""}
            options={properties.map((one) => ({ value: one.path }))}
            onChange={(property) => onChange({ ...figure, property })}
            fault={propertyFault}
          />
        </>
      )}
      <WindowFields
        window={figure.window}
        onChange={(window) => onChange({ ...figure, window })}
        place={`${PLACE}.window`}
      />
      <EventAdders event={figure.event} onChange={(event) => onChange({ ...figure, event })} />
    </div>
  );
}

export function mayLive(figure: Figure, reasons: string[]): boolean {
  return followsEvents(figure.kind) && reasons.length === 0;
}
