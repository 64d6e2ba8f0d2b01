"""How the rows of a text table are written: delimiter, quotes, and whether the first row names columns."""

import csv
import io
import re
from dataclasses import dataclass

DELIMITERS = (",", "\t", ";", "|")
CELL_CHARS_MAX = 1_000_000
COLUMNS_MAX = 1_000
SAMPLE_ROWS = 200

_NUMBERISH = re.compile(r"[\s\d.,:/¥￥$€£%+\-−()TZ年月日時分秒]*\d[\s\d.,:/¥￥$€£%+\-−()TZ年月日時分秒]*")


@dataclass(frozen=True, slots=True)
class Dialect:
    """``skip_rows`` is 1 for Excel's ``sep=;`` line, which is no row."""

    delimiter: str
    has_header: bool
    skip_rows: int = 0


def guess_dialect(sample: str) -> Dialect:
    """Decides from the first rows, already decoded, cut at a row's end."""
    named = re.match(r"sep=(.)\r?\n", sample)
    if named:
        rows = read_sample(sample[named.end() :], named.group(1))
        return Dialect(named.group(1), _first_row_names(rows), skip_rows=1)
    best = max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))
    return Dialect(best, _first_row_names(read_sample(sample, best)))


def read_sample(sample: str, delimiter: str, rows_max: int = SAMPLE_ROWS) -> list[list[str]]:
    """The first rows as cells; rows without any cell are left out, as spreadsheets do."""
    csv.field_size_limit(max(csv.field_size_limit(), CELL_CHARS_MAX))
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) >= rows_max:
                break
    except csv.Error:
        pass  # a sample may end within quotes
    return rows


def _fit(sample: str, delimiter: str) -> float:
    """How well a delimiter explains the rows: most rows alike in width, and wide."""
    widths = [len(row) for row in read_sample(sample, delimiter, 50)]
    if not widths:
        return 0.0
    usual = max(set(widths), key=widths.count)
    return 0.0 if usual < 2 else widths.count(usual) / len(widths) * 100 + min(usual, 50) / 50


def _first_row_names(rows: list[list[str]]) -> bool:
    """A header has no numbers or dates, is never empty throughout, and does not repeat below."""
    if not rows:
        return False
    first = [cell.strip() for cell in rows[0]]
    if not any(first):
        return False
    if any(_NUMBERISH.fullmatch(cell) or "@" in cell for cell in first if cell):
        return False
    return first not in [[cell.strip() for cell in row] for row in rows[1:]]


def name_columns(first_row: list[str], has_header: bool) -> list[str]:
    """Column names, each one of its kind: doubles get `` (2)``, empty ones ``column 3``."""
    given = [cell.strip() for cell in first_row] if has_header else ["" for _ in first_row]
    names: list[str] = []
    for position, name in enumerate(given, start=1):
        wanted = name or f"column {position}"
        candidate, count = wanted, 1
        while candidate in names:
            count += 1
            candidate = f"{wanted} ({count})"
        names.append(candidate)
    return names
