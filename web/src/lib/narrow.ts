import { useMediaQuery } from "@mantine/hooks";

/** Whether the window is a phone's: tables become cards, drawings get smaller. Known from the first picture on. */
export function useNarrow(): boolean {
  return useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
}
