/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from "vitest";
import type { Node } from "../src/conditions/ast";
import { evaluate, type Person } from "../src/conditions/evaluate";
import { type At, readInstant } from "../src/conditions/moments";

interface Case {
  name: string;
  at: Omit<At, "now_us"> & { now: string };
  condition: Node;
  person: Omit<Person, "events"> & { events?: { name: string; time: string }[] };
  is: boolean;
}

const NOTHING = {
  traits: {},
  identifiers: [],
  consents: [],
  segments: [],
  facts: {},
} satisfies Person;

/** The cases that bind every reader of conditions; in them, what is left out is empty. */
const files = import.meta.glob<string>(["../../spec/conditions/*.json", "!**/schema.json"], {
  query: "?raw",
  import: "default",
  eager: true,
});

const readTime = (text: string) => Number(readInstant(text, "UTC"));

function answer({ at: { now, ...calendar }, condition, person }: Case) {
  const events = (person.events ?? []).map(({ time, ...event }) => ({
    ...event,
    time_us: readTime(time),
  }));
  return evaluate(
    condition,
    { ...NOTHING, ...person, events },
    { ...calendar, now_us: readTime(now) },
  );
}

describe.each(Object.entries(files))("%s", (_, text) => {
  const cases: Case[] = JSON.parse(text);
  it.each(cases)("$name", (one) => {
    expect(answer(one)).toBe(one.is);
  });
});
