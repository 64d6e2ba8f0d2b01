import { describe, expect, it } from "vitest";
import { countBytes, decodeJson, encodeJson, makeId } from "../src/text";

describe("encodeJson", () => {
  it("replaces half a surrogate pair, in values and in keys", () => {
    expect(encodeJson({ "a\ud83d": "x\udc00y" })).toBe('{"a\ufffd":"x\ufffdy"}');
  });

  it("leaves whole pairs, Japanese and other escapes alone", () => {
    const value = { text: '絆 😀 "q" \\ \n \u0000' };
    expect(JSON.parse(encodeJson(value))).toEqual(value);
  });

  it("does not mistake written-out escapes for real ones", () => {
    const value = { path: "C:\\ud83d\\ud83d", odd: "\\\\ud83d" };
    expect(JSON.parse(encodeJson(value))).toEqual(value);
  });

  it("writes big integers as text", () => {
    expect(encodeJson({ n: 12345678901234567890n })).toBe('{"n":"12345678901234567890"}');
  });
});

it("decodes what was stored, and nothing else", () => {
  expect(decodeJson('{"a":1}')).toEqual({ a: 1 });
  expect(decodeJson(null)).toBeNull();
  expect(decodeJson("not json")).toBeNull();
});

it("counts bytes as the wire does", () => {
  expect(countBytes("aé絆😀")).toBe(1 + 2 + 3 + 4);
});

it("makes version 4 UUIDs that differ", () => {
  const ids = new Set(Array.from({ length: 1000 }, makeId));
  expect(ids.size).toBe(1000);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
