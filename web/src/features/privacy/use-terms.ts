import { useMemo } from "react";
import type { Purpose } from "@/lib/api";
import { useNames } from "@/lib/names";
import { useLanguage, useWords } from "@/lib/words";
import { termWords } from "./term-words";

export interface Term {
  name: string;
  hint: string;
}

type TermKind = "regions" | "bases" | "defaults" | "reasons" | "places";

interface Terms {
  /** A term in the reader's language; one that is not known here shows itself. */
  term: (kind: TermKind, key: string) => Term;
  channel: (key: string) => string;
  source: (key: string) => string;
  /** The title that customers read. */
  purpose: (purpose: Purpose | undefined, key: string) => string;
}

export function useTerms(): Terms {
  const words = useWords(termWords);
  const { channel } = useNames();
  const { language } = useLanguage();
  return useMemo(() => {
    const sources: Record<string, string> = words.sources;
    return {
      term: (kind, key) => (words[kind] as Record<string, Term>)[key] ?? { name: key, hint: key },
      channel,
      source: (key) => sources[key] ?? key,
      purpose: (purpose, key) => purpose?.texts[language]?.title ?? key,
    };
  }, [words, channel, language]);
}
