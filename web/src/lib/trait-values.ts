import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { scoresQuery } from "./queries";
import { meQuery } from "./session";
import { useLanguage } from "./words";

const STALE_MS = 10 * 60_000;

/** Values of a trait that are keys, with what each is called. */
export type TraitWords = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The traits that scores write as keys (`champions`), in the reader's language; none before sign-in. */
export function useTraitWords(wanted = true): TraitWords {
  const { language } = useLanguage();
  const me = useQuery({ ...meQuery, enabled: false }).data;
  const mayRead = me?.permissions.includes("reports.read") ?? false;
  const { data } = useQuery({ ...scoresQuery, staleTime: STALE_MS, enabled: wanted && mayRead });
  return useMemo(() => {
    const named = (data ?? []).filter((one) => one.enabled && Object.keys(one.words).length > 0);
    return new Map(
      named.map((one) => [
        one.key,
        new Map(Object.entries(one.words).map(([key, text]) => [key, text[language]])),
      ]),
    );
  }, [data, language]);
}
