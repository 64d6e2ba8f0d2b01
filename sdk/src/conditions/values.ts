/** One value of a trait, a property, an identifier or a fact: how it is found, and whether it passes. */
import type { Scalar, Test } from "./ast";
import { fold } from "./fold";
import { type Asked, boundsOf, DAY_MS, isWithin, readInstant, refuse, todayMs } from "./moments";

export type Values = Record<string, unknown>;

/** undefined where there is none; a list's index and what objects inherit are no names. */
export function ownValue(value: unknown, name: string): unknown {
  const isObject = value && typeof value === "object" && !Array.isArray(value);
  return isObject ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

/** The values at a path: one, or those of all elements of a list where the path says `[]`. */
export function readPath(properties: Values, path: string): unknown[] {
  return path.split(".").reduce<unknown[]>(
    (found, step) =>
      step.endsWith("[]")
        ? found.flatMap((one) => {
            const list = ownValue(one, step.slice(0, -2));
            return Array.isArray(list) ? list : [];
          })
        : found.map((one) => ownValue(one, step)),
    [properties],
  );
}

/** The trait of that whole name; else `b` within the trait `a` for `a.b`. Lists are not entered. */
export const readTrait = (traits: Values, name: string): unknown =>
  ownValue(traits, name) === undefined
    ? name.split(".").reduce<unknown>(ownValue, traits)
    : traits[name];

const plain = (value: unknown) => (typeof value === "string" ? fold(value) : value);

const isOneOf = (value: unknown, wanted: Scalar[]) => wanted.map(plain).includes(plain(value));

/** Whether the date comes round from today + `first` to today + `last`. */
function comesRound(value: unknown, test: Test & { op: "anniversary" }, at: Asked, zone: string) {
  if (readInstant(value, "UTC") === undefined) return false;
  const birthday = (value as string).slice(5, 10);
  const today = todayMs(at, zone);
  const monthAndDay = (n: number) => new Date(today + n * DAY_MS).toISOString().slice(5, 10);
  const { first = 0, last = 0 } = test;
  for (let n = first; n <= last; n++) {
    const day = monthAndDay(n);
    const isLeapDay = `${day} ${monthAndDay(n + 1)} ${birthday}` === "02-28 03-01 02-29";
    if (day === birthday || isLeapDay) return true;
  }
  return false;
}

/** Whether a JSON value passes; what is missing is undefined. */
export function passes(test: Test, value: unknown, at: Asked, zone: string): boolean {
  switch (test.op) {
    case "exists":
      return value !== undefined && value !== null;
    case "is":
      return isOneOf(value, [test.value]);
    case "in":
      return isOneOf(value, test.values);
    case "has":
      return Array.isArray(value) && value.some((one) => isOneOf(one, test.values));
    case "contains":
      return typeof value === "string" && fold(value).includes(fold(test.value));
    case "starts_with":
      return typeof value === "string" && fold(value).startsWith(fold(test.value));
    case "ends_with":
      return typeof value === "string" && fold(value).endsWith(fold(test.value));
    case "between": {
      if (typeof value !== "number") return false;
      const { low, high, open } = test;
      return (
        (low == null || (open ? value > low : value >= low)) &&
        (high == null || (open ? value < high : value <= high))
      );
    }
    case "dated": {
      const bounds = boundsOf(test, at, zone);
      const instant = readInstant(value, zone);
      return instant !== undefined && isWithin(instant, bounds);
    }
    case "anniversary":
      return comesRound(value, test, at, zone);
  }
  return refuse();
}
