import type { PrivacyRequest } from "@/lib/api";
import { dayKey } from "@/lib/format";

const DAY_MS = 86_400_000;
/** From this share of its time on, a request is shown as urgent. */
const SOON_SHARE = 0.7;

export function isOpen(request: Pick<PrivacyRequest, "state">): boolean {
  return ["received", "running", "failed"].includes(request.state);
}

/** Whole days until the last day, by the workspace's calendar: 0 is today, less than 0 is overdue.
 * `due` is the first moment after the last day. */
export function daysLeft(due: string, timeZone: string, now: Date): number {
  const last = dayKey(lastMoment(due), timeZone);
  const today = dayKey(now.toISOString(), timeZone);
  return Math.round((Date.parse(last) - Date.parse(today)) / DAY_MS);
}

/** The last moment within a deadline: its day is the one to name. */
export function lastMoment(due: string): string {
  return new Date(Date.parse(due) - 1_000).toISOString();
}

export type Urgency = "overdue" | "soon" | "calm";

export interface Deadline {
  days: number;
  /** How much of the time is gone, 0 to 1. */
  share: number;
  urgency: Urgency;
}

export function readDeadline(
  request: Pick<PrivacyRequest, "received_at" | "due_at">,
  timeZone: string,
  now: Date,
): Deadline {
  const received = Date.parse(request.received_at);
  const span = Math.max(1, Date.parse(request.due_at) - received);
  const share = Math.min(1, Math.max(0, (now.getTime() - received) / span));
  const days = daysLeft(request.due_at, timeZone, now);
  const urgency = days < 0 ? "overdue" : share >= SOON_SHARE || days === 0 ? "soon" : "calm";
  return { days, share, urgency };
}

/** What needs somebody first: overdue and open ones by their deadline, then what has ended, newest first. */
export function orderRequests<T extends PrivacyRequest>(rows: T[]): T[] {
  const unique = [...new Map(rows.map((row) => [row.id, row])).values()];
  const open = unique.filter(isOpen).toSorted((a, b) => a.due_at.localeCompare(b.due_at));
  const ended = unique.filter((row) => !isOpen(row)).toSorted((a, b) => b.id - a.id);
  return [...open, ...ended];
}

export interface Receipt {
  stores: [name: string, rows: number][];
  facts: [name: "people" | "identifiers" | "nodes" | "bytes", value: number][];
  notes: string[];
  /** Why it was refused, or what was corrected. */
  text: string | null;
}

const FACTS = ["people", "identifiers", "nodes", "bytes"] as const;

export function readReceipt(receipt: Record<string, unknown>): Receipt {
  const stores = receipt.stores;
  const counts = stores && typeof stores === "object" ? Object.entries(stores) : [];
  const text = receipt.reason ?? receipt.note;
  return {
    stores: counts
      .filter((one): one is [string, number] => typeof one[1] === "number")
      .toSorted((a, b) => b[1] - a[1]),
    facts: FACTS.flatMap((name) => {
      const value = receipt[name];
      return typeof value === "number" ? [[name, value] as [typeof name, number]] : [];
    }),
    notes: Array.isArray(receipt.notes) ? receipt.notes.map(String) : [],
    text: typeof text === "string" ? text : null,
  };
}
