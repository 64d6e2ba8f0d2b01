import { useCallback, useMemo } from "react";
import type { Condition, EventMatch } from "@/components/conditions/condition";
import { EMPTY, setAtPlace } from "@/components/conditions/condition-rules";
import { useConditionCheck } from "@/components/conditions/use-condition-check";
import type { ConditionProblem, JsonObject } from "@/lib/api";
import type { PlacedEvent } from "./param-schema";

export interface EventCheck {
  problems: ConditionProblem[];
  /** Place in the form → place in what the server checked. */
  places: ReadonlyMap<string, string>;
  /** Takes the server's suggestion. */
  accept: (problem: ConditionProblem) => void;
}

/** Asks the server about all events of a form at once, as if somebody who did them all were looked for. */
export function useEventCheck(
  events: PlacedEvent[],
  params: JsonObject,
  onChange: (params: JsonObject) => void,
): EventCheck {
  const condition = useMemo(() => asCondition(events), [events]);
  const { problems } = useConditionCheck(condition);
  const places = useMemo(
    () => new Map(events.map(({ place }, at) => [place, `$.where.of[${at}].event`])),
    [events],
  );
  const accept = useCallback(
    (problem: ConditionProblem) => {
      const mended = setAtPlace(condition, problem.place, problem.suggestion);
      const at = eventOf(problem);
      const placed = events[at];
      const leaf =
        "of" in mended.where && Array.isArray(mended.where.of) ? mended.where.of[at] : null;
      if (placed && leaf && "event" in leaf) onChange(putAt(params, placed.place, leaf.event));
    },
    [condition, events, params, onChange],
  );
  // While an event has no name the form says so itself.
  const shown = useMemo(
    () => problems.filter((problem) => !isUnnamed(problem, events)),
    [problems, events],
  );
  return { problems: shown, places, accept };
}

function asCondition(events: PlacedEvent[]): Condition {
  if (events.length === 0) return EMPTY;
  return {
    version: 1,
    where: { kind: "all", of: events.map(({ event }) => ({ kind: "did" as const, event })) },
  };
}

function isUnnamed(problem: ConditionProblem, events: PlacedEvent[]): boolean {
  return events[eventOf(problem)]?.event.name === "";
}

/** Which of the events a problem is about. */
function eventOf(problem: ConditionProblem): number {
  return Number(/^\$\.where\.of\[(\d+)\]/.exec(problem.place)?.[1] ?? -1);
}

/** The same params with another event at a place such as `series.0.event`. */
export function putAt(params: JsonObject, place: string, event: EventMatch): JsonObject {
  const put = (value: unknown, [key, ...rest]: string[]): unknown => {
    if (key === undefined) return event;
    if (Array.isArray(value))
      return value.map((one, at) => (at === Number(key) ? put(one, rest) : one));
    const held = value as JsonObject;
    return { ...held, [key]: put(held[key], rest) };
  };
  return put(params, place.split(".")) as JsonObject;
}
