/** Conditions on what a person did. */
import type { Behaviour, Did, EventMatch, Filter } from "./ast";
import { type Asked, boundsOf, isWithin, refuse, spanUs } from "./moments";
import { passes, readPath, type Values } from "./values";

export interface PastEvent {
  name: string;
  /** Whole microseconds since 1970, UTC. */
  time_us: number;
  /** Default web. */
  touchpoint?: string;
  properties?: Values;
}

const MILLIONTHS_MAX = 9e15;

/** Dates are read in the workspace's zone, whatever a filter says. */
const passesAll = (event: PastEvent, filters: Filter[], at: Asked) =>
  filters.every(({ property, test }) =>
    readPath(event.properties ?? {}, property).some((value) => passes(test, value, at, at.zone)),
  );

const countMillionths = (value: number) => Math.floor(value * 1e6 + 0.5);

/** What a measure is compared with, rounded as what is measured. */
function toMillionths(value: number): bigint {
  const whole = countMillionths(value);
  return Math.abs(whole) > MILLIONTHS_MAX ? BigInt(Math.trunc(value)) * 1000000n : BigInt(whole);
}

/** What is measured, and what it is compared with; undefined where there is nothing to measure. */
function measure(leaf: Did, events: PastEvent[]): [number | bigint, number | bigint] | undefined {
  const { measure: { of = "count", property } = {}, value = 1 } = leaf;
  const values =
    property == null ? [] : events.flatMap((one) => readPath(one.properties ?? {}, property));
  const parts = values
    .filter((one) => typeof one === "number")
    .map(countMillionths)
    .filter((one) => Math.abs(one) <= MILLIONTHS_MAX);
  const sum = () => parts.reduce((total, one) => total + BigInt(one), 0n);
  switch (of) {
    case "count":
      return [events.length, value];
    case "distinct": {
      const told = values.filter((one) => /string|number|boolean/.test(typeof one));
      return [new Set(told).size, value];
    }
    case "sum":
      return [sum(), toMillionths(value)];
    case "average": // multiplied out, for a quotient of whole numbers would be rounded
      return parts.length ? [sum(), toMillionths(value) * BigInt(parts.length)] : undefined;
    case "min":
    case "max": {
      parts.sort((a, b) => (of === "min" ? a - b : b - a));
      const [end] = parts;
      return end === undefined ? end : [end, toMillionths(value)];
    }
  }
  return refuse();
}

function compares(leaf: Did, events: PastEvent[]): boolean {
  const { compare = "at_least" } = leaf;
  const [measured, wanted] = measure(leaf, events) ?? [];
  if (measured === undefined || wanted === undefined) return false;
  switch (compare) {
    case "at_least":
      return measured >= wanted;
    case "at_most":
      return measured <= wanted;
    case "exactly":
      return measured >= wanted && measured <= wanted;
  }
  return refuse();
}

export function behaves(leaf: Behaviour, all: PastEvent[], at: Asked): boolean {
  const bounds = boundsOf(leaf.window ?? {}, at, at.zone);
  const isInside = (event: PastEvent) => isWithin(event.time_us, bounds);
  // What is later than now has not happened.
  const past = all.filter((one) => one.time_us <= at.now_us).sort((a, b) => a.time_us - b.time_us);
  const find = ({ name, where = [], touchpoints = [] }: EventMatch) =>
    past.filter(
      (one) =>
        (name == null || one.name === name) &&
        (!touchpoints.length || touchpoints.includes(one.touchpoint ?? "web")) &&
        passesAll(one, where, at),
    );
  switch (leaf.kind) {
    case "did":
      return compares(leaf, find(leaf.event).filter(isInside));
    case "occurrence": {
      const found = find(leaf.event);
      const ends = { first: 0, last: found.length - 1 };
      const end = found[ends[leaf.which] ?? refuse()];
      return found.some(
        (one) =>
          one.time_us === end?.time_us && isInside(one) && passesAll(one, leaf.having ?? [], at),
      );
    }
    case "sequence": {
      const within = spanUs(leaf.within);
      const [starts = [], ...steps] = leaf.steps.map((step) => find(step).filter(isInside));
      return starts.some((start) => {
        // Of the events that may come before, the two earliest tell all: one may be the event itself.
        const follow = (before: PastEvent[], step: PastEvent[]) =>
          step.filter(
            (one) =>
              one.time_us <= start.time_us + within &&
              before.slice(0, 2).some((prior) => prior !== one && prior.time_us <= one.time_us),
          );
        return steps.reduce(follow, [start]).length;
      });
    }
    case "unfollowed": {
      const within = spanUs(leaf.within);
      const then = find(leaf.then);
      return find(leaf.first).some(
        (first) =>
          isInside(first) &&
          first.time_us + within < at.now_us &&
          !then.some(
            (one) =>
              one !== first &&
              one.time_us >= first.time_us &&
              one.time_us <= first.time_us + within,
          ),
      );
    }
  }
  return refuse();
}
