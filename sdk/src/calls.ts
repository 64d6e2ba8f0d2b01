/** The loose arguments of analytics.js, put in order. */
import type { Callback, CallOptions, Properties } from "./types";

export interface Call {
  /** Leading names and ids; null where one was left open. */
  names: (string | null)[];
  body: Properties;
  options: CallOptions;
  done: Callback | undefined;
}

/**
 * Up to `namesMax` leading strings, numbers or nulls are names; then come the body and the options;
 * a function anywhere is the callback.
 */
export function parseCall(given: unknown[], namesMax: number): Call {
  const done = given.find((item) => typeof item === "function") as Callback | undefined;
  const rest = given.filter((item) => typeof item !== "function");
  const names: (string | null)[] = [];
  while (names.length < namesMax && rest.length && (typeof rest[0] !== "object" || !rest[0])) {
    const name = rest.shift();
    names.push(name === undefined || name === null || name === "" ? null : String(name));
  }
  const [body, options] = rest as [Properties?, CallOptions?];
  return { names, body: body ?? {}, options: options ?? {}, done };
}
