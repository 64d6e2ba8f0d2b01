import { useMemo } from "react";
import type { MetricAnswer as Answer, AnswerColumn } from "@/lib/api";
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
      return column.key === "series" ? (figures.get(text) ?? text) : text;
    },
  };
}

export function useAnswerNames(answer: Answer): Names {
  const { language } = useLanguage();
  const words = useWords(answerWords);
  return useMemo(
    () => makeNames(answer, { language, other: words.other, none: words.none }),
    [answer, language, words],
  );
}
