/** Fetches the banner, a lazy part, when there is something to ask. */
import type { showBanner } from "./banner/banner";
import type { Core } from "./core";
import { isBarred } from "./permission";
import type { Analytics } from "./types";

/**
 * `byItself`: nobody called for it, so it leaves the focus where it is and stays away once there is
 * an answer. import() needs no permission under Trusted Types, where adding a script tag does. The
 * version makes browsers leave a banner behind that they keep for an older script.
 */
export function openBanner(core: Core, analytics: Analytics, byItself: boolean): void {
  const { host, options } = core;
  if (isBarred(core)) {
    core.warn("The browser refuses for its user (Do-Not-Track, Global Privacy Control).");
    return;
  }
  const address = `${host}/sdk/banner.js?v=${__VERSION__}`;
  import(/* webpackIgnore: true */ /* @vite-ignore */ address)
    .then((part: { showBanner: typeof showBanner }) =>
      part.showBanner(analytics, { ...options, host, byItself }),
    )
    .catch((error) => core.warn("The consent banner cannot be shown.", error));
}
