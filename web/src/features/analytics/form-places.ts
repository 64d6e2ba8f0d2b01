import { createContext, useContext } from "react";

/** Where the server was asked about each event of a form: events are checked together, as rows of one condition. */
export const FormPlaces = createContext<ReadonlyMap<string, string>>(new Map());

export function usePlace(place: string): string {
  return useContext(FormPlaces).get(place) ?? `form.${place}`;
}
