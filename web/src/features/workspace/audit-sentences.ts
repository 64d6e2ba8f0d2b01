import { defineWords } from "@/lib/words";

type Sentences = { byAction: Record<string, (subject: string) => string> };

/**
 * What an entry of the audit log says, by its action. The server writes entries in English, with the
 * subject in quotes; English readers get its own sentence.
 */
export const auditSentences = defineWords({
  en: { byAction: {} },
  ja: {
    byAction: {
      "brand.changed": () => "プライバシー設定ページの見た目や文面を変更しました",
      "event.described": (name) => `行動「${name}」の説明を書きました`,
      "field.classed": (name) => `項目「${name}」を誰に見せるかを変更しました`,
      "import.refused_downloaded": (name) => `「${name}」の拒否された行をダウンロードしました`,
      "import.started": (name) => `「${name}」の取り込みを始めました`,
      "invitation.made": (name) => `${name} を招待しました`,
      "invitation.withdrawn": (name) => `${name} への招待を取り消しました`,
      "job.file_downloaded": () => "処理でできたファイルをダウンロードしました",
      "key.made": (name) => `APIキー「${name}」を発行しました`,
      "key.withdrawn": (name) => `APIキー「${name}」を失効させました`,
      "member.added": (name) => `${name}さんが参加しました`,
      "member.changed": (name) => `${name}さんの情報を変更しました`,
      "member.password_changed": (name) => `${name}さんが新しいパスワードを決めました`,
      "member.recovery_code_used": (name) => `${name}さんが予備コードでサインインしました`,
      "member.recovery_codes_made": (name) => `${name}さんが予備コードを作り直しました`,
      "member.reset_link_made": (name) => `${name}さんのパスワード用リンクを発行しました`,
      "member.reset_requested": (name) => `${name}さんがパスワードの再設定を希望しました`,
      "member.session_ended": (name) => `${name}さんの端末をサインアウトしました`,
      "member.sessions_ended": (name) => `${name}さんの端末をまとめてサインアウトしました`,
      "member.totp_off": (name) => `${name}さんが認証アプリを解除しました`,
      "member.totp_on": (name) => `${name}さんが認証アプリを設定しました`,
      "member.totp_reset": (name) => `${name}さんの認証アプリを取り消しました`,
      "preference_link.made": () => "顧客のプライバシー設定ページのリンクを発行しました",
      "profile.edited": () => "顧客の属性を変更しました",
      "profile.merged": () => "二人の顧客を統合しました",
      "profile.revealed": () => "顧客の伏せた値を表示しました",
      "profile.unmerged": () => "顧客の統合を取り消しました",
      "profiles.exported": () => "顧客一覧を書き出しました",
      "property.described": (name) => `項目「${name}」の説明を書きました`,
      "set_aside.deleted": () => "保留していた行動を破棄しました",
      "set_aside.released": () => "保留していた行動を受け入れました",
      "sign_in.changed": () => "サインインの設定を変更しました",
      "sign_in.provider_removed": (name) => `「${name}」でのサインインをやめました`,
      "sign_in.provider_saved": (name) => `「${name}」でのサインインを設定しました`,
      "source.added": (name) => `発生元「${name}」を追加しました`,
      "source.changed": (name) => `発生元「${name}」を変更しました`,
      "source.removed": (name) => `発生元「${name}」を削除しました`,
      "source.rotated": (name) => `発生元「${name}」の書き込みキーを新しくしました`,
      "workspace.changed": () => "ワークスペースの設定を変更しました",
      "workspace.created": (name) => `ワークスペース「${name}」を作りました`,
    },
  },
} as { en: Sentences; ja: Sentences });
