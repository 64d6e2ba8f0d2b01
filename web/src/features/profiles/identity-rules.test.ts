import { expect, test } from "vitest";
import type { Identity } from "@/lib/api";
import { countApart, layOutIdentity, readRefusals, splitAt } from "./identity-rules";

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

const entry = (seq: number, kind: string, a: number, b: number) =>
  ({
    seq,
    kind,
    a,
    b,
    at: "",
    actor: "",
    reason: "shared_device",
    cause: null,
    ref: null,
  }) as Identity["log"][number];
const other = (key: number, profileId: string | null) => ({
  key,
  type: "device_id",
  value: `n${key}`,
  profile_id: profileId,
  profile_name: null,
});

test("a refused join is apart, joined since, or with nobody", () => {
  const refusals = readRefusals({
    nodes: [1, 2].map(node),
    others: [other(7, "p-7"), other(8, null)],
    log: [
      entry(5, "refuse", 7, 1),
      entry(4, "refuse", 1, 8),
      entry(3, "refuse", 1, 2),
      entry(2, "refuse", 1, 9),
      entry(1, "link", 1, 2),
    ],
  });
  expect([...refusals].map(([seq, one]) => [seq, one.state, one.other?.key])).toEqual([
    [5, "apart", 7],
    [4, "nobody", 8],
    [3, "joined", undefined],
    [2, "nobody", undefined],
  ]);
});

test("an identifier that was refused for several reasons counts once", () => {
  const refusals = readRefusals({
    nodes: [1, 2].map(node),
    others: [other(7, "p-7"), other(8, "p-8")],
    log: [entry(3, "refuse", 1, 7), entry(2, "refuse", 7, 2), entry(1, "refuse", 2, 8)],
  });
  expect(countApart(refusals)).toBe(2);
});
