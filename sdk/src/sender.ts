/**
 * Empties the queue: when enough waits, when time is up, when the network is back, when the page
 * goes away. One tab of a site sends at a time.
 */
import type { Batch, Queue } from "./queue";
import type { Store } from "./store";
import {
  type Answer,
  buildBatch,
  canOutlivePage,
  judgeStatus,
  pickBackoff,
  postBatch,
  postLeaving,
} from "./transport";
import type { Signals } from "./types";

/** The server takes 500 KB; the rest is room for the envelope. */
export const BATCH_BYTES_MAX = 450_000;
const BATCH_EVENTS_MAX = 250;
/** Browsers allow 64 KB in all for requests that outlive their page. */
export const LEAVING_BYTES_MAX = 60_000;
/** From here on the batch is halved, to find the one event the server stumbles over … */
const FAILURES_BEFORE_HALVING = 3;
/** … and here that one is given up, so that it does not stand in the way for ever. */
const FAILURES_MAX = 12;
/**
 * Where tabs cannot take turns they leave each other's fresh events alone: a claim needs a moment
 * to show in another process.
 */
const OTHERS_AGE_MS = 10_000;
/**
 * Browsers let a request fail when they leave the page (though they finish it), a moment before
 * they tell the page so: a failure counts only when this has passed and the page is still there.
 */
const CUT_OFF_MS = 50;
/** Kept in storage: a reload is no way around a server that asked for a pause. */
const PAUSE = "pause";
const PAUSE_MS_MAX = 300_000;
/**
 * Set while the last attempt of any page failed. Until one succeeds, a page that goes keeps its
 * events: what it hands to the browser is not seen to arrive.
 */
const FAILING = "failing";

export interface SenderOptions {
  url: string;
  writeKey: string;
  flushAt: number;
  flushIntervalMs: number;
  isAllowed(): boolean;
  emit<Name extends keyof Signals>(name: Name, detail: Signals[Name]): void;
}

export interface Sender {
  /** Call after every event: sends at once or sets the timer. */
  notice(): void;
  flush(): Promise<void>;
  /** The page is hidden or going: hands what waits to the browser, without waiting for a turn. */
  leave(forGood: boolean): void;
  /** The network is back. */
  wake(): void;
  /** Sends one message past the queue and the storage, which a refusal has closed. */
  tell(json: string): Promise<void>;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Web Locks are missing on plain http. */
const canTakeTurns = () => Boolean(navigator.locks);

/** Runs one job at a time over all tabs, where that can be done. */
async function takeTurn(name: string, job: () => Promise<void>): Promise<void> {
  if (!canTakeTurns()) return job();
  let started = false;
  const run = () => {
    started = true;
    return job();
  };
  try {
    await navigator.locks.request(name, run);
  } catch {
    // Refused in a sandboxed frame, where storage is not shared either.
    if (!started) await job();
  }
}

export function createSender(store: Store, queue: Queue, options: SenderOptions): Sender {
  const { url, writeKey, emit } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = 0;
  let running: Promise<void> | undefined;
  let inFlight: (Batch & { claim: string; handedOver: boolean }) | undefined;
  let failures = 0;
  let serverFailures = 0;
  let retryAt = 0;

  const pauseLeft = () => {
    const now = Date.now();
    const left = Math.max(Number(store.get(PAUSE)), retryAt) - now;
    // A longer one was written under another clock.
    return left > 0 && left <= PAUSE_MS_MAX ? left : 0;
  };

  const canSend = () => options.isAllowed() && navigator.onLine !== false && !pauseLeft();
  const mayTrustBrowser = () => canSend() && !store.get(FAILING);

  const schedule = (ms: number) => {
    if (timer !== undefined && due <= Date.now() + ms) return;
    clearTimeout(timer);
    due = Date.now() + ms;
    timer = setTimeout(() => {
      timer = undefined;
      void sender.flush();
    }, ms);
  };

  const backOff = ({ status, retryAfterMs }: Answer) => {
    failures++;
    store.set(FAILING, "1");
    if (status >= 500) serverFailures++;
    const until = Date.now() + (retryAfterMs || pickBackoff(failures));
    // A missing network is this page's affair; what the server asks for binds every tab.
    if (status) store.set(PAUSE, String(until));
    else retryAt = until;
  };

  const giveUp = (keys: string[], reason: "refused" | "failing") => {
    queue.remove(keys);
    emit("drop", { events: keys.length, reason });
  };

  const settle = (batch: Batch, answer: Answer) => {
    const verdict = judgeStatus(answer.status);
    if (verdict === "retry") {
      backOff(answer);
      if (serverFailures < FAILURES_MAX) return;
      giveUp(batch.keys, "failing");
    } else if (verdict === "refused") {
      giveUp(batch.keys, verdict);
    } else {
      queue.remove(batch.keys);
      emit("sent", { events: batch.keys.length });
    }
    failures = serverFailures = 0;
    store.remove(FAILING);
  };

  /** Puts back what was handed over and came to nothing while the page is still alive. */
  const takeBack = (batch: Batch, answer: Answer) => {
    if (judgeStatus(answer.status) !== "retry" || !options.isAllowed()) return;
    for (const text of batch.texts) queue.add(text);
    backOff(answer);
    schedule(options.flushIntervalMs);
  };

  const sendNext = async () => {
    const halvings = Math.max(0, serverFailures - FAILURES_BEFORE_HALVING);
    const eventsMax = Math.max(1, BATCH_EVENTS_MAX >> halvings);
    const batch = queue.take(BATCH_BYTES_MAX, eventsMax, canTakeTurns() ? 0 : OTHERS_AGE_MS);
    if (!batch.keys.length) return false;
    const claim = queue.claim(batch.keys);
    const outlives = batch.bytes < LEAVING_BYTES_MAX && canOutlivePage();
    const sending = { ...batch, claim, handedOver: false };
    inFlight = outlives ? sending : undefined;
    const answer = await postBatch(url, buildBatch(writeKey, batch.texts), outlives);
    if (outlives && !answer.status) await wait(CUT_OFF_MS);
    inFlight = undefined;
    if (!sending.handedOver) settle(batch, answer);
    else if (answer.status) takeBack(batch, answer);
    queue.release(claim);
    return true;
  };

  const drain = async () => {
    while (canSend() && (await sendNext()));
    // What is left waits for the pause to end, or for the lease of a page that is gone.
    if (options.isAllowed() && !queue.isEmpty())
      schedule(Math.max(pauseLeft(), options.flushIntervalMs));
  };

  /**
   * The page goes: the browser finishes the request under way, nobody else need send it. Where
   * that is not to be trusted, the next page sends again when the lease is over.
   */
  const handOver = () => {
    if (!inFlight || !mayTrustBrowser()) return;
    inFlight.handedOver = true;
    queue.remove(inFlight.keys);
    queue.release(inFlight.claim);
  };

  const sender: Sender = {
    notice() {
      schedule(options.flushIntervalMs);
      if (queue.list().length >= options.flushAt && canSend()) void sender.flush();
    },
    flush() {
      running ??= takeTurn(`kizuna.${writeKey}`, drain).finally(() => {
        running = undefined;
      });
      return running;
    },
    leave(forGood) {
      if (!options.isAllowed()) return;
      if (forGood) handOver();
      const room = LEAVING_BYTES_MAX - (inFlight?.bytes ?? 0);
      const batch = queue.take(room, BATCH_EVENTS_MAX, Number.POSITIVE_INFINITY);
      const [first] = batch.keys;
      // What cannot go now is safe where it is, unless there is only memory.
      if (first === undefined || (!mayTrustBrowser() && store.survives(first))) return;
      queue.remove(batch.keys);
      void postLeaving(url, buildBatch(writeKey, batch.texts)).then((answer) =>
        takeBack(batch, answer),
      );
    },
    wake() {
      retryAt = 0;
      // All tabs hear of it at once.
      schedule(canTakeTurns() ? 0 : Math.random() * 1000);
    },
    async tell(json) {
      const body = buildBatch(writeKey, [json]);
      for (let attempts = 1; attempts < FAILURES_MAX; attempts++) {
        const answer = await postBatch(url, body, canOutlivePage());
        if (judgeStatus(answer.status) !== "retry") return;
        await wait(answer.retryAfterMs || pickBackoff(attempts));
      }
    },
  };
  return sender;
}
