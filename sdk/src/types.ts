/** The public shapes of the SDK. */

export type Properties = Record<string, unknown>;

/** What a visitor answered, by category; `analytics` decides whether this SDK may work at all. */
export type ConsentPreferences = { analytics: boolean } & Record<string, boolean>;

/** Under which words the answer was given, and how. */
export interface ConsentDetails {
  /** Version of the text the visitor was shown. */
  version?: number | string;
  language?: string;
  /** `banner`: a person pressed a button of ours. Default `api`. */
  how?: "banner" | "api";
}

export type ConsentState = "pending" | "granted" | "denied";

export interface LoadOptions {
  /** The source's public write key. */
  writeKey: string;
  /** Where Kizuna answers, e.g. `https://kizuna.example.com`; the script's own origin by default. */
  host?: string;
  /** `required` stores and sends nothing before `consent({ analytics: true })`. Default `implied`. */
  consent?: "required" | "implied";
  /** `auto` asks by itself, where consent is required and there is no answer yet. Default `off`. */
  banner?: "auto" | "off";
  /** Language of the banner, `ja` or `en`; the page's, else the browser's by default. */
  language?: string;
  /** Treat Do-Not-Track and Global Privacy Control as a refusal that nothing overrides. */
  respectDnt?: boolean;
  /** `load` records the first page view by itself, `spa` those of the history API too. */
  pageViews?: "manual" | "load" | "spa";
  /** Share the anonymous id over subdomains by a cookie of this domain, e.g. `.example.com`. */
  cookieDomain?: string;
  /** Send as soon as this many events wait. Default 20. */
  flushAt?: number;
  /** Send at the latest this long after an event. Default 5,000. */
  flushIntervalMs?: number;
  /** A session ends after this much silence. Default 30 minutes. */
  sessionIdleMs?: number;
  /** A session ends at this age. Default 24 hours. */
  sessionMaxMs?: number;
  /** The most events kept while they cannot be sent; the oldest go first. Default 1,000. */
  queueEventsMax?: number;
  /** Tell the console what happens. */
  debug?: boolean;
}

/** What may be given with one call. */
export interface CallOptions {
  timestamp?: Date | string | number;
  messageId?: string;
  anonymousId?: string;
  context?: Properties;
  integrations?: Properties;
  /** `identify`: hex HMAC-SHA256 of the user id under the source's signing secret. */
  signature?: string;
}

export type MessageType = "track" | "identify" | "page" | "screen" | "group" | "alias";

/** One item of `POST /v1/batch`. */
export interface Message {
  type: MessageType;
  messageId: string;
  timestamp: string;
  anonymousId: string;
  userId?: string;
  previousId?: string;
  groupId?: string;
  event?: string;
  name?: string;
  category?: string;
  properties?: Properties;
  traits?: Properties;
  context: Properties;
  integrations?: Properties;
}

export type Callback = (message: Message) => void;

export interface UserHandle {
  id(): string | null;
  anonymousId(): string;
  traits(): Properties;
}

export interface GroupHandle {
  id(): string | null;
  traits(): Properties;
}

/** What a plug-in can listen to. */
export interface Signals {
  /** A call became a message and waits in the queue. */
  message: Message;
  /** The first event of a session. */
  session: { id: string; number: number };
  /** A batch was taken by the server. */
  sent: { events: number };
  /** Events were given up, and why. */
  drop: { events: number; reason: "full" | "too_large" | "not_json" | "refused" | "failing" };
  consent: ConsentPreferences;
  reset: undefined;
}

export type Listener<Name extends keyof Signals> = (detail: Signals[Name]) => void;

/** A lazily loaded part: gets the running SDK once, listens and calls. */
export type Plugin = (analytics: Analytics) => void;

/** Arguments follow analytics.js: leading ones may be left out, a function anywhere is a callback. */
export interface Analytics {
  readonly VERSION: string;
  track(
    event: string,
    properties?: object | null,
    options?: CallOptions | Callback,
    done?: Callback,
  ): void;
  identify(
    userId?: string | number | null,
    traits?: object | null,
    options?: CallOptions | Callback,
    done?: Callback,
  ): void;
  identify(traits: object, options?: CallOptions | Callback, done?: Callback): void;
  page(
    category: string | null,
    name: string,
    properties?: object | null,
    options?: CallOptions | Callback,
    done?: Callback,
  ): void;
  page(
    name?: string,
    properties?: object | null,
    options?: CallOptions | Callback,
    done?: Callback,
  ): void;
  page(properties: object, options?: CallOptions | Callback, done?: Callback): void;
  screen(
    category: string | null,
    name: string,
    properties?: object | null,
    options?: CallOptions | Callback,
    done?: Callback,
  ): void;
  screen(
    name?: string,
    properties?: object | null,
    options?: CallOptions | Callback,
    done?: Callback,
  ): void;
  group(): GroupHandle;
  group(
    groupId: string | number,
    traits?: object | null,
    options?: CallOptions | Callback,
    done?: Callback,
  ): void;
  alias(
    userId: string | number,
    previousId?: string | number | null,
    options?: CallOptions | Callback,
    done?: Callback,
  ): void;
  /** Forgets the user, the group and the anonymous id: the next event belongs to a new visitor. */
  reset(): void;
  ready(callback: () => void): void;
  user(): UserHandle;
  setAnonymousId(id: string): void;
  /** Gives the visitor's answer; without one, tells the answer that holds. */
  consent(preferences: ConsentPreferences, details?: ConsentDetails): void;
  consent(): ConsentPreferences | null;
  /** Opens the banner with the answer that holds, for a link "Cookie settings". */
  showConsent(): void;
  debug(on?: boolean): void;
  /** Sends what waits; resolves when the attempt is over, whatever came of it. */
  flush(): Promise<void>;
  use(plugin: Plugin): void;
  on<Name extends keyof Signals>(name: Name, listener: Listener<Name>): void;
  off<Name extends keyof Signals>(name: Name, listener: Listener<Name>): void;
}
