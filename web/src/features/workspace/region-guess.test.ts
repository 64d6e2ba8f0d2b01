import { expect, test } from "vitest";
import { guessRegion } from "./region-guess";

const choices = {
  time_zones: ["Asia/Tokyo", "Europe/Berlin", "UTC"],
  currencies: ["JPY", "EUR", "USD"],
  countries: ["JP", "DE", "US"],
};

test("a browser in Tokyo gets yen", () => {
  expect(guessRegion({ timeZone: "Asia/Tokyo", languages: ["ja-JP"] }, choices)).toEqual({
    time_zone: "Asia/Tokyo",
    currency: "JPY",
    country: "JP",
    language: "ja",
    week_start: "monday",
  });
});

test("the zone says more about the place than the language", () => {
  const guess = guessRegion({ timeZone: "Europe/Berlin", languages: ["en-US"] }, choices);
  expect(guess).toMatchObject({ country: "DE", currency: "EUR", language: "en" });
});

test("what is not offered is not guessed", () => {
  expect(guessRegion({ timeZone: "Mars/Base", languages: ["xx"] }, choices).time_zone).toBe("UTC");
});
