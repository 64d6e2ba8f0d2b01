import { defineWords } from "@/lib/words";

/** The law's and the domain's own terms: each with a name, and what it means in a sentence. */
export const termWords = defineWords({
  en: {
    regions: {
      APPI: {
        name: "Japan (APPI)",
        hint: "Act on the Protection of Personal Information. Holds for workspaces in Japan.",
      },
      GDPR: {
        name: "Europe (GDPR)",
        hint: "General Data Protection Regulation. Holds for workspaces in the EU, the EEA and the United Kingdom.",
      },
      other: { name: "Elsewhere", hint: "Holds for workspaces in all other countries." },
    },
    bases: {
      consent: {
        name: "Consent",
        hint: "Only with the customer's agreement, which they can take back at any time.",
      },
      contract: {
        name: "Contract",
        hint: "Needed to provide what the customer ordered. Nobody is asked, and it cannot be refused.",
      },
      legal_obligation: {
        name: "Legal obligation",
        hint: "The law demands it, such as keeping invoices. It cannot be refused.",
      },
      legitimate_interest: {
        name: "Legitimate interest",
        hint: "Your interest was weighed against the customer's. The customer may object.",
      },
      vital_interest: {
        name: "Vital interest",
        hint: "Protects somebody's life or body. It cannot be refused.",
      },
      public_task: {
        name: "Public task",
        hint: "Done in the public interest or by official authority. It cannot be refused.",
      },
      notice: {
        name: "Published purpose",
        hint: "Used within a purpose that was published or notified (APPI articles 18 and 21). The customer may refuse.",
      },
    },
    defaults: {
      granted: { name: "Allowed", hint: "Allowed until the customer refuses." },
      refused: { name: "Asked first", hint: "Not done until the customer agrees." },
    },
    reasons: {
      granted: { name: "Agreed", hint: "The customer agreed." },
      default: {
        name: "Not answered: allowed",
        hint: "The customer has not answered; this purpose is allowed until they refuse.",
      },
      essential: {
        name: "Contract or law",
        hint: "Rests on the contract or the law. Nobody is asked, and it cannot be refused.",
      },
      refused: { name: "Refused", hint: "The customer refused." },
      not_asked: {
        name: "Not answered: asked first",
        hint: "The customer has not answered; this purpose waits for their agreement.",
      },
      restricted: {
        name: "Use is stopped",
        hint: "The customer asked you to stop using their data. Only what contract and law demand goes on.",
      },
      suppressed: {
        name: "Kept out",
        hint: "Belongs to somebody who was erased or suppressed, and is not taken in again.",
      },
    },
    places: {
      collect: { name: "Not stored", hint: "Events that were turned away when they came in." },
      activation: {
        name: "Not sent",
        hint: "Customers who were left out of segments, exports and messages.",
      },
      reading: { name: "Not shown", hint: "Events that staff did not see." },
    },
    sources: {
      banner: "Consent banner",
      api: "API",
      event: "Event",
      preference_centre: "Preference page",
      double_opt_in: "Double opt-in",
      member: "Recorded by staff",
      import: "Import",
      unsubscribe: "Unsubscribe link",
    },
  },
  ja: {
    regions: {
      APPI: {
        name: "日本（個人情報保護法）",
        hint: "個人情報の保護に関する法律。所在地が日本のワークスペースに適用されます。",
      },
      GDPR: {
        name: "欧州（GDPR）",
        hint: "EU一般データ保護規則。所在地がEU・EEA・英国のワークスペースに適用されます。",
      },
      other: {
        name: "その他の国・地域",
        hint: "上記以外の国や地域のワークスペースに適用されます。",
      },
    },
    bases: {
      consent: {
        name: "同意",
        hint: "顧客が同意したときだけ利用します。同意はいつでも取り消せます。",
      },
      contract: {
        name: "契約の履行",
        hint: "ご注文やサービスの提供に必要な利用です。同意は求めず、拒否もできません。",
      },
      legal_obligation: {
        name: "法令上の義務",
        hint: "請求書の保存など、法令で求められる利用です。拒否はできません。",
      },
      legitimate_interest: {
        name: "正当な利益",
        hint: "自社の利益と顧客の利益を比べたうえでの利用です。顧客は拒否できます。",
      },
      vital_interest: {
        name: "生命・身体の保護",
        hint: "人の生命や身体を守るための利用です。拒否はできません。",
      },
      public_task: {
        name: "公共の利益",
        hint: "公共の利益や公的な権限に基づく利用です。拒否はできません。",
      },
      notice: {
        name: "利用目的の公表",
        hint: "公表または通知した利用目的の範囲で利用します（個人情報保護法18条・21条）。顧客は拒否できます。",
      },
    },
    defaults: {
      granted: { name: "未回答なら利用する", hint: "顧客が拒否するまで利用します。" },
      refused: { name: "同意を得てから", hint: "顧客が同意するまで利用しません。" },
    },
    reasons: {
      granted: { name: "同意", hint: "顧客が同意しました。" },
      default: {
        name: "未回答（利用可）",
        hint: "まだ回答がありません。この目的は、拒否されるまで利用できます。",
      },
      essential: {
        name: "契約・法令による",
        hint: "契約または法令に基づきます。同意は求めず、拒否もできません。",
      },
      refused: { name: "拒否", hint: "顧客が拒否しました。" },
      not_asked: {
        name: "未回答（利用不可）",
        hint: "まだ回答がありません。この目的は、同意を得てから利用します。",
      },
      restricted: {
        name: "利用停止中",
        hint: "顧客の求めで利用を停止しています。契約と法令に必要なことだけを続けます。",
      },
      suppressed: {
        name: "受け入れ停止",
        hint: "消去または停止した人のデータのため、受け入れません。",
      },
    },
    places: {
      collect: { name: "保存せず", hint: "届いたときに受け入れなかった行動です。" },
      activation: { name: "配信せず", hint: "セグメント・書き出し・配信から外した顧客です。" },
      reading: { name: "表示せず", hint: "画面に出さなかった行動です。" },
    },
    sources: {
      banner: "同意バナー",
      api: "API",
      event: "行動",
      preference_centre: "プライバシー設定ページ",
      double_opt_in: "確認メール",
      member: "担当者が記録",
      import: "取り込み",
      unsubscribe: "配信停止リンク",
    },
  },
});

export const REGIONS = ["APPI", "GDPR", "other"] as const;
export const LANGUAGES = ["ja", "en"] as const;
export const BASES = [
  "consent",
  "notice",
  "legitimate_interest",
  "contract",
  "legal_obligation",
  "vital_interest",
  "public_task",
] as const;
export const CHANNELS = ["email", "sms", "line", "push", "phone", "post", "ads"] as const;
