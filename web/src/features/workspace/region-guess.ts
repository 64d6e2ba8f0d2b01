import type { SetupState, WeekStart } from "@/lib/api";
import { guessLanguage, type Language } from "@/lib/words";

export interface Region {
  time_zone: string;
  currency: string;
  week_start: WeekStart;
  language: Language;
  country: string;
}

const COUNTRY_BY_ZONE: Record<string, string> = {
  "Asia/Tokyo": "JP",
  "Asia/Seoul": "KR",
  "Asia/Taipei": "TW",
  "Asia/Singapore": "SG",
  "Asia/Hong_Kong": "HK",
  "Europe/London": "GB",
  "Europe/Berlin": "DE",
  "Europe/Paris": "FR",
  "America/New_York": "US",
  "America/Chicago": "US",
  "America/Los_Angeles": "US",
  "Australia/Sydney": "AU",
};

const CURRENCY_BY_COUNTRY: Record<string, string> = {
  JP: "JPY",
  US: "USD",
  GB: "GBP",
  KR: "KRW",
  TW: "TWD",
  SG: "SGD",
  HK: "HKD",
  AU: "AUD",
  CA: "CAD",
  CN: "CNY",
  IN: "INR",
};

const EURO = new Set(["DE", "FR", "IT", "ES", "NL", "BE", "AT", "IE", "FI", "PT", "GR", "LU"]);

/** What the browser tells about its place; the zone says more about it than the language. */
export function guessRegion(
  browser: { timeZone: string; languages: readonly string[] },
  choices: Pick<SetupState, "time_zones" | "currencies" | "countries">,
): Region {
  const language = guessLanguage(browser.languages);
  const fromTag = browser.languages
    .map((tag) => tag.split("-")[1])
    .find((part) => part?.length === 2);
  const country =
    COUNTRY_BY_ZONE[browser.timeZone] ??
    fromTag?.toUpperCase() ??
    (language === "ja" ? "JP" : "US");
  const currency = CURRENCY_BY_COUNTRY[country] ?? (EURO.has(country) ? "EUR" : "USD");
  return {
    time_zone: pick(browser.timeZone, choices.time_zones, "UTC"),
    currency: pick(currency, choices.currencies, "JPY"),
    country: pick(country, choices.countries, "JP"),
    language,
    week_start: "monday",
  };
}

function pick(wanted: string, offered: string[], fallback: string): string {
  if (offered.length === 0 || offered.includes(wanted)) return wanted;
  return offered.includes(fallback) ? fallback : (offered[0] ?? fallback);
}
