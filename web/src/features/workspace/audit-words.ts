import { useMemo } from "react";
import type { AuditEntry } from "@/lib/api";
import { readSubject } from "@/lib/subject";
import { defineWords, useWords } from "@/lib/words";
import { auditSentences } from "./audit-sentences";

/** What each action of the audit log is called. */
export const auditWords = defineWords({
  en: {
    actions: {
      "archive.downloaded": "Archive downloaded",
      "archive.linked": "Archive link made",
      "brand.changed": "Preference page changed",
      "disclosure.recorded": "Disclosure recorded",
      "event.described": "Event described",
      "field.classed": "Field class changed",
      "import.refused_downloaded": "Refused rows downloaded",
      "import.started": "Import started",
      "invitation.made": "Member invited",
      "invitation.withdrawn": "Invitation withdrawn",
      "job.file_downloaded": "File downloaded",
      "key.made": "API key made",
      "key.withdrawn": "API key revoked",
      "member.added": "Member joined",
      "member.changed": "Member changed",
      "member.password_changed": "Password changed",
      "member.recovery_code_used": "Recovery code used",
      "member.recovery_codes_made": "Recovery codes made",
      "member.link_released": "Provider’s account released",
      "member.reset_link_made": "Password link made",
      "member.reset_requested": "New password asked for",
      "member.session_ended": "Session ended",
      "member.sessions_ended": "Sessions ended",
      "member.totp_off": "Authenticator app off",
      "member.totp_on": "Authenticator app on",
      "member.totp_reset": "Authenticator app taken away",
      "preference_link.made": "Preference link made",
      "privacy_target.changed": "Target for requests changed",
      "profile.edited": "Customer edited",
      "profile.merged": "Customers merged",
      "profile.revealed": "Masked values revealed",
      "profile.unmerged": "Merge taken back",
      "profiles.exported": "Customers exported",
      "property.described": "Property described",
      "purpose.added": "Purpose added",
      "purpose.changed": "Purpose changed",
      "request.done": "Request done",
      "request.extended": "Request extended",
      "request.received": "Request received",
      "request.refused": "Request refused",
      "request.started": "Request started",
      "retention.changed": "Retention changed",
      "set_aside.deleted": "Set-aside events deleted",
      "set_aside.released": "Set-aside events let in",
      "sign_in.changed": "Sign-in changed",
      "sign_in.provider_removed": "Sign-in provider removed",
      "sign_in.provider_saved": "Sign-in provider set up",
      "source.added": "Source added",
      "source.changed": "Source changed",
      "source.removed": "Source deleted",
      "source.rotated": "Write key renewed",
      "sql.run": "SQL run",
      "workspace.changed": "Workspace changed",
      "workspace.created": "Workspace made",
    },
  },
  ja: {
    actions: {
      "archive.downloaded": "開示ファイルの取得",
      "archive.linked": "開示リンクの発行",
      "brand.changed": "プライバシー設定ページの変更",
      "disclosure.recorded": "第三者提供の記録",
      "event.described": "行動の説明",
      "field.classed": "項目の区分の変更",
      "import.refused_downloaded": "拒否行の取得",
      "import.started": "取り込みの開始",
      "invitation.made": "招待",
      "invitation.withdrawn": "招待の取り消し",
      "job.file_downloaded": "ファイルの取得",
      "key.made": "APIキーの発行",
      "key.withdrawn": "APIキーの失効",
      "member.added": "メンバーの参加",
      "member.changed": "メンバーの変更",
      "member.password_changed": "パスワードの変更",
      "member.recovery_code_used": "予備コードの使用",
      "member.recovery_codes_made": "予備コードの発行",
      "member.link_released": "会社のアカウントとの結びつきの解除",
      "member.reset_link_made": "パスワード用リンクの発行",
      "member.reset_requested": "パスワード再設定の希望",
      "member.session_ended": "サインアウト",
      "member.sessions_ended": "まとめてサインアウト",
      "member.totp_off": "認証アプリの解除",
      "member.totp_on": "認証アプリの設定",
      "member.totp_reset": "認証アプリの取り消し",
      "preference_link.made": "設定ページのリンク発行",
      "privacy_target.changed": "請求の目標日数の変更",
      "profile.edited": "顧客の編集",
      "profile.merged": "顧客の統合",
      "profile.revealed": "伏せた値の表示",
      "profile.unmerged": "統合の取り消し",
      "profiles.exported": "顧客の書き出し",
      "property.described": "項目の説明",
      "purpose.added": "利用目的の追加",
      "purpose.changed": "利用目的の変更",
      "request.done": "請求の完了",
      "request.extended": "請求の期限延長",
      "request.received": "請求の受付",
      "request.refused": "請求のお断り",
      "request.started": "請求の実行",
      "retention.changed": "保存期間の変更",
      "set_aside.deleted": "保留の破棄",
      "set_aside.released": "保留の受け入れ",
      "sign_in.changed": "サインインの設定変更",
      "sign_in.provider_removed": "外部サインインの解除",
      "sign_in.provider_saved": "外部サインインの設定",
      "source.added": "発生元の追加",
      "source.changed": "発生元の変更",
      "source.removed": "発生元の削除",
      "source.rotated": "書き込みキーの更新",
      "sql.run": "SQLの実行",
      "workspace.changed": "ワークスペースの変更",
      "workspace.created": "ワークスペースの作成",
    },
  },
});

interface AuditText {
  action: (action: string) => string;
  sentence: (entry: Pick<AuditEntry, "action" | "summary">) => string;
  actions: { value: string; label: string }[];
}

/** Entries in the reader's language; English readers get the sentence that was written down. */
export function useAuditText(): AuditText {
  const { actions } = useWords(auditWords);
  const { byAction } = useWords(auditSentences);
  return useMemo(() => {
    const names: Record<string, string> = actions;
    return {
      action: (action) => names[action] ?? action,
      sentence: ({ action, summary }) => byAction[action]?.(readSubject(summary)) ?? summary,
      actions: Object.entries(names).map(([value, label]) => ({ value, label })),
    };
  }, [actions, byAction]);
}
