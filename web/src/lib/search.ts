/** Reads what is in the address bar; anything of the wrong shape is left out. */
export type RawSearch = Record<string, unknown>;

export function readText(raw: RawSearch, name: string): string | undefined {
  const value = raw[name];
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function readFlag(raw: RawSearch, name: string): true | undefined {
  return raw[name] === true || raw[name] === "true" || raw[name] === 1 ? true : undefined;
}

export function readNumber(raw: RawSearch, name: string): number | undefined {
  const value = Number(raw[name]);
  return raw[name] !== undefined && Number.isFinite(value) ? value : undefined;
}

export function readChoice<T extends string>(
  raw: RawSearch,
  name: string,
  choices: readonly T[],
): T | undefined {
  return choices.find((choice) => choice === raw[name]);
}

/** Leaves out what is not set, so that addresses stay short. */
export function compact<T extends object>(search: T): Compact<T> {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined && value !== ""),
  ) as Compact<T>;
}

type Compact<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
