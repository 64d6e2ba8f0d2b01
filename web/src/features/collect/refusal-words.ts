import { defineWords } from "@/lib/words";

/**
 * Why an event was refused or set aside, by the code. The server speaks English and knows the
 * details; English readers get its own sentence.
 */
export const refusalWords = defineWords({
  en: { reasons: {}, kinds: {} },
  ja: {
    reasons: {
      type_unknown: "type は track・identify・page・screen・group・alias のどれかにします。",
      id_missing: "userId か anonymousId が必要です。",
      id_dropped: "受け付けましたが、だれも指さないIDは除きました。",
      id_too_long: "IDが長すぎます。",
      message_id_too_long: "messageId が長すぎます。",
      event_missing: "track には、行動の名前 event が必要です。",
      event_too_long: "event（行動の名前）が長すぎます。",
      previous_id_missing: "alias には previousId が必要です。",
      item_too_large: "行動が大きすぎます。",
      wrong_type: "型の違う項目があります。",
      too_deep: "入れ子が深すぎます。",
      nul_character: "文字のなかにNUL文字があります。",
      context_invalid: "context はオブジェクトにします。",
      properties_invalid: "properties はオブジェクトにします。",
      traits_invalid: "traits はオブジェクトにします。",
      not_an_object: "JSONのオブジェクトにします。",
      bad_json: "本文をJSONとして読めません。",
      body_too_large: "本文が大きすぎます。小さく分けて送ります。",
      too_many_items: "一度に送る行動が多すぎます。分けて送ります。",
      batch_missing: "batch に行動の一覧が必要です。",
      charset_invalid: "本文の文字コードが違います。UTF-8で送ります。",
      encoding_unknown: "Content-Encoding に使えるのは gzip だけです。",
      gzip_broken: "gzipの本文を展開できません。",
      signature_invalid: "署名が正しくありません。",
      nothing_taken: "受け取れる行動がありませんでした。",
    },
    kinds: {
      late: "行動の日時が1990年より前です。送信側の時計が一度も合わせられていません。",
      future: "送信側の時計のずれを直しても、行動の日時が24時間より先です。",
      poison: "保存するときに読み取れませんでした。",
    },
  },
} as {
  en: { reasons: Record<string, string>; kinds: Record<string, string> };
  ja: { reasons: Record<string, string>; kinds: Record<string, string> };
});
