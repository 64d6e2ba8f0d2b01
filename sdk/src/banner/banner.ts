/** The consent banner, loaded only when there is something to ask. */
import type { Analytics } from "../types";
import { openPanel } from "./panel";
import { fetchTexts, pickLanguage } from "./texts";

export interface BannerOptions {
  host: string;
  writeKey: string;
  language?: string;
  byItself: boolean;
}

let closeLast = () => {};

const whenReadable = () =>
  document.body ??
  new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));

/** Rejects when there are no texts; then nothing was agreed to, and the next page asks again. */
export async function showBanner(analytics: Analytics, options: BannerOptions): Promise<void> {
  const { host, writeKey, byItself } = options;
  const named = [options.language, document.documentElement.lang, navigator.language];
  const texts = await fetchTexts(host, writeKey, pickLanguage(...named));
  await whenReadable();
  // Another tab, or the page itself, may have answered in the meantime.
  const answer = analytics.consent();
  if (byItself && answer) return;
  closeLast();
  const { version, language } = texts;
  const closePanel = openPanel({
    texts,
    answer,
    byItself,
    onAnswer: (preferences) => analytics.consent(preferences, { version, language, how: "banner" }),
  });
  const close = () => {
    analytics.off("consent", close);
    closePanel();
  };
  analytics.on("consent", close);
  closeLast = close;
}
