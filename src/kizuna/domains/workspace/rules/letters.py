"""What members are mailed, as plain text in both languages. The links in it open doors: nothing else is told."""

from collections.abc import Mapping
from typing import Literal

from kizuna.domains.workspace.contracts import Language, Role

LetterKind = Literal["invitation", "reset"]

ROLE_NAMES: dict[Language, dict[Role, str]] = {
    "en": {
        "owner": "owner",
        "admin": "admin",
        "marketer": "marketer",
        "analyst": "analyst",
        "agent": "agent",
        "viewer": "viewer",
    },
    "ja": {
        "owner": "オーナー",
        "admin": "管理者",
        "marketer": "マーケター",
        "analyst": "アナリスト",
        "agent": "応対担当",
        "viewer": "閲覧者",
    },
}

_LETTERS: dict[tuple[LetterKind, Language], tuple[str, str]] = {
    ("invitation", "en"): (
        "Your invitation to {workspace}",
        "{by} invites you to “{workspace}” in Kizuna. Your role: {role}.\n"
        "Choose a name and a password here, and you are in:\n\n{url}\n\n"
        "The link works once, within seven days. If you expected no invitation, you need not do anything.",
    ),
    ("invitation", "ja"): (
        "【Kizuna】{workspace}への招待",
        "Kizunaの「{workspace}」に招待されています。\n\n招待した人：{by}\n役割：{role}\n\n"
        "こちらからお名前とパスワードを決めると、すぐに使い始められます。\n\n{url}\n\n"
        "リンクは7日以内に一度だけ使えます。お心当たりがない場合は、何もなさらなくて構いません。",
    ),
    ("reset", "en"): (
        "A new password for {workspace}",
        "Hello {name},\n\nhere you choose a new password for “{workspace}” in Kizuna:\n\n{url}\n\n"
        "The link works once, within an hour. If you did not ask for it, leave it: your password stays as it is.",
    ),
    ("reset", "ja"): (
        "【Kizuna】パスワードの再設定",
        "{name}さん\n\nKizunaの「{workspace}」の新しいパスワードを、こちらから決めてください。\n\n{url}\n\n"
        "リンクは1時間以内に一度だけ使えます。お心当たりがない場合は、何もなさらなくて構いません。"
        "パスワードは今のままです。",
    ),
}


def write_letter(kind: LetterKind, language: Language, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body. ``values``: workspace and url; by and role of an invitation; name of a reset."""
    subject, body = _LETTERS[kind, language]
    return " ".join(subject.format_map(values).split()), body.format_map(values) + "\n"
