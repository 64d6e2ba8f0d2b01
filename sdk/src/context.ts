/** What surrounds an event: page, campaign, referrer, device. */
import type { Campaign } from "./session";
import type { Store } from "./store";
import { decodeJson } from "./text";
import type { Properties } from "./types";

export const REFERRER = "ref";

export interface PageContext {
  path: string;
  referrer: string;
  search: string;
  title: string;
  url: string;
}

export interface Referrer {
  /** Where the first visit came from; empty when it was direct. */
  first: string;
  /** Where the latest visit from elsewhere came from. */
  last: string;
}

/** The fragment stays out: it is no page of its own, and it may carry secrets (OAuth). */
export function readPage(referrer: string): PageContext {
  const { pathname, search, href } = location;
  return {
    path: pathname,
    referrer,
    search,
    title: document.title,
    url: href.split("#")[0] ?? href,
  };
}

/** `utm_*` of an address; `utm_campaign` is called name, the others keep theirs. */
export function parseCampaign(search: string): Campaign | null {
  const campaign: Campaign = {};
  for (const [key, value] of new URLSearchParams(search)) {
    const name = /^utm_(\w+)$/i.exec(key)?.[1]?.toLowerCase();
    if (name && value) campaign[name === "campaign" ? "name" : name] = value;
  }
  return Object.keys(campaign).length ? campaign : null;
}

/** A referrer of another site; "" for our own pages, subdomains under the cookie included. */
export function pickForeign(referrer: string, hostname: string, cookieDomain = ""): string {
  const from = /^https?:\/\/([^/:?#]+)/.exec(referrer)?.[1];
  const own = cookieDomain.replace(/^\.?/, ".");
  return !from || from === hostname || (own !== "." && `.${from}`.endsWith(own)) ? "" : referrer;
}

/** Remembers where this visit came from; the first one is never overwritten. */
export function noteReferrer(store: Store, foreign: string): void {
  const known = decodeJson<Referrer>(store.get(REFERRER));
  if (known && !foreign) return;
  const referrer: Referrer = { first: known ? known.first : foreign, last: foreign };
  store.set(REFERRER, JSON.stringify(referrer));
}

/** `context.referrer`: the latest as `url`, the first as `firstUrl`. */
export function readReferrer(store: Store): Properties | undefined {
  const known = decodeJson<Referrer>(store.get(REFERRER));
  if (!known?.first && !known?.last) return undefined;
  return { url: known.last || undefined, firstUrl: known.first || undefined };
}

export function readDevice(): Properties {
  const { userAgentData } = navigator as Navigator & { userAgentData?: unknown };
  return {
    library: { name: "@kizuna/browser", version: __VERSION__ },
    locale: navigator.language,
    screen: { width: screen.width, height: screen.height, density: devicePixelRatio },
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    userAgent: navigator.userAgent,
    userAgentData,
  };
}
