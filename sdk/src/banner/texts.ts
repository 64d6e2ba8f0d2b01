/** What the banner says: the workspace's purposes and words, from Kizuna. */

export interface Purpose {
  key: string;
  title: string;
  body: string;
  /** Goes without asking, and is shown as such. */
  required: boolean;
  /** Whether the box is ticked before there is an answer. */
  default: boolean;
}

export interface Theme {
  color: string;
  radius: number;
}

/** The answer of `GET /v1/consent/<writeKey>?language=…`. */
export interface Texts {
  version: number;
  language: string;
  title: string;
  body: string;
  privacy_url: string | null;
  theme: Theme;
  purposes: Purpose[];
  labels: { accept: string; reject: string; choose: string; save: string };
}

/** The first language that is named at all decides; whoever does not read Japanese gets English. */
export function pickLanguage(...named: (string | null | undefined)[]): "ja" | "en" {
  return /^ja\b/i.test(named.find(Boolean) ?? "") ? "ja" : "en";
}

export async function fetchTexts(host: string, writeKey: string, language: string): Promise<Texts> {
  const address = `${host}/v1/consent/${encodeURIComponent(writeKey)}?language=${language}`;
  const response = await fetch(address, { credentials: "omit" });
  const texts: Texts | null = response.ok ? await response.json() : null;
  if (!texts?.purposes?.length) throw new Error(`No texts (${response.status}).`);
  return texts;
}
