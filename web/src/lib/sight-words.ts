import { defineWords } from "./words";

/** Masked values, wherever they stand. */
export const sightWords = defineWords({
  en: {
    masked: "Masked",
    hint: "Your role does not show this in full. An owner or admin can give contact.read, or sensitive.read for sensitive data and free text.",
    someMasked: "Some values are masked.",
    reveal: (field: string) => `Show “${field}” in full`,
    title: "Show the value in full",
    about: (field: string) =>
      `“${field}” is shown until you leave this page. Your name, the time and the reason go into the audit log; the value does not.`,
    reason: "Reason",
    reasonHint: "At least five characters, such as “Confirms the delivery by phone”",
    show: "Show",
    revealed: "Shown in full until you leave this page",
  },
  ja: {
    masked: "伏せ字",
    hint: "今の役割では全体を表示できません。連絡先はcontact.read、要配慮情報と自由記述はsensitive.readが必要です。オーナーか管理者に依頼してください。",
    someMasked: "一部の値は伏せています。",
    reveal: (field: string) => `「${field}」をすべて表示`,
    title: "値をすべて表示する",
    about: (field: string) =>
      `「${field}」は、このページを離れるまで表示されます。あなたの名前・日時・理由は監査記録に残り、値そのものは残りません。`,
    reason: "理由",
    reasonHint: "5文字以上。例：配送先を電話で確認するため",
    show: "表示する",
    revealed: "このページを離れるまで表示しています",
  },
});
