import type { Basis, ConsentDefault, Purpose, PurposeTerms, PurposeText } from "@/lib/api";
import { LANGUAGES, REGIONS } from "./term-words";

export type DraftLanguage = (typeof LANGUAGES)[number];
export type Region = (typeof REGIONS)[number];

type Texts = Record<`texts.${DraftLanguage}.${"title" | "body"}`, string>;
type Bases = Record<`terms.${Region}.basis`, Basis>;
type Defaults = Record<`terms.${Region}.default`, ConsentDefault>;

/** A purpose as a flat form; its fields are called as the server calls them in its refusals. */
export type PurposeDraft = { key: string; channels: string[] } & Texts & Bases & Defaults;

export interface PurposeParts {
  texts: Record<string, PurposeText>;
  terms: Record<string, PurposeTerms>;
  channels: string[];
}

export const TITLE_CHARS_MAX = 80;
export const BODY_CHARS_MAX = 2_000;

/** Of purposes that cannot be refused nobody is asked, so they have no default to choose. */
export function isEssential(basis: Basis): boolean {
  return ["contract", "legal_obligation", "vital_interest", "public_task"].includes(basis);
}

export function toDraft(purpose: Purpose | null): PurposeDraft {
  const draft: Record<string, unknown> = {
    key: purpose?.key ?? "",
    channels: purpose?.channels ?? [],
  };
  for (const language of LANGUAGES) {
    draft[`texts.${language}.title`] = purpose?.texts[language]?.title ?? "";
    draft[`texts.${language}.body`] = purpose?.texts[language]?.body ?? "";
  }
  for (const region of REGIONS) {
    draft[`terms.${region}.basis`] = purpose?.terms[region]?.basis ?? "consent";
    draft[`terms.${region}.default`] = purpose?.terms[region]?.default ?? "refused";
  }
  return draft as PurposeDraft;
}

export function toParts(draft: PurposeDraft): PurposeParts {
  const texts = Object.fromEntries(
    LANGUAGES.map((language) => [
      language,
      {
        title: draft[`texts.${language}.title`].trim(),
        body: draft[`texts.${language}.body`].trim(),
      },
    ]),
  );
  const terms = Object.fromEntries(
    REGIONS.map((region) => {
      const basis = draft[`terms.${region}.basis`];
      const chosen = draft[`terms.${region}.default`];
      return [region, { basis, default: isEssential(basis) ? ("granted" as const) : chosen }];
    }),
  );
  return { texts, terms, channels: draft.channels };
}

/** What of a purpose was changed; texts that stay as they are make no new version. */
export function findChanges(purpose: Purpose, draft: PurposeDraft): Partial<PurposeParts> {
  const parts = toParts(draft);
  const before = toParts(toDraft(purpose));
  const differs = (name: keyof PurposeParts) =>
    JSON.stringify(parts[name]) !== JSON.stringify(before[name]);
  return {
    ...(differs("texts") ? { texts: parts.texts } : {}),
    ...(differs("terms") ? { terms: parts.terms } : {}),
    ...(differs("channels") ? { channels: parts.channels } : {}),
  };
}
