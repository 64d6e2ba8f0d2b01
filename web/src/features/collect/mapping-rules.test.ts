import { expect, test } from "vitest";
import {
  applySaved,
  findFaults,
  nameFromColumn,
  readTarget,
  withoutUnused,
  writeTarget,
} from "./mapping-rules";

test("an order file needs who, when and which order", () => {
  expect(
    findFaults("orders", { 会員番号: "user_id", 注文日: "time", 注文番号: "order_id" }),
  ).toEqual([]);
  expect(findFaults("orders", {}).map((one) => one.fault)).toEqual([
    "missingWho",
    "missingTime",
    "missingOrder",
  ]);
});

test("two columns cannot become one field", () => {
  expect(findFaults("profiles", { a: "email", b: "email" })).toEqual([
    { fault: "duplicateField", field: "email" },
  ]);
});

test("an event file may be without a name column when the name is given", () => {
  const mapping = { id: "user_id", at: "time" };
  expect(findFaults("events", mapping)).toEqual([{ fault: "missingEvent" }]);
  expect(findFaults("events", mapping, "Store Visited")).toEqual([]);
});

test("targets are read as they are written", () => {
  for (const field of ["email", "trait.city", "id.crm.old", ""]) {
    expect(writeTarget(readTarget(field))).toBe(field);
  }
});

test("headers become names", () => {
  expect(nameFromColumn("Customer City")).toBe("customer_city");
  expect(nameFromColumn("memberRank")).toBe("member_rank");
  expect(nameFromColumn("会員 ランク")).toBe("会員_ランク");
});

test("a saved mapping takes this file's columns and leaves the others as suggested", () => {
  const mapping = applySaved({ a: "email", gone: "phone" }, { a: "user_id", b: "time" }, [
    "a",
    "b",
    "c",
  ]);
  expect(mapping).toEqual({ a: "email", b: "time", c: "" });
  expect(withoutUnused(mapping)).toEqual({ a: "email", b: "time" });
});
