/** Texts of drawings: an SVG breaks no lines and shortens nothing by itself. */

const WIDE = /[\u1100-\u115f\u2e80-\u303f\u3040-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/u;
const CAPITAL = /[A-Z%&@]/;
/** Widths of characters of the page's font, in ems. */
const EM = { wide: 1, capital: 0.68, narrow: 0.56 };

export function measure(text: string, size: number): number {
  const widths = [...text].map((char) =>
    WIDE.test(char) ? EM.wide : CAPITAL.test(char) ? EM.capital : EM.narrow,
  );
  return widths.reduce((sum, width) => sum + width, 0) * size;
}

/** As much of a text as fits, with an ellipsis. */
export function shorten(text: string, size: number, width: number): string {
  if (measure(text, size) <= width) return text;
  const chars = [...text];
  while (chars.length > 1 && measure(`${chars.join("")}…`, size) > width) chars.pop();
  return `${chars.join("").trimEnd()}…`;
}

/** A text in lines that fit: broken between words, and anywhere within Japanese; the last one is shortened. */
export function wrap(text: string, size: number, width: number, linesMax = 2): string[] {
  const pieces = text.match(/[^\s\u2e80-\uffef]+\s*|./gu) ?? [];
  const lines: string[] = [""];
  for (const [at, piece] of pieces.entries()) {
    const line = lines.at(-1) ?? "";
    if (line === "" || measure(`${line}${piece}`.trimEnd(), size) <= width) {
      lines[lines.length - 1] = line + piece;
    } else if (lines.length === linesMax) {
      lines[lines.length - 1] = shorten(line + pieces.slice(at).join(""), size, width);
      break;
    } else lines.push(piece);
  }
  return lines.map((line) => shorten(line.trim(), size, width));
}
