import { defineWords } from "@/lib/words";

export const docsWords = defineWords({
  en: {
    title: "Kizuna API",
    loading: "Loading…",
    failed: "The API document could not be loaded.",
    intro:
      "Programs sign in with an API key: Authorization: Bearer kz_…. Make keys in the app under Settings › API keys. Lists are read page by page with cursor and limit; errors are problem details (RFC 9457) with a code that stays the same.",
    document: "The document as JSON (OpenAPI 3.1)",
    find: "Find a path",
    parameters: "Parameters",
    body: "Body",
    answers: "Answers",
    required: "required",
    contents: "Contents",
    none: "No path fits.",
  },
  ja: {
    title: "Kizuna API",
    loading: "読み込んでいます…",
    failed: "APIの文書を読み込めませんでした。",
    intro:
      "プログラムはAPIキーで認証します（Authorization: Bearer kz_…）。キーはアプリの「設定 › APIキー」で作ります。一覧は cursor と limit でページごとに読みます。エラーは変わらないコードのついた問題詳細（RFC 9457）です。",
    document: "文書そのもの（OpenAPI 3.1、JSON）",
    find: "パスを探す",
    parameters: "パラメーター",
    body: "本文",
    answers: "応答",
    required: "必須",
    contents: "目次",
    none: "当てはまるパスがありません。",
  },
});
