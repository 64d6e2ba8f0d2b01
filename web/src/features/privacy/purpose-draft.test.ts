import { expect, test } from "vitest";
import type { Purpose } from "@/lib/api";
import { findChanges, toDraft, toParts } from "./purpose-draft";

const ASK = { basis: "consent", default: "refused" } as const;
const PURPOSE: Purpose = {
  key: "marketing",
  channels: ["email", "line"],
  terms: { APPI: ASK, GDPR: ASK, other: { basis: "notice", default: "granted" } },
  texts: {
    ja: { title: "お知らせ", body: "ご案内を送ります。" },
    en: { title: "News", body: "We send news." },
  },
  version: 2,
  archived: false,
  essential: false,
};

test("a purpose that was only looked at has not changed", () => {
  expect(findChanges(PURPOSE, toDraft(PURPOSE))).toEqual({});
});

test("space around a text makes no new version", () => {
  const draft = { ...toDraft(PURPOSE), "texts.en.title": " News " };
  expect(findChanges(PURPOSE, draft)).toEqual({});
});

test("only what changed is sent, texts in both languages", () => {
  const draft = { ...toDraft(PURPOSE), "texts.en.title": "News and offers" };
  expect(findChanges(PURPOSE, draft)).toEqual({
    texts: { ...PURPOSE.texts, en: { title: "News and offers", body: "We send news." } },
  });
});

test("what cannot be refused is allowed, whatever was chosen before", () => {
  const draft = { ...toDraft(PURPOSE), "terms.GDPR.basis": "contract" as const };
  expect(toParts(draft).terms.GDPR).toEqual({ basis: "contract", default: "granted" });
});
