export const LINES_MAX = 100_000;

/** Lines with something in them. */
export function countLines(text: string): number {
  return text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "").length;
}
