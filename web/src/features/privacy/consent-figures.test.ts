import { expect, test } from "vitest";
import { foldWithheld, lastDays, shortenQuestion, totalAnswers } from "./consent-figures";

const NOW = new Date("2026-03-10T03:00:00Z");

function withheld(hour: string, number: number, reason = "refused") {
  return { hour, place: "collect" as const, reason, number };
}

test("the share of agreement is of all answers, and is not said of none", () => {
  const rows = [
    { purpose: "marketing", channel: "email", granted: 3, refused: 1 },
    { purpose: "analytics", channel: "", granted: 0, refused: 4 },
  ];
  expect(totalAnswers(rows)).toEqual({ granted: 3, refused: 5, answers: 8, share: 0.375 });
  expect(totalAnswers([]).share).toBeNull();
});

test("an hour belongs to the day it falls on in the workspace's zone", () => {
  const folded = foldWithheld([withheld("2026-03-09T15:00:00Z", 5)], 3, "Asia/Tokyo", NOW);
  expect(folded.days).toEqual(["2026-03-08", "2026-03-09", "2026-03-10"]);
  expect(folded.series).toEqual([{ place: "collect", reason: "refused", values: [0, 0, 5] }]);
});

test("reasons are series of their own, and the days before are what is compared with", () => {
  const rows = [
    withheld("2026-03-05T03:00:00Z", 10),
    withheld("2026-03-08T03:00:00Z", 4),
    withheld("2026-03-08T09:00:00Z", 2),
    withheld("2026-03-10T02:00:00Z", 9, "not_asked"),
    withheld("2026-01-01T00:00:00Z", 1_000),
  ];
  const folded = foldWithheld(rows, 3, "Asia/Tokyo", NOW);
  expect(folded.total).toBe(15);
  expect(folded.change).toBe(0.5);
  expect(folded.series.map((one) => one.values)).toEqual([
    [6, 0, 0],
    [0, 0, 9],
  ]);
});

test("nothing before is nothing to compare with", () => {
  const { change } = foldWithheld([withheld("2026-03-10T02:00:00Z", 9)], 3, "Asia/Tokyo", NOW);
  expect(change).toBeNull();
});

test("days are counted by the calendar where clocks change", () => {
  const days = lastDays(3, "Europe/Berlin", new Date("2026-03-30T10:00:00Z"));
  expect(days).toEqual(["2026-03-28", "2026-03-29", "2026-03-30"]);
});

test("a long question keeps its channel", () => {
  expect(shortenQuestion("News · E-mail")).toBe("News · E-mail");
  expect(shortenQuestion("お知らせ・特典のご案内 · メール")).toBe("お知らせ・特典の… · メール");
  expect(shortenQuestion("Understanding how our site is used")).toBe("Understanding how our sit…");
});
