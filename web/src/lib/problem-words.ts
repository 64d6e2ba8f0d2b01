import { defineWords } from "./words";

/**
 * What went wrong, by the code of the problem, where a person meets it. The server speaks English
 * and knows the details; English readers get its own sentence.
 */
export const problemWords = defineWords({
  en: {
    byCode: {},
    byKind: {},
  },
  ja: {
    byCode: {
      sign_in_failed: "メールアドレスかパスワードが違います。",
      too_many_attempts: "サインインの失敗が続いています。しばらく待ってからお試しください。",
      code_wrong:
        "コードが違うか、すでに使われています。次のコードが出るまで待ってお試しください。",
      ticket_over: "時間がかかりすぎました。最初からサインインし直してください。",
      password_off: "このワークスペースでは、会社のアカウントでサインインします。",
      password_wrong: "今のパスワードが違います。",
      network_not_allowed:
        "このワークスペースは決められたネットワークからだけ使えます。会社のネットワークにつなぐか、オーナーにお問い合わせください。",
      enrolment_due: "このワークスペースでは認証アプリが必要です。先に設定してください。",
      would_lock_you_out:
        "今お使いのネットワークが一覧に含まれていません。保存すると自分が入れなくなるため、先に加えてください。",
      networks_invalid: "ネットワークは 203.0.113.0/24 のような形で入力してください。",
      totp_on: "認証アプリはすでに設定されています。",
      totp_required: "このワークスペースでは全員に認証アプリが必要なため、無効にできません。",
      provider_unreachable:
        "サインイン用サービスに接続できません。アドレスを確かめて、もう一度お試しください。",
      provider_not_found: "このサインイン方法は今は使えません。最初からやり直してください。",
      provider_refused:
        "サインイン用サービスに受け付けられませんでした。最初からやり直してください。",
      provider_token_invalid:
        "サインイン用サービスの返答を確認できませんでした。最初からやり直してください。",
      sign_in_not_begun:
        "このブラウザーで始めたサインインではないか、時間が過ぎています。最初からやり直してください。",
      email_unverified:
        "メールアドレスがサインイン用サービスで確認されていません。その管理者にお問い合わせください。",
      domain_not_allowed:
        "このメールアドレスのドメインではサインインできません。会社のアカウントをお使いください。",
      not_invited: "まだメンバーではありません。オーナーか管理者に招待を依頼してください。",
      other_person:
        "このメールアドレスは別の人のものとして登録されています。オーナーにお問い合わせください。",
      client_secret_missing: "クライアントシークレットを入力してください。",
      not_signed_in: "サインインし直してください。",
      member_disabled: "このアカウントは停止されています。管理者にお問い合わせください。",
      member_exists: "このメールアドレスのメンバーはすでにいます。",
      last_owner: "オーナーが一人もいなくなるため、変更できません。",
      role_too_high: "自分より上の役割は与えられません。",
      scope_too_wide: "自分にない権限をキーに与えることはできません。",
      reset_not_found: "このリンクはすでに使われたか、期限が切れています。",
      invitation_not_found: "この招待は使えません。再発行を依頼してください。",
      setup_done: "設定はすでに済んでいます。サインインしてください。",
      sql_syntax: "SQLの書き方に誤りがあります。",
      sql_not_allowed:
        "このSQLは許可されていません。使えるのは events と profiles を読むSELECTだけです。",
      sql_timeout: "時間がかかりすぎたため中止しました。期間や条件をしぼってください。",
      sql_memory: "メモリーを使いすぎたため中止しました。期間や条件をしぼってください。",
      sql_result_size: "結果が大きすぎます。LIMITや条件を加えてください。",
      sql_cancelled: "実行を中止しました。",
      sql_failed: "SQLを実行できませんでした。列やテーブルの名前、型を確かめてください。",
      sql_limit: "一度に取り出せる行数を超えています。",
      sql_busy: "ほかのSQLを実行しています。終わってからもう一度お試しください。",
      sql_unavailable: "SQLを実行できる状態ではありません。しばらく待ってからお試しください。",
      file_empty: "ファイルが空です。",
      file_no_rows: "見出しのほかに行がありません。",
      file_unreadable:
        "ファイルを読み取れません。CSV・JSON Lines・Parquetのいずれかにしてください。",
      file_not_text: "文字のファイルとして読み取れません。",
      file_too_wide: "列が多すぎます。",
      upload_gone: "アップロードしたファイルは期限が切れて消えました。もう一度選んでください。",
      upload_too_large: "ファイルが大きすぎます。",
      mapping_invalid: "列の対応づけに誤りがあります。",
      profile_not_found: "この顧客は見つかりません。",
      reveals_limit:
        "直近1時間に表示できる顧客の数が上限に達しました。時間をおくか、管理者にご相談ください。",
      sort_not_allowed: "今の役割では氏名が伏せられているため、氏名では並べ替えられません。",
      fields_unknown: "この項目は見つかりません。ページを読み込み直してください。",
      trait_masked: "伏せた表示のままでは保存できません。新しい値を入力してください。",
      purpose_key_invalid: "キーは英小文字・数字・_ で1〜40文字、先頭は英字にしてください。",
      purpose_exists: "同じキーの利用目的がすでにあります。別のキーにしてください。",
      purposes_many: "利用目的の数が上限に達しています。使わないものの使用を終えてください。",
      purpose_needed: "この利用目的は保存の可否を決めるため、使用を終えられません。",
      purpose_invalid: "利用目的の入力に不足があります。",
      purpose_essential: "この利用目的は契約や法令に基づくため、回答を記録できません。",
      answer_in_future: "回答の日時が未来になっています。",
      note_missing: "どのように行ったかをお書きください。",
      note_too_long: "文章が長すぎます。短くしてください。",
      reason_missing: "理由をお書きください。",
      request_about_nobody: "対象の人を指定してください。識別子の書き方も確かめてください。",
      request_not_found: "この請求は見つかりません。",
      request_running: "この請求は実行中です。",
      request_ended: "この請求はすでに終わっています。新しく記録してください。",
      request_extended: "期限はすでに延長されています。延長は一度だけです。",
      request_forgotten: "対象の人はすでに消去されています。",
      archive_not_made: "開示ファイルはまだできていません。",
      archive_gone: "開示ファイルはすでに削除されています。新しく請求を記録してください。",
      target_invalid: "日数は1〜90の範囲にしてください。",
      retention_invalid: "保存期間の決まりに誤りがあります。",
      disclosure_invalid: "提供の記録に不足か誤りがあります。",
      link_elsewhere: "この統合は別の顧客に属しています。ページを読み込み直してください。",
      link_not_found: "この統合はすでに取り消されています。",
      job_ended: "この処理はもう終わっています。",
      job_not_resumable: "この処理は再開できません。",
      not_your_job: "この処理を始めた人か、同じ範囲を見られる人だけが操作できます。",
      segment_not_found: "このセグメントは見つかりません。",
      segment_name_taken: "同じ名前のセグメントがすでにあります。別の名前にしてください。",
      segment_in_use: "このセグメントは使われているため、保管できません。",
      segment_static: "一覧のセグメントには行えません。",
      segment_not_scheduled: "定期のセグメントだけに行えます。",
      segments_many: "セグメントの数が上限に達しています。使わないものを保管してください。",
      live_segments_many:
        "ライブのセグメントの数が上限に達しています。使わないものを保管するか、毎時・毎日にしてください。",
      condition_invalid: "条件に誤りがあります。印のついた箇所を直してください。",
      condition_not_live: "この条件は行動ごとには追えません。毎時か毎日にしてください。",
      fields_hidden: "今の役割では見られない値を条件に使うことはできません。",
      identifier_hidden:
        "今の役割ではこの識別子を見られないため、この識別子で探すことはできません。",
      upload_empty: "識別子を1行以上入力するか、ファイルを選んでください。",
      lake_behind: "行動の保存が追いついていません。しばらく待ってからお試しください。",
      lane_taken: "ほかの計算が続いています。しばらく待ってからお試しください。",
      destination_invalid: "連携先の設定に誤りがあります。",
      destination_not_found: "この連携先は見つかりません。外された可能性があります。",
      destination_off: "この連携先は止まっています。再開してからお試しください。",
      destination_refused: "連携先に受け付けられませんでした。",
      destination_away: "連携先につながりません。しばらく待ってからお試しください。",
      destinations_many: "連携先の数が上限に達しています。使わないものを外してください。",
      csrf: "ページが古くなりました。読み込み直してください。",
      disk_full: "サーバーのディスクがいっぱいです。管理者にお知らせください。",
    },
    byKind: {
      unauthenticated: "サインインし直してください。",
      forbidden: "今の役割では行えません。",
      not_found: "見つかりません。削除された可能性があります。",
      conflict: "ほかの変更と重なりました。ページを読み込み直してください。",
      invalid: "入力に誤りがあります。",
      limit: "回数か量が上限を超えました。しばらく待ってからお試しください。",
      unavailable: "サーバーが応答できません。しばらく待ってからお試しください。",
    },
  },
} as {
  en: { byCode: Record<string, string>; byKind: Record<string, string> };
  ja: { byCode: Record<string, string>; byKind: Record<string, string> };
});
