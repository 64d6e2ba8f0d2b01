/** Text that is safe on the wire. */

/**
 * JSON in which no half of a surrogate pair is left alone.
 *
 * JSON.stringify writes a lone half as an escape (`\ud83d`), which strict decoders refuse together
 * with the whole batch. The pattern eats escapes one by one, so a literal backslash before "ud83d"
 * is not mistaken for one.
 */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) =>
    typeof item === "bigint" ? String(item) : item,
  ).replace(/\\(?:u(d[89a-f]..)|.)/g, (pair, half) => (half ? "\ufffd" : pair));
}

/** Parses what storage gave back; null for nothing and for what something else wrote there. */
export function decodeJson<T>(text: string | null): T | null {
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export function countBytes(text: string): number {
  return new Blob([text]).size;
}

/** A version 4 UUID; `crypto.randomUUID` is missing on plain http. */
export function makeId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(36));
  return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (letter, at: number) => {
    const nibble = (bytes[at] ?? 0) & 15;
    return (letter === "x" ? nibble : (nibble & 3) | 8).toString(16);
  });
}
