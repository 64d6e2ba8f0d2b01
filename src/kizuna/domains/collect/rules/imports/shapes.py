"""What type a column of text seems to have, from its first values."""

import re
from collections.abc import Callable, Sequence
from typing import Literal

from kizuna.domains.collect.rules.imports.fields import fold_header
from kizuna.domains.collect.rules.imports.numbers import FALSE_WORDS, TRUE_WORDS, is_money, parse_boolean, parse_number
from kizuna.domains.collect.rules.imports.times import ParsedTime, parse_time

ColumnType = Literal["integer", "decimal", "money", "date", "datetime", "boolean", "email", "phone", "text", "empty"]

EXAMPLES_MAX = 5
EXAMPLE_CHARS_MAX = 80
_SHARE_MIN = 0.9
"""Dirty columns keep their type: nine in ten values must agree, the rest will be refused with a reason."""

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(?:\+\d[\d\-() ]{7,18}|0\d[\d\-() ]{7,14})")
_PHONE_SEPARATED = re.compile(r"[+(\-]")
_TIME_HEADER = re.compile(r"date|time|day|_at$|日時|日付|年月日|日$|時刻", re.IGNORECASE)
_PHONE_HEADERS = ("phone", "tel", "mobile", "電話", "携帯")
_FLAGS = (TRUE_WORDS | FALSE_WORDS) - {"0", "1"}


def guess_type(name: str, values: Sequence[str]) -> ColumnType:
    """``values`` are texts of the first rows; empty ones are left out."""
    filled = [value.strip() for value in values if value.strip()]
    if not filled:
        return "empty"
    if _most(filled, lambda v: _EMAIL.fullmatch(v) is not None):
        return "email"
    if _most(filled, lambda v: v.lower() in _FLAGS and parse_boolean(v) is not None):
        return "boolean"
    if _is_phone(name, filled):
        return "phone"
    return _guess_quantity(name, filled)


def _guess_quantity(name: str, filled: list[str]) -> ColumnType:
    if _most(filled, lambda v: parse_number(v) is None and _read_time(v) is not None) or _is_numeric_time(name, filled):
        times = [_read_time(value) for value in filled]
        return "date" if all(time.date_only for time in times if time) else "datetime"
    if _most(filled, lambda v: _INTEGER.fullmatch(v) is not None):
        # A leading zero is lost in a number: such a column is a code.
        return "text" if any(len(v) > 1 and v.startswith("0") for v in filled) else "integer"
    if any(is_money(value) for value in filled) and _most(filled, lambda v: parse_number(v) is not None):
        return "money"
    return "decimal" if _most(filled, lambda v: parse_number(v) is not None) else "text"


def _is_numeric_time(name: str, filled: list[str]) -> bool:
    """Excel's serial days, Unix times and ``20261122`` are numbers too: the header must speak of time."""
    return _TIME_HEADER.search(name) is not None and _most(filled, lambda v: _read_time(v) is not None and len(v) >= 5)


def _is_phone(name: str, filled: list[str]) -> bool:
    folded = fold_header(name)
    if any(word in folded for word in _PHONE_HEADERS):
        return _most(filled, lambda v: sum(c.isdigit() for c in v) >= 8)
    separated = _most(filled, lambda v: _PHONE_SEPARATED.search(v) is not None and _read_time(v) is None)
    return separated and _most(filled, lambda v: _PHONE.fullmatch(v) is not None)


def _read_time(text: str) -> ParsedTime | None:
    """Whether day or month comes first is not known yet; either makes it a date."""
    return parse_time(text) or parse_time(text, day_first=True)


def _most(values: Sequence[str], test: Callable[[str], bool]) -> bool:
    return sum(map(test, values)) >= _SHARE_MIN * len(values)


def pick_examples(values: Sequence[str]) -> list[str]:
    """The first values that differ, cut to what a table cell shows."""
    distinct = dict.fromkeys(value.strip()[:EXAMPLE_CHARS_MAX] for value in values if value.strip())
    return list(distinct)[:EXAMPLES_MAX]
