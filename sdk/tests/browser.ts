/** As much of a browser as the SDK touches, for tests that need no real one. */
import { vi } from "vitest";

export interface SentBatch {
  url: string;
  keepalive: boolean;
  text: string;
  batch: Record<string, unknown>[];
  writeKey: string;
  sentAt: string;
}

export type Reply = { status: number; headers?: Record<string, string> } | "no network";

/** Like localStorage, keys are own properties and the methods are not. */
export function makeStorage(): Storage {
  const storage = Object.create(null) as Record<string, string>;
  const methods = {
    getItem: (key: string) => storage[key] ?? null,
    setItem: (key: string, value: string) => {
      storage[key] = value;
    },
    removeItem: (key: string) => {
      delete storage[key];
    },
    clear: () => {
      for (const key of Object.keys(storage)) delete storage[key];
    },
  };
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(storage, name, { value, enumerable: false, writable: true });
  return storage as unknown as Storage;
}

export class FakeBrowser {
  readonly sent: SentBatch[] = [];
  /** Answers in turn; 200 when there is none left. */
  readonly replies: Reply[] = [];
  readonly navigator = {
    language: "ja-JP",
    userAgent: "Test/1.0",
    onLine: true,
    doNotTrack: null as string | null,
    globalPrivacyControl: undefined as boolean | undefined,
    sendBeacon: vi.fn(() => true),
    locks: { request: (_name: string, run: () => Promise<void>) => run() } as unknown,
  };
  readonly location = {
    hostname: "shop.example",
    href: "https://shop.example/",
    pathname: "/",
    protocol: "https:",
    search: "",
  };
  readonly document = Object.assign(new EventTarget(), {
    cookie: "",
    referrer: "",
    title: "Shop",
    visibilityState: "visible",
  });
  readonly window = new EventTarget();
  localStorage = makeStorage();

  install(): void {
    vi.stubGlobal("localStorage", this.localStorage);
    vi.stubGlobal("navigator", this.navigator);
    vi.stubGlobal("location", this.location);
    vi.stubGlobal("document", this.document);
    vi.stubGlobal("screen", { width: 1280, height: 720 });
    vi.stubGlobal("devicePixelRatio", 2);
    vi.stubGlobal("addEventListener", this.window.addEventListener.bind(this.window));
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => this.answer(url, init));
  }

  visit(address: string): void {
    const { hostname, href, pathname, protocol, search } = new URL(address);
    Object.assign(this.location, { hostname, href, pathname, protocol, search });
  }

  /** All events the server accepted. */
  get delivered(): Record<string, unknown>[] {
    return this.sent.flatMap(({ batch }) => batch);
  }

  private async answer(url: string, init: RequestInit): Promise<Response> {
    const reply = this.replies.shift() ?? { status: 200 };
    if (reply === "no network") throw new TypeError("Failed to fetch");
    const text = String(init.body);
    if (reply.status === 200)
      this.sent.push({ url, keepalive: init.keepalive === true, text, ...JSON.parse(text) });
    return new Response("{}", { status: reply.status, headers: reply.headers ?? {} });
  }
}
