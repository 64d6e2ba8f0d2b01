import { defineWords } from "@/lib/words";

/** For which purpose data leaves. */
export const purposeWords = defineWords({
  en: {
    label: "What the list is for",
    none: "Nothing that asks for consent",
    agreed: "Customers whose data may not be used for it are left out; the note counts them.",
    any: "Only customers whose data must not be used at all are left out.",
  },
  ja: {
    label: "利用目的",
    none: "指定しない",
    agreed: "この目的に利用できない顧客は除かれます。除いた人数は文書に記されます。",
    any: "除かれるのは、利用停止中の顧客だけです。",
  },
});
