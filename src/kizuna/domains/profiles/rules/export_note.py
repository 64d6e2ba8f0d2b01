"""The note in an exported archive: who made it, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ExportNote:
    """Times are in the workspace's zone."""

    workspace: str
    made_by: str
    made_at: datetime
    time_zone: str
    reason: str
    purpose: str | None
    list_name: str | None
    """What the list is called where it was made; None for what a search found."""
    search: str | None
    identified: bool | None
    rows: int
    withheld: int
    """People whose consent does not cover it."""
    columns: Sequence[str]
    masked: Sequence[str]
    expires_at: datetime


_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Profiles exported from Kizuna",
        "workspace": "Workspace",
        "made_by": "Made by",
        "made_at": "Made at",
        "reason": "Reason",
        "purpose": "Purpose",
        "list_name": "List",
        "search": "Search",
        "identified": "Customers",
        "rows": "Rows",
        "withheld": "Left out because of consent",
        "columns": "Columns",
        "masked": "Masked",
        "True": "known only",
        "False": "anonymous only",
        "None": "known and anonymous",
        "nothing": "–",
        "end": (
            "This archive holds personal data. Use it for the reason above only, and delete it when that is done. "
            "In Kizuna it is removed on {expires}."
        ),
    },
    "ja": {
        "title": "Kizunaから書き出した顧客一覧",
        "workspace": "ワークスペース",
        "made_by": "書き出した人",
        "made_at": "書き出した日時",
        "reason": "理由",
        "purpose": "利用目的",
        "list_name": "リスト",
        "search": "検索語",
        "identified": "対象",
        "rows": "行数",
        "withheld": "同意がないため除いた人数",
        "columns": "列",
        "masked": "伏せた列",
        "True": "既知の顧客のみ",
        "False": "匿名の顧客のみ",
        "None": "すべての顧客",
        "nothing": "なし",
        "end": (
            "このファイルには個人データが含まれます。上記の理由にのみ使い、済んだら削除してください。"
            "Kizuna上のファイルは{expires}に削除されます。"
        ),
    },
}


def write_note(note: ExportNote, language: str) -> str:
    """The note as text, in the workspace's language."""
    words = _WORDS.get(language, _WORDS["en"])
    values = {
        "workspace": note.workspace,
        "made_by": note.made_by,
        "made_at": f"{note.made_at:%Y-%m-%d %H:%M} ({note.time_zone})",
        "reason": note.reason,
        "purpose": note.purpose or words["nothing"],
        **_tell_choice(note, words),
        "rows": f"{note.rows:,}",
        "withheld": f"{note.withheld:,}",
        "columns": ", ".join(note.columns),
        "masked": ", ".join(note.masked) or words["nothing"],
    }
    lines = [f"{words[name]}: {' '.join(value.split())}" for name, value in values.items()]
    end = words["end"].format(expires=f"{note.expires_at:%Y-%m-%d}")
    return "\r\n".join([words["title"], "", *lines, "", end, ""])


def _tell_choice(note: ExportNote, words: dict[str, str]) -> dict[str, str]:
    """How it was chosen who is in the file."""
    if note.list_name is not None:
        return {"list_name": note.list_name}
    return {"search": note.search or words["nothing"], "identified": words[str(note.identified)]}
