"""Lists of people as staff have them: a table of identifiers, or one identifier a line."""

import csv
import re
from collections.abc import Iterable, Sequence

PROFILE_ID = "profile_id"
LINES_MAX = 100_000
COLUMNS_MAX = 20

_TYPE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}")
# What other programs call the columns that everybody has.
_HEADERS = {
    "e-mail": "email",
    "mail": "email",
    "email_address": "email",
    "メールアドレス": "email",
    "メール": "email",
    "tel": "phone",
    "phone_number": "phone",
    "電話番号": "phone",
    "電話": "phone",
    "userid": "user_id",
    "customer_id": "user_id",
    "会員番号": "user_id",
    "会員id": "user_id",
    "顧客id": "user_id",
    "lineid": "line_id",
    "line_user_id": "line_id",
}

Line = list[tuple[str, str]]
"""The identifiers of one person, as (type, value)."""


class UploadRefused(Exception):
    """The text is no list of people: code and sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def read_lines(text: str, type_: str, known_types: Iterable[str]) -> list[Line]:
    """One entry for each line of a table, empty ones too. Without a first line that names a type, each line is
    one identifier of ``type_``."""
    rows = _read_rows(text.removeprefix("\ufeff"))
    if not rows:
        raise UploadRefused("upload_empty", "The list is empty; give one identifier a line.")
    types = _read_header(rows[0], frozenset(known_types) | {PROFILE_ID})
    if types is None:
        return [[(type_, row[0].strip())] if row and row[0].strip() else [] for row in rows]
    return [
        [(kind, value.strip()) for kind, value in zip(types, row, strict=False) if kind and value.strip()]
        for row in rows[1:]
    ]


def _read_rows(text: str) -> list[list[str]]:
    lines = text.splitlines()
    if len(lines) > LINES_MAX + 1:
        raise UploadRefused("upload_long", f"A list has {LINES_MAX:,} lines at the most; split it.")
    delimiter = max(",\t;", key=lines[0].count) if lines else ","
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise UploadRefused("upload_unreadable", f"The table cannot be read: {error}.") from error
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return rows


def _read_header(row: Sequence[str], known_types: frozenset[str]) -> list[str] | None:
    """The type of each column, "" for columns that are none; None where the line is no header."""
    names = [cell.strip().lower().replace(" ", "_") for cell in row[:COLUMNS_MAX]]
    types = [_HEADERS.get(name, name) for name in names]
    if not any(type_ in known_types for type_ in types):
        return None
    return [type_ if type_ in known_types and _TYPE.fullmatch(type_) else "" for type_ in types]
