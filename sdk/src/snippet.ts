/**
 * The stub for a page that calls the SDK before its script is there: it keeps the calls and their
 * time. `analytics.load({ writeKey, host })` fetches the script from the host.
 */
import type { LoadOptions } from "./types";

type Stub = unknown[][] & Record<string, unknown>;

const scope = window as unknown as { analytics?: Stub };
scope.analytics ??= [] as unknown as Stub;
const stub = scope.analytics;

if (Array.isArray(stub) && !stub.load) {
  const names =
    "track identify page screen group alias reset ready setAnonymousId consent showConsent debug flush use on off";
  for (const name of names.split(" "))
    stub[name] = (...given: unknown[]) => {
      stub.push(Object.assign([name, ...given], { t: Date.now() }));
    };
  stub.load = (options: LoadOptions) => {
    stub.push(["load", options]);
    const script = document.createElement("script");
    script.async = true;
    script.src = `${options.host}/sdk/kizuna.js`;
    document.head.append(script);
  };
}
