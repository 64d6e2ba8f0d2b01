"""What a consent banner says while the workspace has not worded it."""

from typing import Literal

from kizuna.domains.privacy.contracts import PurposeText

Language = Literal["ja", "en"]

STANDARD_BANNER: dict[str, PurposeText] = {
    "en": PurposeText(
        "Your privacy",
        "With your consent we use data about your visit for the purposes below. "
        "You can choose now, and change your mind at any time.",
    ),
    "ja": PurposeText(
        "プライバシーに関するお願い",
        "以下の目的で、サイトのご利用に関する情報を利用します。利用の可否をお選びください。"
        "設定はいつでも変更できます。",
    ),
}

LABELS: dict[str, dict[str, str]] = {
    "en": {"accept": "Accept all", "reject": "Refuse all", "choose": "Choose", "save": "Save my choices"},
    "ja": {
        "accept": "すべて許可する",
        "reject": "すべて拒否する",
        "choose": "選んで設定する",
        "save": "この内容で保存",
    },
}

BANNER_TITLE_CHARS_MAX = 80
BANNER_BODY_CHARS_MAX = 600


def choose_language(asked: str | None, accepted: str, fallback: str) -> Language:
    """The language of a page: what was asked for, else the browser's first that we speak, else ``fallback``."""
    if asked == "ja" or asked == "en":
        return asked
    for language in _accepted(accepted):
        if language == "ja" or language == "en":
            return language
    return "ja" if fallback == "ja" else "en"


def _accepted(header: str) -> list[str]:
    """Languages of an ``Accept-Language`` header, the most wanted first."""
    wanted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        name, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if weight > 0:
            wanted.append((-weight, name.strip().lower().partition("-")[0]))
    return [name for _, name in sorted(wanted, key=lambda one: one[0])]
