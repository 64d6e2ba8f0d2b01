import { describe, expect, it } from "vitest";
import { buildBatch, judgeStatus, parseRetryAfter, pickBackoff } from "../src/transport";

it.each([200, 204, 304])("takes %i as delivered", (status) => {
  expect(judgeStatus(status)).toBe("delivered");
});

it.each([0, 408, 410, 429, 460, 500, 502, 503, 504, 599])("tries again after %i", (status) => {
  expect(judgeStatus(status)).toBe("retry");
});

it.each([400, 401, 403, 404, 413, 422, 501, 505, 511])("gives up after %i", (status) => {
  expect(judgeStatus(status)).toBe("refused");
});

describe("Retry-After", () => {
  const now = Date.UTC(2026, 0, 5, 9);

  it.each([
    ["7", 7000],
    ["0", 0],
    ["86400", 300_000],
    ["Mon, 05 Jan 2026 09:00:30 GMT", 30_000],
    ["Mon, 05 Jan 2026 08:00:00 GMT", 0],
    ["soon", 0],
    [null, 0],
  ])("%s is %i ms", (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });
});

describe("pickBackoff", () => {
  it("doubles up to five minutes", () => {
    const ceilings = [1, 2, 3, 4, 9, 10, 50].map((failures) => pickBackoff(failures, 1));
    expect(ceilings).toEqual([1000, 2000, 4000, 8000, 256_000, 300_000, 300_000]);
  });

  it("leaves out up to half by chance", () => {
    expect(pickBackoff(3, 0)).toBe(2000);
    expect(pickBackoff(3, 0.5)).toBe(3000);
  });
});

it("wraps events without parsing them again", () => {
  const body = JSON.parse(buildBatch('k"ey', ['{"a":1}', '{"b":2}']));
  expect(body).toEqual({
    batch: [{ a: 1 }, { b: 2 }],
    sentAt: expect.any(String),
    writeKey: 'k"ey',
  });
});
