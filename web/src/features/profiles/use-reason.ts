import { defineWords, useWords } from "@/lib/words";

export const reasonWords = defineWords({
  en: {
    identify: "Sent together in an identify call",
    event: "Sent together in one event",
    alias: "Alias call",
    import: "In the same row of a file",
    forced: "Merged by hand",
    manual: "Merged by hand",
    merge: "Merged by hand",
    admin: "Merged by hand",
    member: "Merged by hand",
    unmerge: "Taken back by hand",
    signed: "Signed user ID",
  },
  ja: {
    identify: "identifyで一緒に届いた",
    event: "同じ行動で一緒に届いた",
    alias: "aliasの呼び出し",
    import: "ファイルの同じ行",
    forced: "手作業で統合",
    manual: "手作業で統合",
    merge: "手作業で統合",
    admin: "手作業で統合",
    member: "手作業で統合",
    unmerge: "手作業で取り消し",
    signed: "署名つきの会員ID",
  },
});

/** Reasons are keys in the log; one that has no words here shows itself. */
export function useReason(): (reason: string | null) => string {
  const words = useWords(reasonWords) as Record<string, string>;
  return (reason) => (reason ? (words[reason] ?? reason) : "–");
}
