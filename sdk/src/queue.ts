/**
 * Events that wait to be sent, one storage key each.
 *
 * One key an event means that tabs never rewrite each other's work, and whichever tab sends takes
 * the events of all, also of tabs that are gone. Before a tab sends, it writes a claim, a lease on
 * these keys: a page that dies in the middle leaves a claim that runs out and events that are sent
 * again under the same message ids.
 */
import type { Store } from "./store";
import { countBytes, decodeJson, makeId } from "./text";

export const QUEUE_BYTES_MAX = 1_000_000;
/** Longer than a request may take (transport.ts), so a live claim is never run over. */
export const LEASE_MS = 30_000;

const EVENT = "e.";
const CLAIM = "c.";

interface Claim {
  until: number;
  keys: string[];
}

export interface Batch {
  keys: string[];
  texts: string[];
  bytes: number;
}

export interface Queue {
  /** Appends one event; tells how many old ones had to go to make room. */
  add(json: string): number;
  /** Keys nobody is sending, oldest first. */
  list(): string[];
  /** The first events that fit; of other pages only what is older than `othersAgeMs`. */
  take(bytesMax: number, takeMax: number, othersAgeMs?: number): Batch;
  isEmpty(): boolean;
  /** Keeps other tabs from sending these; the returned name ends it. */
  claim(keys: string[]): string;
  release(claim: string): void;
  remove(keys: string[]): void;
}

const readTime = (key: string) => Number.parseInt(key.slice(EVENT.length), 36);

/** The weight stands in the key, so that bounds and batches are planned without reading events. */
function weigh(key: string): number {
  return Number.parseInt(key.slice(key.lastIndexOf(".") + 1), 36) || 0;
}

export function createQueue(store: Store, eventsMax: number): Queue {
  const page = makeId().slice(0, 8);
  let sequence = 0;

  const makeRoom = (bytes: number) => {
    const keys = store.keys(EVENT);
    let total = keys.reduce((sum, key) => sum + weigh(key), bytes);
    let dropped = 0;
    while (keys.length - dropped >= eventsMax || total > QUEUE_BYTES_MAX) {
      const oldest = keys[dropped];
      if (oldest === undefined) break;
      total -= weigh(oldest);
      store.remove(oldest);
      dropped++;
    }
    return dropped;
  };

  const claimedKeys = () => {
    const now = Date.now();
    const claimed = new Set<string>();
    for (const name of store.keys(CLAIM)) {
      const claim = decodeJson<Claim>(store.get(name));
      // A claim from the future was written under a wrong clock and would never end.
      if (claim && claim.until > now && claim.until <= now + LEASE_MS)
        for (const key of claim.keys) claimed.add(key);
      else store.remove(name);
    }
    return claimed;
  };

  const queue: Queue = {
    add(json) {
      const bytes = countBytes(json);
      const dropped = makeRoom(bytes);
      const order = `${Date.now().toString(36)}.${(sequence++).toString(36).padStart(5, "0")}`;
      store.set(`${EVENT}${order}.${page}.${bytes.toString(36)}`, json);
      return dropped;
    },
    list() {
      const claimed = claimedKeys();
      return store.keys(EVENT).filter((key) => !claimed.has(key));
    },
    take(bytesMax, takeMax, othersAgeMs = 0) {
      const batch: Batch = { keys: [], texts: [], bytes: 0 };
      const oldEnough = Date.now() - othersAgeMs;
      for (const key of queue.list()) {
        const mayTake = key.includes(`.${page}.`) || readTime(key) <= oldEnough;
        const text = mayTake ? store.get(key) : null;
        if (text === null) continue;
        const bytes = countBytes(text) + 1;
        if (batch.keys.length >= takeMax || batch.bytes + bytes > bytesMax) break;
        batch.keys.push(key);
        batch.texts.push(text);
        batch.bytes += bytes;
      }
      return batch;
    },
    isEmpty: () => store.keys(EVENT).length === 0,
    claim(keys) {
      const name = CLAIM + makeId();
      store.set(name, JSON.stringify({ until: Date.now() + LEASE_MS, keys } satisfies Claim));
      return name;
    },
    release: (claim) => store.remove(claim),
    remove(keys) {
      for (const key of keys) store.remove(key);
    },
  };
  return queue;
}
