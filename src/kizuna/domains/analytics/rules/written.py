"""Answers as people read them where no browser draws them: in mails, in files, on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from kizuna.domains.analytics.contracts import Answer, Column, Figure, Interval, Kind
from kizuna.domains.analytics.rules.words import LABEL, NONE, OTHER, OTHER_LABEL, text

Language = Literal["en", "ja"]

NOTHING = "–"
"""Where there is not enough to say."""

_WITHOUT_DECIMALS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "HUF", "TWD", "IDR"})
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
_RANGE = text("Range", "期間の区分")
_ASKED, _COMPARED = text("asked for", "対象期間"), text("compared with", "比較期間")


def write_value(value: Any, kind: Kind, language: Language, answer: Answer) -> str:
    """One value. Numbers have thousands separators and as many decimals as say something."""
    if value is None:
        return NOTHING
    match kind:
        case "time":
            return write_period(str(value), answer.interval, language)
        case "label":
            return str(value)
        case "share":
            return f"{_number(float(value) * 100, 1)}%"
        case "money":
            return _money(float(value), answer.currency, language)
        case "seconds":
            return _duration(float(value), language)
        case "people" | "count":
            return f"{value:,}" if isinstance(value, int) else _number(float(value), 1)
        case _:
            return str(value) if isinstance(value, str) else _number(float(value), 2)


def write_period(start: str, interval: Interval, language: Language) -> str:
    """A period by its start, as its clock shows it."""
    at = datetime.fromisoformat(start)
    match interval:
        case "year":
            return f"{at.year}年" if language == "ja" else f"{at.year}"
        case "quarter":
            quarter = (at.month - 1) // 3 + 1
            return f"{at.year}年第{quarter}四半期" if language == "ja" else f"{at.year} Q{quarter}"
        case "month":
            return f"{at.year}年{at.month}月" if language == "ja" else f"{at:%Y-%m}"
        case "hour":
            return f"{at:%Y-%m-%d %H:%M}"
        case _:
            return f"{at:%Y-%m-%d}"


def write_label(value: Any, column: Column, language: Language) -> str:
    """A label in words: a key by its name, nothing and everything else as what they are."""
    if value is None:
        return NONE[language]
    if value == OTHER_LABEL:
        return OTHER[language]
    words = column.words.get(str(value))
    return str(value) if words is None else words[language]


def write_figure_title(figure: Figure, answer: Answer, language: Language) -> str:
    """Of a figure that is of one label of a breakdown (its key ends with it), with the label."""
    of, is_labelled, label = figure.key.partition(":")
    if not is_labelled or not any(one.key == of for one in answer.figures):
        return figure.title[language]
    column = next((one for one in answer.columns if one.key == LABEL.key), LABEL)
    told = write_label(label or None, column, language)
    return f"{figure.title[language]} · {told}"


def write_cell(value: Any, column: Column, language: Language, answer: Answer) -> str:
    if column.kind == "label":
        return write_label(value, column, language)
    return write_value(value, column.kind, language, answer)


def shown_columns(answer: Answer) -> list[int]:
    """Places of the columns that a table shows: those that say something, and not only help to draw. A label that is
    none in every row belongs to a breakdown that was not asked for."""
    return [
        place
        for place, column in enumerate(answer.columns)
        if not column.hidden
        and not (column.kind == "label" and answer.rows and all(row[place] is None for row in answer.rows))
    ]


def first_day(answer: Answer) -> str:
    """The day on which the range begins, in its zone."""
    since = datetime.fromisoformat(answer.span.since)
    return f"{since.astimezone(ZoneInfo(answer.zone)):%Y-%m-%d}"


def write_table(answer: Answer, language: Language, rows_max: int) -> tuple[list[str], list[list[str]], int]:
    """Titles, rows and how many rows were left out."""
    places = shown_columns(answer)
    titles = [answer.columns[place].title[language] for place in places]
    rows = [
        [write_cell(row[place], answer.columns[place], language, answer) for place in places]
        for row in answer.rows[:rows_max]
    ]
    return titles, rows, max(0, len(answer.rows) - rows_max)


def raw_table(answer: Answer, language: Language) -> tuple[list[str], list[list[Any]]]:
    """The same for programs: numbers as they are, times as RFC 3339. Rows of a comparison follow, told apart by a first
    column."""
    places = shown_columns(answer)
    titles = [answer.columns[place].title[language] for place in places]
    rows = [_raw_row(answer, row, places, language) for row in answer.rows]
    if answer.compared is None:
        return titles, rows
    before = [_raw_row(answer, row, places, language) for row in answer.compared]
    told = [[_ASKED[language], *row] for row in rows] + [[_COMPARED[language], *row] for row in before]
    return [_RANGE[language], *titles], told


def _raw_row(answer: Answer, row: Sequence[Any], places: Sequence[int], language: Language) -> list[Any]:
    columns = answer.columns
    return [
        write_label(row[place], columns[place], language) if columns[place].kind == "label" else row[place]
        for place in places
    ]


def _number(value: float, decimals: int) -> str:
    if value and abs(value) < 10**-decimals:
        return f"{value:.2g}"
    told = f"{value:,.{decimals}f}"
    return told.rstrip("0").rstrip(".") if "." in told else told


def _money(value: float, currency: str, language: Language) -> str:
    decimals = 0 if currency in _WITHOUT_DECIMALS else 2
    told = f"{abs(value):,.{decimals}f}"
    minus = "-" if value < 0 else ""
    if currency == "JPY":
        return f"{minus}{told}円" if language == "ja" else f"{minus}¥{told}"
    sign = _SIGNS.get(currency)
    return f"{minus}{sign}{told}" if sign else f"{minus}{told} {currency}"


def _duration(seconds: float, language: Language) -> str:
    units = (("d", "日", 86_400), ("h", "時間", 3_600), ("m", "分", 60), ("s", "秒", 1))
    left, told = round(abs(seconds)), list[str]()
    for en, ja, length in units:
        if left >= length and len(told) < 2:
            told.append(f"{left // length}{ja}" if language == "ja" else f"{left // length} {en}")
            left %= length
    minus = "-" if seconds < 0 else ""
    if told:
        return minus + ("" if language == "ja" else " ").join(told)
    return f"{_number(seconds, 1)}秒" if language == "ja" else f"{_number(seconds, 1)} s"
