import { describe, expect, test } from "vitest";
import type { Group, Leaf, Node } from "./condition";
import { readJson, writeJson } from "./condition-json";
import {
  addBelow,
  addNodes,
  asRoot,
  changeKind,
  countLeaves,
  editRow,
  indentRow,
  makeLeaf,
  moveRow,
  negateRow,
  nodeAt,
  outdentRow,
  outerPlaceOf,
  placeOf,
  readRow,
  removeRow,
  setAtPlace,
  unwrapGroup,
} from "./condition-rules";

const city: Leaf = { kind: "trait", name: "city", test: { op: "is", value: "東京" } };
const bought: Leaf = { kind: "did", event: { name: "Order Completed" }, value: 3 };
const vip: Leaf = { kind: "segment", id: 7 };
const all = (...of: Node[]): Group => ({ kind: "all", of });
const any = (...of: Node[]): Group => ({ kind: "any", of });
const not = (of: Node): Node => ({ kind: "not", of });

describe("a row", () => {
  test("is a node with its nots taken off, in pairs", () => {
    expect(readRow(not(city))).toEqual({ negated: true, node: city });
    expect(readRow(not(not(city)))).toEqual({ negated: false, node: city });
  });

  test("is negated and back, with what it says kept", () => {
    const root = all(city, bought);
    const once = negateRow(root, [1]);
    expect(once).toEqual(all(city, not(bought)));
    expect(negateRow(once, [1])).toEqual(root);
  });

  test("is edited under its negation", () => {
    const edited = editRow(all(not(city)), [0], () => vip);
    expect(edited).toEqual(all(not(vip)));
  });

  test("comes below the one that was asked, or last in its group", () => {
    expect(addBelow(all(city, vip), [0], bought)).toEqual({
      node: all(city, bought, vip),
      path: [1],
    });
    expect(addNodes(all(city, not(any(vip))), [1], [bought])).toEqual({
      node: all(city, not(any(vip, bought))),
      path: [1, 1],
    });
  });

  test("goes, and takes groups along that are empty after it", () => {
    expect(removeRow(all(city, any(vip)), [1, 0])).toEqual({ node: all(city), path: [0] });
    expect(removeRow(all(city), [0])).toEqual({ node: all(), path: [] });
    expect(removeRow(all(city, bought, vip), [1])).toEqual({ node: all(city, vip), path: [1] });
  });

  test("moves among its neighbours and stops at the ends", () => {
    const root = all(city, bought);
    expect(moveRow(root, [0], 1)).toEqual({ node: all(bought, city), path: [1] });
    expect(moveRow(root, [0], -1)).toEqual({ node: root, path: [0] });
    expect(moveRow(root, [1], 1)).toEqual({ node: root, path: [1] });
  });
});

describe("nesting", () => {
  test("a row goes in with the one above, as the other kind of group", () => {
    expect(indentRow(all(city, bought), [1])).toEqual({
      node: all(any(city, bought)),
      path: [0, 1],
    });
  });

  test("a row goes into a group that stands above it, negated or not", () => {
    expect(indentRow(all(not(any(vip)), bought), [1])).toEqual({
      node: all(not(any(vip, bought))),
      path: [0, 1],
    });
  });

  test("the first row gets a group of its own", () => {
    expect(indentRow(all(city, vip), [0])).toEqual({ node: all(any(city), vip), path: [0, 0] });
  });

  test("a row comes out below its group, and in place of it when it was the last", () => {
    expect(outdentRow(all(any(city, vip, not(vip)), bought), [0, 0])).toEqual({
      node: all(any(vip, not(vip)), city, bought),
      path: [1],
    });
    expect(outdentRow(all(not(any(city, vip)), bought), [0, 0])).toEqual({
      node: all(not(any(vip)), city, bought),
      path: [1],
    });
    expect(outdentRow(all(any(city), bought), [0, 0])).toEqual({
      node: all(city, bought),
      path: [0],
    });
    expect(outdentRow(all(city), [0])).toEqual({ node: all(city), path: [0] });
  });

  test("in and out again is where it was", () => {
    const root = all(city, any(vip, bought));
    const inside = indentRow(root, [1]);
    expect(outdentRow(inside.node, inside.path).node).toEqual(root);
  });

  test("a group gives its rows away in order", () => {
    expect(unwrapGroup(all(city, any(vip, bought)), [1])).toEqual({
      node: all(city, vip, bought),
      path: [1],
    });
  });

  test("a single leaf becomes a group of one, a group stays", () => {
    expect(asRoot(not(city))).toEqual(all(not(city)));
    expect(asRoot(not(any(city)))).toEqual(not(any(city)));
  });

  test("leaves are counted through groups and nots", () => {
    expect(countLeaves(all(city, not(any(vip, bought))))).toBe(3);
  });
});

describe("kinds", () => {
  test("another kind keeps the event and the time", () => {
    const did = { ...bought, window: { since: { at: "date", date: "2026-01-01" } } } as Leaf;
    const last = changeKind(did, "occurrence");
    expect(last).toMatchObject({
      kind: "occurrence",
      event: { name: "Order Completed" },
      window: { since: { date: "2026-01-01" } },
    });
    const order = changeKind(last, "sequence");
    expect(order).toMatchObject({ steps: [{ name: "Order Completed" }, { name: "" }] });
    expect(changeKind(order, "unfollowed")).toMatchObject({ first: { name: "Order Completed" } });
  });

  test("no window stays none, and the same kind stays itself", () => {
    expect(changeKind(bought, "occurrence")).not.toHaveProperty("window.since");
    expect(changeKind(bought, "did")).toBe(bought);
    expect(changeKind(city, "did")).toEqual(makeLeaf("did"));
  });
});

describe("the server's places", () => {
  const where = not(all(city, not(any(vip, not(bought)))));

  test("are found from a row, through nots", () => {
    expect(placeOf(where, [])).toBe("$.where.of");
    expect(placeOf(where, [0])).toBe("$.where.of.of[0]");
    expect(placeOf(where, [1, 1])).toBe("$.where.of.of[1].of.of[1].of");
  });

  test("of a whole row include what is negated about it", () => {
    expect(outerPlaceOf(where, [])).toBe("$.where");
    expect(outerPlaceOf(where, [1, 1])).toBe("$.where.of.of[1].of.of[1]");
  });

  test("take a suggestion, and nothing else changes", () => {
    const next = setAtPlace(
      { version: 1, where },
      `${placeOf(where, [1, 1])}.event.name`,
      "Order Paid",
    );
    expect(readRow(nodeAt(next.where, [1, 1]) as Node).node).toEqual({
      ...bought,
      event: { name: "Order Paid" },
    });
    expect(nodeAt(next.where, [0])).toBe(city);
  });
});

describe("JSON", () => {
  test("comes back as it went", () => {
    const condition = { version: 1, where: all(city, not(any(bought, vip))) } as const;
    expect(readJson(writeJson(condition))).toEqual({ condition });
    expect(readJson(writeJson(bought))).toEqual({ condition: { version: 1, where: bought } });
  });

  test.each([
    ["{", { fault: "json" }],
    ["[]", { fault: "shape", place: "$" }],
    ['{"where":{"kind":"all"}}', { fault: "shape", place: "$.where.of" }],
    ['{"kind":"all","of":[{"kind":"maybe"}]}', { fault: "shape", place: "$.of[0]" }],
    ['{"kind":"not","of":{"kind":"did"}}', { fault: "shape", place: "$.of.event" }],
    ['{"kind":"segment","id":"7"}', { fault: "shape", place: "$.id" }],
  ])("%s is refused at its place", (text, fault) => {
    expect(readJson(text)).toEqual(fault);
  });
});
