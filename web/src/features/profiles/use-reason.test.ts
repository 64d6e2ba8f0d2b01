import { expect, test } from "vitest";
import { describeReason, reasonWords } from "./use-reason";

const REFUSED = ["blocked", "shared_device", "unsigned", "size", "limit:user_id", "limit:email"];
const typeName = (type: string) => ({ email: "E-mail" })[type] ?? type;

test.each(["en", "ja"] as const)(
  "every reason for not joining has a sentence in %s",
  (language) => {
    for (const reason of REFUSED) {
      const sentence = describeReason(reasonWords[language], typeName, reason);
      expect(sentence).not.toContain("_");
      expect(sentence.length).toBeGreaterThan(10);
    }
  },
);

test("a limit names the kind of identifier as the app does", () => {
  expect(describeReason(reasonWords.en, typeName, "limit:email")).toContain("“E-mail”");
  expect(describeReason(reasonWords.ja, typeName, "limit:shop_id")).toContain("「shop_id」");
});

test("a reason without words shows itself, and none shows a dash", () => {
  expect(describeReason(reasonWords.en, typeName, "new_one")).toBe("new_one");
  expect(describeReason(reasonWords.en, typeName, null)).toBe("–");
});
