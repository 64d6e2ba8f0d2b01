"""Numbers as people and programs write them in tables.

Plain spellings are read for a whole column at once (``columns.read_numbers``); what is left comes here.
"""

import re
import unicodedata
from functools import lru_cache

# A backslash too: Shift_JIS keeps the yen sign in its place.
_CURRENCY = re.compile(r"[¥\\$€£₩]|円|\b(?:JPY|USD|EUR|GBP|KRW|CNY|TWD)\b", re.IGNORECASE)
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_COMMA_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_MYRIADS = re.compile(r"[+-]?\d{1,4}(?:,\d{4})+(?:\.\d*)?")
_POINT_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})*,\d*")
_SHORTENED = re.compile(r"\d(?:\.\d+)?[eE]\+\d{1,3}")

_MINUS = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "△": "-", "▲": "-", "ー": "-", "\u00a0": None, " ": None, "'": None}
)

TRUE_WORDS = frozenset({"true", "yes", "y", "1", "t", "on", "はい", "有", "あり", "○", "有効"})
FALSE_WORDS = frozenset({"false", "no", "n", "0", "f", "off", "いいえ", "無", "なし", "×", "無効"})


@lru_cache(maxsize=65_536)
def parse_number(text: str) -> float | None:
    """The number in ``text``, or None: ``¥1,200``, ``１２３円``, ``(3.50)``, ``△1,000``, ``1.234,56``, ``12%``.

    A single comma before exactly three digits separates thousands; before other counts it is a
    decimal comma.
    """
    folded = _CURRENCY.sub("", unicodedata.normalize("NFKC", text)).translate(_MINUS).strip()
    if folded.startswith("(") and folded.endswith(")"):
        folded = "-" + folded[1:-1].removeprefix("-")
    elif folded.endswith("-") and len(folded) > 1:
        folded = "-" + folded[:-1]
    percent = folded.endswith("%")
    plain = _without_separators(folded.removesuffix("%"))
    if plain is None:
        return None
    value = float(plain)
    return value / 100 if percent else value


def _without_separators(text: str) -> str | None:
    if _PLAIN.fullmatch(text):
        return text
    if _COMMA_THOUSANDS.fullmatch(text) or _MYRIADS.fullmatch(text):
        return text.replace(",", "")
    if _POINT_THOUSANDS.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return None


def is_money(text: str) -> bool:
    """True for a number that carries a currency sign or is written with thousands."""
    folded = unicodedata.normalize("NFKC", text).strip()
    marked = _CURRENCY.search(folded) is not None or _COMMA_THOUSANDS.fullmatch(folded) is not None
    return marked and parse_number(text) is not None


def is_shortened(text: str) -> bool:
    """True for ids that a spreadsheet destroyed, such as ``4.90123E+12``."""
    return _SHORTENED.fullmatch(text) is not None


def parse_boolean(text: str) -> bool | None:
    word = unicodedata.normalize("NFKC", text).strip().lower()
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None
