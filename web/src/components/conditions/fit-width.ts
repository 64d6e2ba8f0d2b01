const WIDE = /[\u1100-\u115f\u2e80-\u303f\u3040-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/u;
const CHARS_MIN = 3;
const CHARS_MAX = 34;

/** The width a field needs for its text, so that a row of fields reads as a sentence. */
export function fitWidth(text: string, extraRem: number): string {
  const chars = [...text].reduce((sum, char) => sum + (WIDE.test(char) ? 1.68 : 0.94), 0);
  const fitting = Math.min(CHARS_MAX, Math.max(CHARS_MIN, chars));
  return `calc(${fitting.toFixed(1)}ch + ${extraRem}rem)`;
}
