/** CSV as Excel opens it rightly: a byte order mark, CRLF, quotes where needed. */
export function toCsv(columns: string[], rows: unknown[][]): string {
  const lines = [columns, ...rows].map((row) => row.map(quoteCell).join(","));
  return `\uFEFF${lines.join("\r\n")}\r\n`;
}

/** Tab-separated, as spreadsheets paste it. */
export function toTsv(columns: string[], rows: unknown[][]): string {
  return [columns, ...rows]
    .map((row) => row.map((cell) => asText(cell).replace(/[\t\r\n]+/g, " ")).join("\t"))
    .join("\n");
}

function asText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

// A text that begins like a formula is run by spreadsheets; the apostrophe makes it text again.
function quoteCell(cell: unknown): string {
  const raw = asText(cell);
  const text = typeof cell === "string" && /^[=+\-@\t\r]/.test(raw) ? `'${raw}` : raw;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function downloadText(filename: string, text: string, type = "text/csv"): void {
  downloadUrl(filename, URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` })));
}

export function downloadUrl(filename: string, url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.click();
  if (url.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
