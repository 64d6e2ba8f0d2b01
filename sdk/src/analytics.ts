/** Puts the SDK together: the public calls, and what it watches on the page by itself. */
import { openBanner } from "./asking";
import { noteReferrer, pickForeign } from "./context";
import { type Core, createCore } from "./core";
import { GROUP, readAnonymousId, readKnown, USER } from "./identity";
import * as calls from "./methods";
import { watchAddress } from "./pages";
import { followAnswer, restorePermission, takeAnswer } from "./permission";
import { ANONYMOUS_ID } from "./store";
import type { Analytics, ConsentDetails, ConsentPreferences, LoadOptions, Plugin } from "./types";

/** A call made before the SDK was there, and when it was made. */
export type EarlyCall = unknown[] & { t?: number };

export interface Running {
  analytics: Analytics;
  /** Makes an early call good. */
  replay(call: EarlyCall): void;
  /** Begins to watch the page; once, after early calls were made good. */
  start(): void;
}

type Method = (...given: never[]) => unknown;

/** An error of ours, or of a page's callback, must never stop the page. */
function shield<Methods extends Record<string, Method>>(core: Core, methods: Methods): Methods {
  const shielded = Object.entries(methods).map(([name, method]) => [
    name,
    (...given: never[]) => {
      try {
        return method(...given);
      } catch (error) {
        return core.warn(`${name}() failed.`, error);
      }
    },
  ]);
  return Object.fromEntries(shielded) as Methods;
}

/** After a refusal, and on a server that renders pages, these calls leave no trace. */
function buildCalls(core: Core): Record<string, Method> {
  const bound = Object.entries(calls).map(([name, call]) => [
    name,
    (...given: unknown[]) => (core.state === "denied" ? undefined : call(core, ...given)),
  ]);
  return Object.fromEntries(bound);
}

function buildAccess(core: Core): Record<string, Method> {
  const { store } = core;
  const readers = (key: typeof USER | typeof GROUP) => ({
    id: () => readKnown(store, key).id,
    traits: () => readKnown(store, key).traits,
  });
  const callGroup = buildCalls(core).group as Method;
  return {
    user: () => ({ ...readers(USER), anonymousId: () => readAnonymousId(store) }),
    group: (...given) => (given.length ? callGroup(...given) : readers(GROUP)),
    setAnonymousId: (id: string) => store.set(ANONYMOUS_ID, String(id)),
  };
}

function buildAnalytics(core: Core): Analytics {
  const analytics = {
    VERSION: __VERSION__,
    ...shield(core, {
      ...buildCalls(core),
      ...buildAccess(core),
      ready: (callback: () => void) => callback(),
      consent(preferences?: ConsentPreferences, details?: ConsentDetails) {
        if (preferences && inBrowser()) takeAnswer(core, preferences, details);
        return core.answer;
      },
      showConsent() {
        if (inBrowser()) openBanner(core, analytics, false);
      },
      debug(on = true) {
        core.debugging = on;
      },
      flush: () => core.sender.flush(),
      use: (plugin: Plugin) => plugin(analytics),
      on: core.on,
      off: core.off,
    }),
  } as unknown as Analytics;
  return analytics;
}

const inBrowser = () => typeof document !== "undefined";

function watchPageViews(core: Core, analytics: Analytics): void {
  const { pageViews } = core.options;
  if (pageViews !== "load" && pageViews !== "spa") return;
  const { prerendering } = document as Document & { prerendering?: boolean };
  // A page that the browser prepares ahead may never be seen.
  if (prerendering)
    document.addEventListener("prerenderingchange", () => analytics.page(), { once: true });
  else analytics.page();
  // Back and forward may show a kept page without loading it.
  addEventListener("pageshow", (event) => event.persisted && analytics.page());
  if (pageViews === "spa")
    watchAddress((previous) => {
      core.referrer = previous;
      analytics.page();
    });
}

function watchPage(core: Core): void {
  addEventListener("storage", (event) => followAnswer(core, event));
  addEventListener("online", () => core.sender.wake());
  addEventListener("pagehide", () => core.sender.leave(true));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") core.sender.leave(false);
  });
}

export function createAnalytics(options: LoadOptions): Running {
  const core = createCore(options);
  const analytics = buildAnalytics(core);
  if (inBrowser()) {
    restorePermission(core);
    core.referrer = document.referrer;
    if (core.state !== "denied")
      noteReferrer(core.store, pickForeign(core.referrer, location.hostname, options.cookieDomain));
  }
  return {
    analytics,
    replay(call) {
      const [method, ...given] = call as [keyof Analytics, ...never[]];
      core.replayedAt = call.t;
      (analytics as unknown as Record<string, Method>)[method]?.(...given);
      core.replayedAt = undefined;
    },
    start() {
      if (!inBrowser()) return;
      watchPage(core);
      watchPageViews(core, analytics);
      if (options.banner === "auto" && core.state === "pending") openBanner(core, analytics, true);
      if (!core.queue.isEmpty()) core.sender.notice();
    },
  };
}
