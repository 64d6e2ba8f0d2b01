import { expect, test } from "vitest";
import { readSubject } from "./subject";

test("the name in quotes is the subject", () => {
  expect(readSubject("Gave the source “Online shop” a new write key")).toBe("Online shop");
  expect(readSubject("Import “two\nlines.csv”")).toBe("two\nlines.csv");
});

test("a sentence without quotes speaks for itself", () => {
  expect(readSubject("Exported a list of profiles")).toBe("Exported a list of profiles");
});
