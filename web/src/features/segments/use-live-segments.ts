import { useThrottledCallback } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useLive, useLiveOpen } from "@/lib/live";

const REFRESH_MS = 2_000;
const POLL_MS = 10_000;

/** Sizes follow the server: whenever a segment changed, what is shown of them is asked for again. */
export function useLiveSegments(): { pollMs: number | false } {
  const queries = useQueryClient();
  const open = useLiveOpen();
  const refresh = useThrottledCallback(() => {
    void queries.invalidateQueries({ queryKey: ["segments", "list"] });
    void queries.invalidateQueries({ queryKey: ["segments", "one"] });
  }, REFRESH_MS);
  useLive("segments", refresh, refresh);
  return { pollMs: open ? false : POLL_MS };
}
