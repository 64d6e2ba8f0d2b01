/**
 * What the SDK remembers, under one prefix.
 *
 * Before consent, and wherever localStorage throws (blocked cookies, a sandboxed frame, a full
 * quota), it remembers in memory only, key by key. Nothing is cached: another tab may write at any
 * time, and its word is as good as ours.
 */
import { readCookie, writeCookie } from "./cookie";

export const ANONYMOUS_ID = "anon";

export interface Store {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** Keys that start so, sorted. */
  keys(start: string): string[];
  /** Switches between memory only and the browser's storage; what memory held is forgotten. */
  persist(on: boolean): void;
  /** Does this key survive a reload? */
  survives(key: string): boolean;
  /** Removes all that is ours, in memory, localStorage and the cookie, but for one stored key. */
  clear(kept?: string): void;
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

export function createStore(prefix: string, cookieDomain?: string): Store {
  const memory = new Map<string, string>();
  let persisting = false;

  const stored = (key: string) => attempt(() => localStorage.getItem(prefix + key));
  const shared = (key: string) => persisting && cookieDomain && key === ANONYMOUS_ID;
  const storedKeys = () => attempt(() => Object.keys(localStorage)) ?? [];

  const store: Store = {
    get(key) {
      if (!persisting) return memory.get(key) ?? null;
      return (shared(key) && attempt(readCookie)) || (memory.get(key) ?? stored(key));
    },
    set(key, value) {
      memory.set(key, value);
      if (!persisting) return;
      if (shared(key)) attempt(() => writeCookie(value, cookieDomain));
      attempt(() => {
        localStorage.setItem(prefix + key, value);
        memory.delete(key);
      });
    },
    remove(key) {
      memory.delete(key);
      if (!persisting) return;
      if (shared(key)) attempt(() => writeCookie("", cookieDomain));
      attempt(() => localStorage.removeItem(prefix + key));
    },
    keys(start) {
      const names = new Set<string>();
      for (const key of memory.keys()) if (key.startsWith(start)) names.add(key);
      if (persisting) {
        for (const key of storedKeys())
          if (key.startsWith(prefix + start)) names.add(key.slice(prefix.length));
      }
      return [...names].sort();
    },
    persist(on) {
      persisting = on;
      memory.clear();
    },
    survives: (key) => persisting && !memory.has(key),
    clear(kept) {
      persisting = true;
      for (const key of [...store.keys(""), ANONYMOUS_ID]) if (key !== kept) store.remove(key);
      store.persist(false);
    },
  };
  return store;
}
