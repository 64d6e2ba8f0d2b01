import type { EventRow } from "@/lib/api";
import { dayKey, startOfDay } from "@/lib/format";
import { compact } from "@/lib/search";
import type { TimelineFilter } from "./profile-queries";

export interface DayItem {
  kind: "day";
  key: string;
  at: string;
  events: number;
}

export interface EventItem {
  kind: "event";
  key: string;
  event: EventRow;
}

export type TimelineItem = DayItem | EventItem;

export function eventKey(event: EventRow): string {
  return `${event.source_id} ${event.message_id}`;
}

/** Days of the workspace's zone, each followed by its events. */
export function arrangeTimeline(events: EventRow[], timeZone: string): TimelineItem[] {
  const items: TimelineItem[] = [];
  let day: DayItem = { kind: "day", key: "", at: "", events: 0 };
  for (const event of events) {
    const key = dayKey(event.time, timeZone);
    if (day.key !== key) {
      day = { kind: "day", key, at: event.time, events: 0 };
      items.push(day);
    }
    day.events += 1;
    items.push({ kind: "event", key: eventKey(event), event });
  }
  return items;
}

/** What the address asks for, in the words of the API: days become instants of the workspace's zone. */
export function readTimelineFilter(
  search: { touchpoint?: string; event?: string; from?: string; to?: string },
  timeZone: string,
): TimelineFilter {
  return compact({
    touchpoint: search.touchpoint ? [search.touchpoint] : undefined,
    event: search.event ? [search.event] : undefined,
    from: search.from && startOfDay(search.from, timeZone),
    to: search.to && startOfDay(dayAfter(search.to), timeZone),
  });
}

function dayAfter(day: string): string {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}

export function matchesTimeline(event: EventRow, filter: TimelineFilter): boolean {
  return (
    (!filter.touchpoint || filter.touchpoint.includes(event.touchpoint)) &&
    (!filter.event || filter.event.includes(event.name)) &&
    (!filter.from || event.time >= filter.from) &&
    (!filter.to || event.time < filter.to)
  );
}

/** Newest first; an event that came both by page and live stands there once. */
export function mergeEvents(fresh: EventRow[], loaded: EventRow[]): EventRow[] {
  const known = new Set(loaded.map(eventKey));
  const added = fresh.filter((event) => !known.has(eventKey(event)));
  if (added.length === 0) return loaded;
  return [...added, ...loaded].toSorted((a, b) => b.time.localeCompare(a.time));
}
