"""An archive of everything about a person: one file for programs and one for people, in a ZIP.

Both are written piece by piece, as stores tell: a customer of many years has more events than memory.
"""

import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

ROWS_SHOWN_MAX = 5_000
"""Of a store in the page for people; the file for programs has them all."""

_WORDS = {
    "en": {
        "title": "Your data",
        "made": "Made on {at} by {name}. Times are in {zone}.",
        "all": "The file data.json beside this page holds all of it in a form for programs.",
        "more": "More than {n:,} entries; all of them are in data.json.",
        "none": "Nothing is kept here.",
    },
    "ja": {
        "title": "お客様に関する情報",
        "made": "{name}が{at}に作成しました。時刻の表示は{zone}です。",
        "all": "同じフォルダーのdata.jsonに、すべての情報が機械で読める形で入っています。",
        "more": "{n:,}件を超えるため、続きはdata.jsonをご覧ください。",
        "none": "ここには何も保存されていません。",
    },
}

_TITLES_JA = {
    "profiles.profiles": "識別子・属性・行動の概要",
    "collect.events": "行動の記録",
    "collect.inbox": "取り込み中の行動",
    "collect.set_aside": "保留中の行動",
    "collect.requests": "外部サービスから届いたデータ",
    "collect.refusals": "受け付けられなかったデータ",
    "privacy.answers": "同意の記録",
    "privacy.requests": "開示・削除などのご請求",
    "privacy.disclosures": "第三者への提供の記録",
    "workspace.audit": "担当者による操作の記録",
}

_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f}"
    "h2{margin-top:2.5rem;border-bottom:1px solid #ccc}table{border-collapse:collapse;margin:0 0 1rem;width:100%}"
    "th{text-align:left;vertical-align:top;width:12rem;font-weight:600}th,td{padding:.2rem .6rem;"
    "border-top:1px solid #eee;overflow-wrap:anywhere}nav a{display:inline-block;margin-right:1rem}"
)


class ArchiveWriter:
    """Writes ``path`` when the block ends well, and leaves nothing behind otherwise."""

    def __init__(self, path: Path, language: str, zone: str, company: str, made_at: datetime) -> None:
        self._path = path
        self._words = _WORDS.get(language, _WORDS["en"])
        self._language = language if language in _WORDS else "en"
        self._zone = ZoneInfo(zone)
        self._head = {"company": company, "made_at": made_at, "time_zone": zone}
        self._json_path, self._html_path = path.with_suffix(".json.part"), path.with_suffix(".html.part")
        self._store = ""
        self._rows = 0
        self.rows: dict[str, int] = {}

    def __enter__(self) -> "ArchiveWriter":
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._json = self._json_path.open("w", encoding="utf-8")
        self._html = self._html_path.open("w", encoding="utf-8")
        self._json.write('{"about": ' + _encode(self._head) + ', "stores": {')
        self._html.write(self._page_head())
        return self

    def begin(self, store: str, title: str) -> None:
        """What is added from here on is told by ``store``."""
        self._end_store()
        self._store, self._rows = store, 0
        self._json.write(("," if self.rows else "") + f"\n{json.dumps(store)}: [")
        self.rows[store] = 0
        shown = _TITLES_JA.get(store, title) if self._language == "ja" else title
        self._html.write(f'<h2 id="{escape(store)}">{escape(shown)}</h2>\n')

    def add(self, row: Mapping[str, Any]) -> None:
        self._json.write(("," if self._rows else "") + "\n" + _encode(row))
        self._rows += 1
        self.rows[self._store] += 1
        if self._rows <= ROWS_SHOWN_MAX:
            self._html.write(self._table(row))

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        try:
            if kind is None:
                self._end_store()
                self._json.write("\n}}\n")
                self._html.write("</body></html>\n")
            self._json.close()
            self._html.close()
            if kind is None:
                self._pack()
        finally:
            self._json_path.unlink(missing_ok=True)
            self._html_path.unlink(missing_ok=True)

    def _pack(self) -> None:
        partial = self._path.with_suffix(".zip.part")
        try:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(self._html_path, "index.html")
                archive.write(self._json_path, "data.json")
            partial.chmod(0o600)
            partial.rename(self._path)
        finally:
            partial.unlink(missing_ok=True)

    def _end_store(self) -> None:
        if not self._store:
            return
        self._json.write("]")
        if self._rows == 0:
            self._html.write(f"<p>{self._words['none']}</p>\n")
        elif self._rows > ROWS_SHOWN_MAX:
            self._html.write(f"<p>{self._words['more'].format(n=ROWS_SHOWN_MAX)}</p>\n")

    def _page_head(self) -> str:
        words = self._words
        made = words["made"].format(
            at=self._show(self._head["made_at"]), name=self._head["company"], zone=self._zone.key
        )
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
            f"<title>{escape(words['title'])}</title><style>{_STYLE}</style></head><body>"
            f"<h1>{escape(words['title'])}</h1><p>{escape(made)}</p><p>{escape(words['all'])}</p>\n"
        )

    def _table(self, row: Mapping[str, Any]) -> str:
        cells = "".join(f"<tr><th>{escape(str(name))}</th><td>{self._cell(one)}</td></tr>" for name, one in row.items())
        return f"<table>{cells}</table>\n"

    def _cell(self, value: Any) -> str:
        if isinstance(value, dict | list):
            return escape(_encode(value))
        return escape(self._show(value))

    def _show(self, value: Any) -> str:
        if isinstance(value, datetime):
            return value.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")
        return "–" if value is None else str(value)


def _encode(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
