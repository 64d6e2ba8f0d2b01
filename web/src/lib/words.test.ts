import { expect, test } from "vitest";
import type { Dictionary, Words } from "./words";

/** Every file that declares words; the screens find them the same way, so none can be forgotten. */
const files = import.meta.glob<Record<string, unknown>>("../**/*.{ts,tsx}", { eager: false });
const sources = import.meta.glob<string>("../**/*.{ts,tsx}", {
  eager: true,
  query: "?raw",
  import: "default",
});

const declaring = Object.keys(sources).filter(
  (path) => sources[path]?.includes("defineWords({") && !path.includes(".test."),
);

const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;
/** Names that are the same in every language, and formats without words. */
const UNTRANSLATED = /^[\sA-Za-z0-9_.,:;=()/%+×·–—〜。‹›«»-]*$/;
/** English texts that speak Japanese on purpose: the offer to change the language. */
const OFFERS = ["palette.toggleLanguage"];

/** Of these the server holds the English. */
const SERVER_SPEAKS = /(problem-words|refusal-words|audit-sentences)\.ts$/;

function isDictionary(value: unknown): value is Dictionary<Words> {
  return typeof value === "object" && value !== null && "en" in value && "ja" in value;
}

function listTexts(words: Words, path = ""): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    const name = path ? `${path}.${key}` : key;
    if (typeof value === "string") texts.set(name, value);
    else if (typeof value === "function") texts.set(name, value(...(["1", "2", "3"] as never[])));
    else for (const [inner, text] of listTexts(value, name)) texts.set(inner, text);
  }
  return texts;
}

async function readDictionaries(path: string): Promise<Dictionary<Words>[]> {
  const module = await files[path]?.();
  return Object.values(module ?? {}).filter(isDictionary);
}

test("words are declared in more than one place", () => {
  expect(declaring.length).toBeGreaterThan(8);
});

test.each(declaring.filter((path) => !SERVER_SPEAKS.test(path)))(
  "%s says everything in both languages",
  async (path) => {
    for (const { en, ja } of await readDictionaries(path)) {
      const english = listTexts(en);
      const japanese = listTexts(ja as Words);
      expect([...japanese.keys()].toSorted()).toEqual([...english.keys()].toSorted());
      for (const [key, text] of english) {
        expect(text.trim(), `${key} in English`).not.toBe("");
        if (!OFFERS.includes(key)) expect(text, `${key} in English`).not.toMatch(JAPANESE);
      }
      for (const [key, text] of japanese) {
        expect(text.trim(), `${key} in Japanese`).not.toBe("");
        if (!OFFERS.includes(key) && !UNTRANSLATED.test(text)) {
          expect(text, `${key} in Japanese`).toMatch(JAPANESE);
        }
        expect(text, `${key}: no exclamation marks`).not.toMatch(/[!！]/);
      }
    }
  },
);
