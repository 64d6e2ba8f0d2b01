import type { Job } from "./api";
import { type Format, useFormat } from "./format";
import { readSubject } from "./subject";
import { count, defineWords, useWords } from "./words";

/** Of “Erasure for request 4” the number. */
function findNumber(title: string): string {
  return /\d+/.exec(title)?.[0] ?? "";
}

export const jobWords = defineWords({
  en: {
    titles: {
      import: (file: string) => `Import of ${file}`,
      "import.check": (file: string) => `Trial run of ${file}`,
      "profiles.export": (_: string) => "Export of customers",
      "privacy.access": (title: string) => `Archive for request ${findNumber(title)}`,
      "privacy.erasure": (title: string) => `Erasure for request ${findNumber(title)}`,
      "privacy.deletion": (title: string) => `Deletion for request ${findNumber(title)}`,
      "privacy.retention": (_: string) => "Retention",
      "segments.build": (name: string) => `Members of ${name}`,
      "segments.build_trait": (name: string) => `Values of ${name}`,
      "segments.run": (name: string) => `Members of ${name}`,
      "segments.export": (segment: string) => `Export of ${segment}`,
      "segments.list.export": (segment: string) => `List for ads of ${segment}`,
      "segments.sync": (segment: string) => `Full sync of ${segment}`,
      "analytics.run": (title: string) => `Question: ${title.replace(/^Question: /, "")}`,
    },
    steps: {
      "Sending rows": "Sending rows",
      "Reading lines": "Reading lines",
      "Sorting lines by order": "Sorting lines by order",
      "Waiting for the lake to catch up": "Waiting until earlier events are stored",
    },
    imported: (added: string, known: string, refused: string) =>
      `${count(added, "event")} added, ${known} known already, ${count(refused, "row")} refused`,
    checked: (added: string, known: string, refused: string) =>
      `${count(added, "event")} would be added, ${known} known already, ${count(refused, "row")} refused`,
    rows: (n: string) => count(n, "row"),
    synced: (sent: string, left: string, withheld: string) =>
      `${count(sent, "customer")} sent, ${left} told as leaving, ${withheld} withheld`,
    stores: (done: string, total: string) => `${done} of ${total} stores`,
  },
  ja: {
    titles: {
      import: (file: string) => `${file}の取り込み`,
      "import.check": (file: string) => `${file}の試し読み`,
      "profiles.export": (_: string) => "顧客一覧の書き出し",
      "privacy.access": (title: string) => `開示ファイルの作成（第${findNumber(title)}号）`,
      "privacy.erasure": (title: string) => `消去（第${findNumber(title)}号）`,
      "privacy.deletion": (title: string) => `データの削除（第${findNumber(title)}号）`,
      "privacy.retention": (_: string) => "保存期間による削除",
      "segments.build": (name: string) => `「${name}」のメンバーの計算`,
      "segments.build_trait": (name: string) => `「${name}」の値の計算`,
      "segments.run": (name: string) => `「${name}」のメンバーの計算`,
      "segments.export": (segment: string) => `${segment}の書き出し`,
      "segments.list.export": (segment: string) => `${segment}の広告用リスト`,
      "segments.sync": (segment: string) => `${segment}の全件同期`,
      "analytics.run": (title: string) => `質問の計算：${title.replace(/^Question: /, "")}`,
    },
    steps: {
      "Sending rows": "行を送っています",
      "Reading lines": "明細を読んでいます",
      "Sorting lines by order": "明細を注文ごとに並べています",
      "Waiting for the lake to catch up": "先に届いた行動の保存を待っています",
    },
    imported: (added: string, known: string, refused: string) =>
      `行動${added}件を追加、${known}件は取り込み済み、${refused}行を拒否`,
    checked: (added: string, known: string, refused: string) =>
      `行動${added}件が加わり、${known}件は取り込み済み、${refused}行は拒否される見込み`,
    rows: (n: string) => `${n}行`,
    synced: (sent: string, left: string, withheld: string) =>
      `${sent}人を送信、${left}人の離脱を通知、${withheld}人は同意がないため除外`,
    stores: (done: string, total: string) => `保存先 ${total}のうち${done}`,
  },
});

type Told = Pick<Job, "kind" | "state" | "done" | "total" | "message" | "result">;

interface JobText {
  title: (job: Pick<Job, "kind" | "title">) => string;
  message: (job: Told) => string;
}

/** A job in the reader's language; of a kind that is not known here, the server's own words. */
export function useJobText(): JobText {
  const words = useWords(jobWords);
  const format = useFormat();
  const titles: Record<string, (subject: string) => string> = words.titles;
  const steps: Record<string, string> = words.steps;
  return {
    title: (job) => titles[job.kind]?.(readSubject(job.title)) ?? job.title,
    message: (job) =>
      sayStores(job, words, format) ??
      sayResult(job, words, format) ??
      (job.message ? (steps[job.message] ?? job.message) : sayProgress(job, format)),
  };
}

type Outcome = ReturnType<typeof useWords<(typeof jobWords)["en"]>>;

function sayResult(job: Told, words: Outcome, format: Format): string | null {
  if (job.state !== "done" || !job.result) return null;
  const of = (name: string) => format.number(Number(job.result?.[name] ?? 0));
  if (job.kind === "segments.sync") return words.synced(of("sent"), of("left"), of("withheld"));
  if (job.kind.endsWith(".export")) return words.rows(of("rows"));
  if (!job.kind.startsWith("import")) return null;
  const say = job.kind === "import" ? words.imported : words.checked;
  return say(of("events_sent"), of("events_known"), of("rows_refused"));
}

/** Work that goes through all stores says how many; which ones, its receipt tells. */
function sayStores(job: Told, words: Outcome, format: Format): string | null {
  if (!/^privacy\.(access|erasure|deletion)$/.test(job.kind) || !job.total) return null;
  if (job.state === "failed") return null;
  return words.stores(format.number(job.done), format.number(job.total));
}

function sayProgress(job: Told, format: Format): string {
  if (job.total && job.state !== "done")
    return `${format.number(job.done)} / ${format.number(job.total)}`;
  return job.done > 0 ? format.number(job.done) : "";
}
