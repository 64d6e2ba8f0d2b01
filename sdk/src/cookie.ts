/** The one cookie: the anonymous id, shared by the subdomains of a domain. */

export const COOKIE = "kizuna_anonymous_id";
const YEAR_S = 31_536_000;

export function readCookie(): string | null {
  const found = new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(document.cookie);
  return found?.[1] ? decodeURIComponent(found[1]) : null;
}

/** Writes the id for a year; an empty one takes the cookie away. */
export function writeCookie(value: string, domain = ""): void {
  const secure = location.protocol === "https:" ? ";Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is missing on plain http
  document.cookie = `${COOKIE}=${encodeURIComponent(value)};Domain=${domain};Path=/;Max-Age=${value ? YEAR_S : 0};SameSite=Lax${secure}`;
}
