import { count, defineWords } from "@/lib/words";

export const sqlWords = defineWords({
  en: {
    title: "SQL",
    state: "Read events and profiles with SQL. Nothing can be changed from here.",
    editor: "SQL query",
    run: "Run",
    cancel: "Cancel",
    running: "Running…",
    copy: "Copy as table",
    copied: "Copied",
    csv: "Download CSV",
    result: (rows: string, time: string) => `${count(rows, "row")} in ${time}`,
    truncated: (rows: string) =>
      `Only the first ${count(rows, "row")} are shown; add a LIMIT or a condition.`,
    schema: "Tables",
    tables: {
      events:
        "What customers did, one row an event. profile_id and profile_key are those of today's profile, also for events from before a merge.",
      profiles: "Customers as they are now, one row a profile. traits and identifiers are JSON.",
    },
    insert: (name: string) => `Insert ${name}`,
    emptyTitle: "Ask a question of your data",
    emptyHint: "The query is kept in the address, so that you can send it to a colleague.",
    noRows: "The query gave no rows.",
    results: "Result",
    cancelled: "The query was cancelled.",
  },
  ja: {
    title: "SQL",
    state: "行動と顧客をSQLで読み取ります。ここからデータが変わることはありません。",
    editor: "SQL",
    run: "実行",
    cancel: "中止",
    running: "実行しています…",
    copy: "表としてコピー",
    copied: "コピーしました",
    csv: "CSVをダウンロード",
    result: (rows: string, time: string) => `${rows}行（${time}）`,
    truncated: (rows: string) =>
      `先頭の${rows}行だけを表示しています。LIMITや条件を加えてください。`,
    schema: "テーブル",
    tables: {
      events:
        "行動が1行ずつ。profile_id と profile_key は今の顧客を指し、統合より前の行動も同じです。",
      profiles: "今の顧客が1行ずつ。traits（属性）と identifiers（識別子）はJSONです。",
    },
    insert: (name: string) => `${name} を挿入`,
    emptyTitle: "データに質問してみましょう",
    emptyHint: "SQLはアドレスに残るので、そのまま同僚に送れます。",
    noRows: "結果は0行でした。",
    results: "結果",
    cancelled: "実行を中止しました。",
  },
});
