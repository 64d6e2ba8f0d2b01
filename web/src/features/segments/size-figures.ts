import type { SegmentSizes } from "@/lib/api";

const HOUR_MS = 3_600_000;

/** Sizes as a step line over real time: each holds until the next one. */
export function toSteps({ points }: SegmentSizes): [number, number][] {
  return points.map((point) => [new Date(point.at).getTime(), point.size]);
}

/** Moves added up by day of the zone, for bars that can be read over months. */
export function addUpByDay({
  points,
  time_zone: timeZone,
}: SegmentSizes): { day: string; entered: number; left: number }[] {
  const key = new Intl.DateTimeFormat("sv-SE", { timeZone });
  const days = new Map<string, { entered: number; left: number }>();
  for (const point of points) {
    const day = key.format(new Date(point.at));
    const sum = days.get(day) ?? { entered: 0, left: 0 };
    days.set(day, { entered: sum.entered + point.entered, left: sum.left + point.left });
  }
  return fillDays([...days.keys()]).map((day) => ({
    day,
    ...(days.get(day) ?? { entered: 0, left: 0 }),
  }));
}

/** Every day from the first to the last: a day without a move is a day, too. */
function fillDays(days: string[]): string[] {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const filled: string[] = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += 24 * HOUR_MS)
    filled.push(new Date(at).toISOString().slice(0, 10));
  return filled;
}

export function total(numbers: number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
