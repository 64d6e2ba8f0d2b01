import { useNames } from "@/lib/names";
import { defineWords, useWords } from "@/lib/words";

export const reasonWords = defineWords({
  en: {
    reasons: {
      event: "Sent together in one event",
      alias: "Alias call",
      member: "Merged by hand",
      unmerge: "Taken back by hand",
      blocked: "They were taken apart by hand; only a merge by hand joins them again",
      shared_device: "A shared device or browser is no proof that two known people are one",
      unsigned: "A website may not join two known people when the user ID is not signed",
      size: "The profile would have more than 1,000 identifiers; something shared is probably sent as one",
      "limit:user_id": "Two user IDs are two accounts",
    },
    limit: (type: string) => `The profile would have too many identifiers of the kind “${type}”`,
  },
  ja: {
    reasons: {
      event: "同じ行動で一緒に届いた",
      alias: "aliasの呼び出し",
      member: "手作業で統合",
      unmerge: "手作業で取り消し",
      blocked: "手作業で切り離されています。統合できるのは手作業だけです",
      shared_device: "端末やブラウザーの共有だけでは、特定済みの二人が同じ人とは言えません",
      unsigned: "会員IDに署名がないため、ウェブサイトからは特定済みの二人を統合できません",
      size: "識別子が1,000件を超えます。共有のものが識別子として送られているようです",
      "limit:user_id": "会員IDが異なるため、別の会員とみなします",
    },
    limit: (type: string) => `「${type}」の識別子が多くなりすぎます`,
  },
});

const LIMIT = "limit:";

/** Reasons are keys in the log; one that has no words here shows itself. */
export function describeReason(
  words: (typeof reasonWords)["en"] | (typeof reasonWords)["ja"],
  nameType: (type: string) => string,
  reason: string | null,
): string {
  if (!reason) return "–";
  const known = (words.reasons as Record<string, string>)[reason];
  if (known) return known;
  return reason.startsWith(LIMIT) ? words.limit(nameType(reason.slice(LIMIT.length))) : reason;
}

export function useReason(): (reason: string | null) => string {
  const words = useWords(reasonWords);
  const names = useNames();
  return (reason) => describeReason(words, names.identifier, reason);
}
