import type { Happened } from "./look";

/** In which period each thing happened; what happened before or after is left out. */
export function placeHappened(happened: Happened[], periods: unknown[], until: string) {
  const starts = periods.map((period) => new Date(String(period)).getTime());
  return happened
    .map((one) => {
      const at = new Date(one.at).getTime();
      const place = starts.findLastIndex((start) => start <= at);
      return { one, place: at < new Date(until).getTime() ? place : -1 };
    })
    .filter(({ place }) => place >= 0)
    .toSorted((a, b) => a.one.at.localeCompare(b.one.at))
    .map((found, index) => ({ ...found, number: index + 1 }));
}

/** ① to ⑳, and plain numbers after that. */
export function circled(number: number): string {
  return number <= 20 ? String.fromCharCode(0x245f + number) : `(${number})`;
}
