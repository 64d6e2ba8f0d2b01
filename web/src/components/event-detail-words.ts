import { defineWords } from "@/lib/words";

export const eventDetailWords = defineWords({
  en: {
    happened: "Happened",
    received: "Received",
    source: "Source",
    profile: "Open the profile",
    properties: "Properties",
    context: "Context",
    messageId: "Message ID",
  },
  ja: {
    happened: "発生",
    received: "受信",
    source: "発生元",
    profile: "この顧客を開く",
    properties: "項目",
    context: "コンテキスト",
    messageId: "メッセージID",
  },
});
