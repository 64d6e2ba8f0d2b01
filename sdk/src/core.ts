/** What the parts of one running SDK share. */
import { createQueue, type Queue } from "./queue";
import { createSender, type Sender } from "./sender";
import { type Bus, createBus } from "./signals";
import { createStore, type Store } from "./store";
import type { ConsentPreferences, ConsentState, LoadOptions, Signals } from "./types";

export interface Core {
  readonly options: LoadOptions;
  /** Where Kizuna answers, without a slash at its end. */
  readonly host: string;
  readonly prefix: string;
  readonly store: Store;
  readonly queue: Queue;
  readonly sender: Sender;
  readonly on: Bus["on"];
  readonly off: Bus["off"];
  emit<Name extends keyof Signals>(name: Name, detail: Signals[Name]): void;
  warn(...words: unknown[]): void;
  debugging: boolean;
  state: ConsentState;
  answer: ConsentPreferences | null;
  /** Of the page that is shown: the document's, or the address an application moved on from. */
  referrer: string;
  /** When the call being replayed was made; undefined outside of a replay. */
  replayedAt: number | undefined;
}

function warn(...words: unknown[]): void {
  // biome-ignore lint/suspicious/noConsole: a page's developer has no other place to look
  console.warn("[kizuna]", ...words);
}

export function createCore(options: LoadOptions): Core {
  const writeKey = String(options.writeKey);
  const host = (options.host ?? "").replace(/\/+$/, "");
  const prefix = `kizuna.${writeKey}.`;
  const store = createStore(prefix, options.cookieDomain);
  const queue = createQueue(store, options.queueEventsMax ?? 1000);
  const bus = createBus(warn);
  const emit: Core["emit"] = (name, detail) => {
    // biome-ignore lint/suspicious/noConsole: debug() asks for it
    if (core.debugging) console.log("[kizuna]", name, detail);
    bus.emit(name, detail);
  };
  const sender = createSender(store, queue, {
    url: `${host}/v1/batch`,
    writeKey,
    flushAt: options.flushAt ?? 20,
    flushIntervalMs: options.flushIntervalMs ?? 5000,
    isAllowed: () => core.state === "granted",
    emit,
  });
  const core: Core = {
    options,
    host,
    prefix,
    store,
    queue,
    sender,
    on: bus.on,
    off: bus.off,
    emit,
    warn,
    debugging: options.debug === true,
    state: "denied",
    answer: null,
    referrer: "",
    replayedAt: undefined,
  };
  return core;
}
