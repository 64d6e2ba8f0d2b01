import { expect, test } from "vitest";
import { describeType, readOperations } from "./document";

test("types are written short", () => {
  expect(describeType({ type: "array", items: { $ref: "#/components/schemas/Member" } })).toBe(
    "Member[]",
  );
  expect(describeType({ enum: ["ja", "en"] })).toBe('"ja" | "en"');
  expect(describeType({ oneOf: [{ type: "string", format: "date-time" }, { type: "null" }] })).toBe(
    "string (date-time) | null",
  );
});

test("every method of every path is an operation", () => {
  const document = {
    info: { title: "", version: "1" },
    paths: { "/api/me": { get: { tags: ["workspace"] }, patch: {} } },
  };
  expect(readOperations(document).map((one) => [one.method, one.tag])).toEqual([
    ["get", "workspace"],
    ["patch", "me"],
  ]);
});
