import { expect, test } from "vitest";
import { toCsv, toTsv } from "./csv";

test("CSV opens in Excel: a byte order mark, quotes and CRLF", () => {
  expect(toCsv(["name", "note"], [["佐藤", 'said "yes", twice']])).toBe(
    '\uFEFFname,note\r\n佐藤,"said ""yes"", twice"\r\n',
  );
});

test("a text that looks like a formula stays a text, a negative number a number", () => {
  expect(toCsv(["a", "b"], [["=1+1", -5]])).toContain("'=1+1,-5");
});

test("tabs and line breaks inside a cell do not break the row", () => {
  expect(toTsv(["a"], [["one\ttwo\nthree"]])).toBe("a\none two three");
});
