/** Settings from the data-attributes of the script tag. */
import type { LoadOptions } from "./types";

export interface Settings {
  /** The name of the global variable. */
  global: string;
  options: Partial<LoadOptions>;
}

function parseValue(value: string): string | number | boolean {
  if (value === "" || value === "true") return true;
  if (value === "false") return false;
  return /^\d+$/.test(value) ? Number(value) : value;
}

/** `data-flush-at="5"` is `flushAt: 5`; the host is where the script came from unless given. */
export function readSettings(data: DOMStringMap, source?: string): Settings {
  const options: Record<string, unknown> = {};
  if (source) options.host = new URL(source).origin;
  for (const [name, value] of Object.entries(data))
    if (value !== undefined) options[name] = name === "writeKey" ? value : parseValue(value);
  const { global, ...rest } = options;
  return { global: typeof global === "string" ? global : "analytics", options: rest };
}
