import { createContext, useContext, useMemo } from "react";
import { useErrorText } from "@/components/ErrorState";
import { ApiProblem } from "@/lib/client";
import { useLanguage } from "@/lib/words";

/** Where the server was asked about each event of a form: events are checked together, as rows of one condition. */
export const FormPlaces = createContext<ReadonlyMap<string, string>>(new Map());

export function usePlace(place: string): string {
  return useContext(FormPlaces).get(place) ?? `form.${place}`;
}

/** What the server found wrong in a question, by the place of its field: `params.steps.0.optional`, `range.last`. */
export type Faults = ReadonlyMap<string, string>;

export const FormFaults = createContext<Faults>(new Map());

/** The places as forms name them: `steps[0].label` is `steps.0.label`. */
export function readPlaces(fields: Record<string, string>): [string, string][] {
  return Object.entries(fields).map(([place, said]) => [
    place.replace(/\[(\d+)\]/g, ".$1").replace(/\[[^\]]*\]/g, ""),
    said,
  ]);
}

/** A problem as what is wrong with which field, in the reader's language; of anything else nothing. */
export function useFaults(error: Error | null | undefined): Faults {
  const { language } = useLanguage();
  const said = useErrorText();
  // The server speaks English: a reader of Japanese gets the sentence that is known for the problem.
  const sentence = error && language !== "en" ? said(error).split("\n")[0] : undefined;
  return useMemo(() => {
    if (!(error instanceof ApiProblem)) return NONE;
    return new Map(readPlaces(error.fields).map(([place, own]) => [place, sentence ?? own]));
  }, [error, sentence]);
}

const NONE: Faults = new Map();

/** What is wrong with one field of the metric, or with anything in it that has no field of its own. */
export function useFieldFault(place: string, within = false): string | undefined {
  return findFault(useContext(FormFaults), `params.${place}`, within);
}

export function findFault(faults: Faults, place: string, within = false): string | undefined {
  const exact = faults.get(place);
  if (exact !== undefined || !within) return exact;
  return [...faults].find(([at]) => at.startsWith(`${place}.`))?.[1];
}

/** What is wrong with the question itself: its days, its interval, its breakdown. */
export function useQuestionFault(...places: string[]): string | undefined {
  const faults = useContext(FormFaults);
  for (const place of places) {
    const found = findFault(faults, place, true);
    if (found !== undefined) return found;
  }
  return undefined;
}
