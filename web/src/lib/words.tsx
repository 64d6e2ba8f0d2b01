import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

export type Language = "ja" | "en";

/** The shape that both languages must fill: a text, or a function that makes one from values. */
export interface Words {
  [key: string]: string | ((...values: never[]) => string) | Words;
}

type Shape<T> = {
  [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...values: infer V) => string
      ? (...values: V) => string
      : Shape<T[K]>;
};

export interface Dictionary<T> {
  en: T;
  ja: Shape<T>;
}

/** `1 event`, `2 events`: the number comes already written. */
export function count(n: string, one: string): string {
  return `${n} ${n === "1" ? one : `${one}s`}`;
}

/** Declares the words of one feature in both languages; a key missing in one does not compile. */
export function defineWords<const T extends Words>(words: Dictionary<T>): Dictionary<T> {
  return words;
}

export function guessLanguage(languages: readonly string[]): Language {
  return languages.some((tag) => tag.toLowerCase().startsWith("ja")) ? "ja" : "en";
}

const STORED = "kizuna.language";

function readStoredLanguage(): Language | null {
  const stored = localStorage.getItem(STORED);
  return stored === "ja" || stored === "en" ? stored : null;
}

interface LanguageState {
  language: Language;
  setLanguage: (language: Language) => void;
}

const LanguageContext = createContext<LanguageState>({ language: "en", setLanguage: () => {} });

export function LanguageProvider({
  children,
  initial,
}: {
  children: ReactNode;
  initial?: Language;
}): ReactNode {
  const [language, setLanguage] = useState<Language>(
    () => initial ?? readStoredLanguage() ?? guessLanguage(navigator.languages),
  );
  useEffect(() => {
    document.documentElement.lang = language;
    localStorage.setItem(STORED, language);
  }, [language]);
  const state = useMemo(() => ({ language, setLanguage }), [language]);
  return <LanguageContext value={state}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageState {
  return useContext(LanguageContext);
}

export function useWords<T>(words: Dictionary<T>): Shape<T> {
  const { language } = useLanguage();
  // `Shape<T>` only widens literal texts to string, so English fits it as well.
  return language === "ja" ? words.ja : (words.en as unknown as Shape<T>);
}
