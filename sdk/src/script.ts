/**
 * The script tag. Settings come from its data-attributes, or from the `load({ … })` of the stub;
 * calls the stub took meanwhile are made good in their order and with their time.
 */
import { createAnalytics, type EarlyCall } from "./analytics";
import { readSettings } from "./settings";
import type { Analytics, LoadOptions } from "./types";

type Stub = EarlyCall[] & { push(...calls: EarlyCall[]): number };

const tag = document.currentScript as HTMLScriptElement | null;
const settings = readSettings(tag?.dataset ?? {}, tag?.src);
const scope = window as unknown as Record<string, Analytics | Stub | undefined>;
const name = settings.global;

function begin(options: LoadOptions, early: EarlyCall[]): void {
  const { analytics, replay, start } = createAnalytics(options);
  scope[name] = analytics;
  for (const call of early) if (call[0] !== "load") replay(call);
  // Whoever kept the stub goes on through it.
  early.push = (...calls: EarlyCall[]) => {
    calls.forEach(replay);
    return 0;
  };
  start();
}

const found = scope[name];
// A second tag on the same page changes nothing.
if (!found || Array.isArray(found)) {
  const early: EarlyCall[] = Array.isArray(found) ? found : [];
  const asked = early.find(([method]) => method === "load")?.[1] as LoadOptions | undefined;
  const options = { ...settings.options, ...asked };
  if (options.writeKey) begin(options as LoadOptions, early);
}
