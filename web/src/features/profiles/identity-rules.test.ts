import { expect, test } from "vitest";
import type { Identity } from "@/lib/api";
import { layOutIdentity, splitAt } from "./identity-rules";

const node = (key: number) => ({
  key,
  type: "email",
  value: `n${key}`,
  first_seen: "",
  source: null,
});
const link = (id: number, a: number, b: number) =>
  ({
    id,
    a,
    b,
    at: "",
    reason: "event",
    cause: null,
    source: null,
    actor: "",
  }) as Identity["links"][number];

const identity = {
  nodes: [1, 2, 3, 4, 5].map(node),
  links: [link(10, 1, 2), link(11, 1, 3), link(12, 3, 4), link(13, 3, 5)],
};

test("taking a link away parts the two sides; the smallest key keeps the profile", () => {
  const { stays, leaves } = splitAt(identity, 11);
  expect(stays.map((one) => one.key)).toEqual([1, 2]);
  expect(leaves.map((one) => one.key)).toEqual([3, 4, 5]);
});

test("every identifier is drawn once, and none over another", () => {
  const { placed, rows } = layOutIdentity(identity);
  expect(placed).toHaveLength(5);
  expect(new Set(placed.map((one) => `${one.depth} ${one.row}`)).size).toBe(5);
  expect(rows).toBe(3);
});

test("the identifier with the most links is the root", () => {
  const root = layOutIdentity(identity).placed.find((one) => one.depth === 0);
  expect(root?.node.key).toBe(3);
});

test("one identifier alone is drawn too", () => {
  expect(layOutIdentity({ nodes: [node(1)], links: [] })).toMatchObject({ rows: 1, columns: 1 });
});
