import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { catalogueQuery } from "@/components/conditions/condition-queries";
import type { MetricAnswer as Answer, AnswerColumn, Breakdown } from "@/lib/api";
import { useNames } from "@/lib/names";
import { useTraitWords } from "@/lib/trait-values";
import { useLanguage, useWords } from "@/lib/words";
import { OTHER_LABEL } from "./answer-read";
import { answerWords } from "./answer-words";

/** What the values of label columns are called in the reader's language. */
export interface Names {
  title: (column: AnswerColumn) => string;
  label: (column: AnswerColumn, value: unknown) => string;
}

export interface NameSources {
  language: "en" | "ja";
  other: string;
  none: string;
  /** Names for the labels of the breakdown. */
  broken?: (label: string) => string;
}

export function makeNames(answer: Answer, sources: NameSources): Names {
  const { language } = sources;
  const figures = new Map((answer.figures ?? []).map((one) => [one.key, one.title[language]]));
  return {
    title: (column) => column.title[language],
    label: (column, value) => {
      if (value === null || value === undefined) return sources.none;
      const text = String(value);
      if (text === OTHER_LABEL) return sources.other;
      const known = column.words?.[text]?.[language];
      if (known) return known;
      // Series are called A, B …; what they are is said by the figure of each.
      if (column.key === "series") return figures.get(text) ?? text;
      return column.key === "label" ? (sources.broken?.(text) ?? text) : text;
    },
  };
}

export function useAnswerNames(answer: Answer, breakdown: Breakdown | null | undefined): Names {
  const { language } = useLanguage();
  const words = useWords(answerWords);
  const names = useNames();
  const by = breakdown?.by;
  const trait = breakdown?.by === "trait" ? breakdown.trait : undefined;
  const named = useTraitWords(trait !== undefined).get(trait ?? "");
  const { data } = useQuery({ ...catalogueQuery, enabled: by === "segment" });
  return useMemo(() => {
    const segments = new Map(data?.segments.map((one) => [String(one.id), one.name]));
    const broken: Partial<Record<string, (label: string) => string>> = {
      touchpoint: names.touchpoint,
      segment: (label) => segments.get(label) ?? `#${label}`,
      trait: (label) => named?.get(label) ?? label,
    };
    return makeNames(answer, {
      language,
      other: words.other,
      none: words.none,
      broken: by && broken[by],
    });
  }, [answer, language, words, names, by, named, data]);
}
