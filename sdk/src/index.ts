/** The npm package: `import { load } from "@kizuna/browser"`. */
import { createAnalytics } from "./analytics";
import type { Analytics, LoadOptions } from "./types";

export type * from "./types";

/** Starts the SDK; on a server that renders pages it takes every call and does nothing. */
export function load(options: LoadOptions): Analytics {
  const { analytics, start } = createAnalytics(options);
  start();
  return analytics;
}
