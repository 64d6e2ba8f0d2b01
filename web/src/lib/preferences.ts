import { useState } from "react";

/** Set once somebody has looked at a profile; a step of getting started. */
export const SEEN_PROFILE = "home.seenProfile";

/** A choice of this person on this device, such as the columns of a table. */
export function usePreference<T>(name: string, initial: T): [T, (value: T) => void] {
  const key = `kizuna.${name}`;
  const [value, setValue] = useState<T>(() => readPreference(key) ?? initial);
  const save = (next: T) => {
    setValue(next);
    localStorage.setItem(key, JSON.stringify(next));
  };
  return [value, save];
}

function readPreference<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}
