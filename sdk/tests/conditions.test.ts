import { describe, expect, it } from "vitest";
import type { Condition, Filter, Measure, Moment, Node, Test } from "../src/conditions/ast";
import { type Answer, evaluate, evaluateCondition, type Person } from "../src/conditions/evaluate";

const NOON = Date.UTC(2026, 3, 1, 12);
const AT = { now_us: NOON * 1000, zone: "Asia/Tokyo", week_start: "monday" } as const;
const HOUR_US = 36e8;

const trait = (name: string, test: Test): Node => ({ kind: "trait", name, test });
const ask = (node: unknown, person: Person = {}, at = AT): Answer =>
  evaluate(node as Node, person, at);
const bought = (hoursAgo: number, properties = {}, touchpoint = "web") => ({
  name: "Order Completed",
  time_us: AT.now_us - hoursAgo * HOUR_US,
  touchpoint,
  properties,
});

const YES: Node = { kind: "all", of: [] };
const NO: Node = { kind: "any", of: [] };
const UNKNOWN: Node = { kind: "segment", id: 1 };

describe("what is not known", () => {
  it.each<[Answer, Node]>([
    ["server", UNKNOWN],
    ["server", { kind: "not", of: UNKNOWN }],
    [false, { kind: "all", of: [UNKNOWN, NO] }],
    ["server", { kind: "all", of: [UNKNOWN, YES] }],
    [true, { kind: "any", of: [UNKNOWN, YES] }],
    ["server", { kind: "any", of: [UNKNOWN, NO] }],
    [true, { kind: "not", of: { kind: "all", of: [UNKNOWN, NO] } }],
  ])("makes the answer %j of %j", (answer, node) => {
    expect(ask(node)).toBe(answer);
  });

  it.each<[keyof Person, Person, Node]>([
    ["traits", { traits: {} }, trait("a", { op: "exists" })],
    ["facts", { facts: {} }, { kind: "fact", name: "a", test: { op: "exists" } }],
    [
      "identifiers",
      { identifiers: [] },
      { kind: "identifier", type: "email", test: { op: "exists" } },
    ],
    ["consents", { consents: [] }, { kind: "consent", purpose: "news" }],
    ["segments", { segments: [] }, UNKNOWN],
    ["events", { events: [] }, { kind: "did", event: { name: null } }],
  ])("is asked of the server: %s; an empty one is an answer", (_, empty, node) => {
    expect(ask(node)).toBe("server");
    expect(ask(node, empty)).toBe(false);
  });

  it("is the calendar of a person without traits", () => {
    const test: Test = { op: "dated", since: { at: "date", date: "2026-04-01" }, zone: "person" };
    const node: Node = { kind: "fact", name: "joined", test };
    const facts = { joined: "2026-03-31T20:00:00Z" };
    expect(ask(node, { facts })).toBe("server");
    expect(ask(node, { facts, traits: {} })).toBe(true);
    expect(ask(node, { facts, traits: { timezone: "America/New_York" } })).toBe(false);
    expect(ask(node, { facts, traits: { timezone: "EST" } })).toBe(false);
    expect(ask(node, { facts, traits: { timezone: "GB" } })).toBe(false);
    for (const timezone of ["Mars/Olympus", "PST", "utc", "-05:00", ["America/New_York"], null])
      expect(ask(node, { facts, traits: { timezone } })).toBe(true);
  });
});

describe("a newer language", () => {
  const event = { name: null };
  const person: Person = { traits: { a: 1 }, events: [bought(1)], facts: {} };

  it.each([
    { kind: "weather" },
    { kind: "constructor" },
    { kind: "trait", name: "a", test: { op: "sounds_like", value: "b" } },
    { kind: "trait", name: "a", test: { op: "dated", since: { at: "easter" } } },
    { kind: "trait", name: "a", test: { op: "dated", since: { at: "date", date: "2026-02-30" } } },
    {
      kind: "trait",
      name: "a",
      test: { op: "dated", since: { at: "ago", span: { n: 1, unit: "month" } } },
    },
    { kind: "trait", name: "a", test: { op: "dated", since: { at: "start_of", unit: "decade" } } },
    { kind: "did", event, measure: { of: "median" } },
    { kind: "did", event, compare: "about" },
    { kind: "did", event: { name: null, where: [{ property: "n", test: { op: "odd" } }] } },
    { kind: "occurrence", event, which: "third" },
    { kind: "sequence", steps: [event, event], within: { n: 1, unit: "constructor" } },
    { kind: "all" },
    null,
  ])("is the server's: %j", (node) => {
    expect(ask(node, person)).toBe("server");
    expect(ask({ kind: "any", of: [node, YES] }, person)).toBe(true);
  });

  it("has another version", () => {
    const read = (condition: unknown) => evaluateCondition(condition as Condition, {}, AT);
    expect(read({ where: YES, version: 1 })).toBe(true);
    expect(read({ where: YES })).toBe(true);
    expect(read({ where: YES, version: 2 })).toBe("server");
  });

  it("may name a zone or a first day of the week that is not known here", () => {
    const node: Node = {
      kind: "did",
      event,
      window: { since: { at: "start_of", unit: "week" } },
    };
    expect(ask(node, person)).toBe(true);
    expect(ask(node, person, { ...AT, zone: undefined, week_start: undefined } as never)).toBe(
      true,
    );
    expect(ask(node, person, { ...AT, zone: "Mars/Olympus" } as never)).toBe("server");
    expect(ask(node, person, { ...AT, week_start: "friday" } as never)).toBe("server");
  });
});

it("finds traits by whole name, then by path, and nothing that objects inherit", () => {
  const traits = { "a.b": 1, a: { b: 2, c: null }, list: [1], word: "abc" };
  const has = (name: string) => ask(trait(name, { op: "exists" }), { traits });
  expect(ask(trait("a.b", { op: "is", value: 1 }), { traits })).toBe(true);
  expect(["a", "a.b", "list"].map(has)).toEqual([true, true, true]);
  expect(["a.c", "a.b.c", "list.0", "list.length", "word.length", "toString"].some(has)).toBe(
    false,
  );
});

it("compares text folded, and never across types", () => {
  const is = (value: unknown, wanted: string | number | boolean) =>
    ask(trait("a", { op: "is", value: wanted }), { traits: { a: value } });
  expect(is("ＡＢＣ", "abc")).toBe(true);
  expect(is("ﾃｽﾄ", "テスト")).toBe(true);
  expect(is("ΟΔΟΣ", "οδος")).toBe(true);
  expect(is("İ", "i")).toBe(true);
  expect(is("Straße", "STRASSE")).toBe(false);
  expect(is(1, "1")).toBe(false);
  expect(is(1, true)).toBe(false);
});

describe("sums", () => {
  const measured = (of: Measure["of"], value: number, ...prices: unknown[]) => {
    const events = prices.map((price) => bought(1, { price }));
    const measure = { of, property: "price" } as Measure;
    const event = { name: "Order Completed" };
    return ask({ kind: "did", event, measure, compare: "exactly", value }, { events });
  };

  it("are exact", () => {
    expect(measured("sum", 0.3, 0.1, 0.2)).toBe(true);
    expect(measured("average", 0.1, 0.1, 0.1, 0.1)).toBe(true);
    expect(measured("sum", 18e9 + 1, 9e9, 9e9, 1)).toBe(true);
    expect(measured("sum", 18e9, 9e9, 9e9, 0.000001)).toBe(false);
    // What is wanted beyond the largest value is taken in whole units, as the server does.
    expect(measured("sum", 9100000000.4, 9e9, 1e8)).toBe(true);
  });

  it("leave out what is no number or too far", () => {
    expect(measured("max", 3, "5", true, null, 9.1e9, 3)).toBe(true);
    expect(measured("sum", 0, "5")).toBe(true);
    expect(measured("min", 0, "5")).toBe(false);
    expect(measured("distinct", 3, 1, 1, "1", true, null, {})).toBe(true);
  });
});

describe("behaviour", () => {
  const order = { name: "Order Completed" };

  it("counts up to now, from the first instant of today in Tokyo", () => {
    const today = { since: { at: "start_of", unit: "day" } } as const;
    const node: Node = { kind: "did", event: order, value: 2, window: today };
    expect(ask(node, { events: [bought(0), bought(21)] })).toBe(true);
    expect(ask(node, { events: [bought(0), bought(22)] })).toBe(false);
    expect(ask(node, { events: [bought(0), bought(-1)] })).toBe(false);
  });

  it("reads properties of list elements, of which one must pass", () => {
    const where: Filter[] = [
      { property: "items[].sku", test: { op: "in", values: ["T-1", "T-2"] } },
      { property: "items[].n", test: { op: "between", low: 1, open: true } },
    ];
    const node: Node = { kind: "did", event: { ...order, where, touchpoints: ["store"] } };
    const items = [{ sku: "t-2" }, { n: 2 }, "strange", null];
    expect(ask(node, { events: [bought(1, { items }, "store")] })).toBe(true);
    expect(ask(node, { events: [bought(1, { items })] })).toBe(false);
    expect(ask(node, { events: [bought(1, { items: [{ sku: "t-2", n: 1 }] }, "store")] })).toBe(
      false,
    );
  });

  it("takes one event for one step, and several at one instant in either order", () => {
    const node: Node = { kind: "sequence", steps: [order, order], within: { n: 1, unit: "hour" } };
    expect(ask(node, { events: [bought(2)] })).toBe(false);
    expect(ask(node, { events: [bought(2), bought(2)] })).toBe(true);
    expect(ask(node, { events: [bought(2), bought(1)] })).toBe(true);
    expect(ask(node, { events: [bought(2), bought(0.99)] })).toBe(false);
  });

  it("takes the other one of an instant for the step before", () => {
    const special = { ...order, where: [{ property: "gift", test: { op: "exists" } as const }] };
    const steps = [{ name: "Cart Viewed" }, order, special];
    const node: Node = { kind: "sequence", steps, within: { n: 1, unit: "hour" } };
    const events = [{ ...bought(2), name: "Cart Viewed" }, bought(1, { gift: true })];
    expect(ask(node, { events })).toBe(false);
    expect(ask(node, { events: [...events, bought(1)] })).toBe(true);
  });

  it("happens on the web where nothing else is said", () => {
    const node: Node = { kind: "did", event: { ...order, touchpoints: ["web"] } };
    expect(ask(node, { events: [{ name: order.name, time_us: AT.now_us }] })).toBe(true);
    expect(ask(node, { events: [bought(1, {}, "store")] })).toBe(false);
  });

  it("waits until the time to follow is over", () => {
    const view = { name: "Product Viewed" };
    const node: Node = {
      kind: "unfollowed",
      first: view,
      // biome-ignore lint/suspicious/noThenProperty: the language's word, and no function
      then: order,
      within: { n: 1, unit: "hour" },
    };
    const viewed = (hoursAgo: number) => ({ ...bought(hoursAgo), name: view.name });
    expect(ask(node, { events: [viewed(1)] })).toBe(false);
    expect(ask(node, { events: [viewed(1.001)] })).toBe(true);
    expect(ask(node, { events: [viewed(2), bought(1)] })).toBe(false);
    expect(ask(node, { events: [viewed(2), bought(2.001), bought(0.999)] })).toBe(true);
  });

  it("looks at the first of all time, then at the window", () => {
    const having: Filter[] = [{ property: "price", test: { op: "between", low: 10 } }];
    const window = { since: { at: "ago", span: { n: 1, unit: "day" } } } as const;
    const node: Node = { kind: "occurrence", which: "first", event: order, having, window };
    expect(ask(node, { events: [bought(2, { price: 10 }), bought(1)] })).toBe(true);
    expect(ask(node, { events: [bought(2, { price: 10 }), bought(25)] })).toBe(false);
    expect(ask(node, { events: [bought(2), bought(2, { price: 10 })] })).toBe(true);
  });
});

it("knows what may be served by purpose and channel", () => {
  const serves = (purpose: string, channel?: string) =>
    ask({ kind: "consent", purpose, ...(channel && { channel }) } as Node, {
      consents: [
        ["news", ""],
        ["offers", "email"],
      ],
    });
  expect(serves("news")).toBe(true);
  expect(serves("news", "email")).toBe(false);
  expect(serves("offers", "email")).toBe(true);
  expect(serves("offers")).toBe(false);
  expect(serves("ads")).toBe(false);
});

describe("moments", () => {
  const since = (moment: Moment, time: string, zone = "UTC") =>
    ask(
      { kind: "did", event: { name: null }, window: { since: moment } },
      { events: [{ name: "A", time_us: Date.parse(time) * 1000 }] },
      { ...AT, zone } as never,
    );

  it.each<[string, Moment, string, string]>([
    [
      "a day that begins at 01:00",
      { at: "date", date: "2018-11-04" },
      "2018-11-04T03:00:00.000Z",
      "America/Sao_Paulo",
    ],
    [
      "a day that begins twice",
      { at: "date", date: "2010-11-07" },
      "2010-11-07T02:30:00.000Z",
      "America/St_Johns",
    ],
    [
      "a day that was left out",
      { at: "date", date: "2011-12-30" },
      "2011-12-30T10:00:00.000Z",
      "Pacific/Apia",
    ],
    ["weeks ago", { at: "ago", span: { n: 2, unit: "week" } }, "2026-03-18T12:00:00.000Z", "UTC"],
    [
      "a month of another year",
      { at: "start_of", unit: "month", offset: -15 },
      "2025-01-01T00:00:00.000Z",
      "UTC",
    ],
  ])("%s", (_, moment, start, zone) => {
    expect(since(moment, start, zone)).toBe(true);
    expect(since(moment, new Date(Date.parse(start) - 1).toISOString(), zone)).toBe(false);
  });

  it("end with the calendar", () => {
    const year = (offset: number): Moment => ({ at: "start_of", unit: "year", offset });
    expect(since(year(-3000), "1000-01-01T00:00Z")).toBe(true);
    expect(
      ask(trait("d", { op: "dated", until: year(3000) }), { traits: { d: "5000-01-01" } }),
    ).toBe(true);
    expect(
      ask(trait("d", { op: "dated", since: year(-3000) }), { traits: { d: "0001-12-31" } }),
    ).toBe(false);
    expect(
      ask(trait("d", { op: "dated", until: year(3000) }), { traits: { d: "9998-12-31" } }),
    ).toBe(false);
  });
});

it("takes 29 February for 28 February in other years", () => {
  const born = (date: string, now: string) => {
    const at = { ...AT, now_us: Date.parse(now) * 1000 } as typeof AT;
    return ask(trait("b", { op: "anniversary", last: 1 }), { traits: { b: date } }, at);
  };
  expect(born("2000-02-29", "2026-02-27T00:00Z")).toBe(true);
  expect(born("2000-02-29", "2026-02-28T15:00Z")).toBe(false);
  expect(born("2000-02-29", "2024-02-27T00:00Z")).toBe(false);
  expect(born("2000-02-29T23:30:00-05:00", "2024-02-28T00:00Z")).toBe(true);
  expect(born("1999-02-29", "2026-02-28T00:00Z")).toBe(false);
});
