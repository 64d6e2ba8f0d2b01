import { useCallback } from "react";
import { defineWords, useWords } from "./words";

/** What a permission lets a member do. */
export const permissionWords = defineWords({
  en: {
    names: {
      "workspace.read": "See the workspace",
      "workspace.manage": "Change workspace settings",
      "members.manage": "Invite and manage members",
      "keys.manage": "Make and revoke API keys",
      "audit.read": "Read the audit log",
      "collect.read": "See sources, live events and the catalogue",
      "collect.manage": "Change sources and the catalogue",
      "imports.run": "Import files",
      "profiles.read": "See customers",
      "profiles.edit": "Change customer traits",
      "profiles.merge": "Merge and unmerge customers",
      "profiles.export": "Export customers",
      "segments.read": "See segments and who is in them",
      "segments.manage": "Make, change and archive segments",
      "segments.export": "Export segments and send them to destinations",
      "reports.read": "See reports and dashboards, and ask questions",
      "reports.manage": "Make, change, share and mail reports and dashboards",
      "sql.run": "Run SQL",
      "privacy.read": "See field classes, purposes and consent",
      "privacy.manage": "Change purposes, field classes and retention; carry out requests",
      "privacy.record": "Record answers and requests of customers",
      "contact.read": "See contact data and identifiers",
      "sensitive.read": "See sensitive data and free text",
      "sensitive.reveal": "Reveal masked values, with a reason",
    },
  },
  ja: {
    names: {
      "workspace.read": "ワークスペースを見る",
      "workspace.manage": "ワークスペースの設定を変える",
      "members.manage": "メンバーの招待と管理",
      "keys.manage": "APIキーの発行と失効",
      "audit.read": "監査記録を読む",
      "collect.read": "発生元・行動ライブ・カタログを見る",
      "collect.manage": "発生元とカタログを変える",
      "imports.run": "ファイルを取り込む",
      "profiles.read": "顧客を見る",
      "profiles.edit": "顧客の属性を変える",
      "profiles.merge": "顧客の統合と分離",
      "profiles.export": "顧客を書き出す",
      "segments.read": "セグメントと対象の人を見る",
      "segments.manage": "セグメントの作成・変更・保管",
      "segments.export": "セグメントの書き出しと連携先への送信",
      "reports.read": "レポートとダッシュボードを見て質問する",
      "reports.manage": "レポートとダッシュボードの作成・変更・共有・送信",
      "sql.run": "SQLを実行する",
      "privacy.read": "項目の区分・利用目的・同意を見る",
      "privacy.manage": "利用目的・項目の区分・保存期間の変更と、請求の実行",
      "privacy.record": "顧客の回答や請求を記録する",
      "contact.read": "連絡先と識別子を見る",
      "sensitive.read": "要配慮情報と自由記述を見る",
      "sensitive.reveal": "理由を書いて伏せた値を表示する",
    },
  },
});

/** The name of a permission; one that is not known here shows itself. */
export function usePermissionNames(): (permission: string) => string {
  const names: Record<string, string> = useWords(permissionWords).names;
  return useCallback((permission) => names[permission] ?? permission, [names]);
}
