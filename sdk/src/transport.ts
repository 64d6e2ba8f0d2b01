/** One POST of one batch, and what its answer means. */

/** Shorter than the lease of a claim (queue.ts). */
const REQUEST_MS_MAX = 20_000;
const RETRY_AFTER_MS_MAX = 300_000;
const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 300_000;

export type Verdict = "delivered" | "retry" | "refused";

export interface Answer {
  /** 0 when no answer came. */
  status: number;
  retryAfterMs: number;
}

/** Segment's clients agree on this list, so servers may rely on it. */
export function judgeStatus(status: number): Verdict {
  if (status >= 200 && status < 400) return "delivered";
  const retried =
    status === 0 ||
    [408, 410, 429, 460].includes(status) ||
    (status >= 500 && ![501, 505, 511].includes(status));
  return retried ? "retry" : "refused";
}

/** Reads `Retry-After` in either of its forms, seconds or a date; 0 when there is none. */
export function parseRetryAfter(value: string | null, now: number): number {
  if (!value) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Math.min(Math.max(ms || 0, 0), RETRY_AFTER_MS_MAX);
}

/** Doubles with every failure, of which a random half is left out so that clients spread. */
export function pickBackoff(failures: number, random = Math.random()): number {
  const ceiling = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (failures - 1));
  return Math.round(ceiling * (0.5 + random / 2));
}

export function buildBatch(writeKey: string, texts: string[]): string {
  const sentAt = new Date().toISOString();
  return `{"batch":[${texts.join(",")}],"sentAt":"${sentAt}","writeKey":${JSON.stringify(writeKey)}}`;
}

/** Firefox before 133 knows no keepalive. */
export const canOutlivePage = () => "keepalive" in Request.prototype;

/**
 * Sends one batch; never rejects.
 *
 * text/plain and no headers of our own keep the browser from asking for permission first
 * (preflight). `keepalive` asks the browser to finish the request after the page is gone.
 */
export async function postBatch(url: string, body: string, keepalive: boolean): Promise<Answer> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), REQUEST_MS_MAX);
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: { "Content-Type": "text/plain" },
      credentials: "omit",
      keepalive,
      signal: abort.signal,
    });
    const header = response.headers.get("Retry-After");
    return { status: response.status, retryAfterMs: parseRetryAfter(header, Date.now()) };
  } catch {
    return { status: 0, retryAfterMs: 0 };
  } finally {
    clearTimeout(timer);
  }
}

/** Hands a batch to the browser of a page that goes away; the answer may never be seen. */
export async function postLeaving(url: string, body: string): Promise<Answer> {
  if (canOutlivePage()) return postBatch(url, body, true);
  return { status: navigator.sendBeacon(url, body) ? 200 : 0, retryAfterMs: 0 };
}
