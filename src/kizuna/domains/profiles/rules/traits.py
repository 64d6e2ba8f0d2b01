"""Traits: what may be one, its type, and which observation counts."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from kizuna.domains.profiles.contracts import TraitRow

TRAITS_PER_EVENT_MAX = 300
NAME_CHARS_MAX = 200
VALUE_BYTES_MAX = 8_192
DEPTH_MAX = 32

TraitType = Literal["string", "number", "boolean", "date", "datetime", "list", "object"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")


def encode_traits(traits: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, JSON text) of the traits that can be kept, in the order they came.

    Dropped are names that are empty or too long, values too large, and all above the limit per event;
    the event itself keeps them. PostgreSQL's JSON takes no NUL, so that is removed.
    """
    kept: list[tuple[str, str]] = []
    for name, value in traits.items():
        if not 0 < len(name) <= NAME_CHARS_MAX or not name.isprintable():
            continue
        encoded = encode_value(value)
        if encoded is not None:
            kept.append((name, encoded))
        if len(kept) == TRAITS_PER_EVENT_MAX:
            break
    return kept


def encode_value(value: Any) -> str | None:
    """Canonical JSON text of a value, or None when it is too large or no JSON."""
    try:
        encoded = msgspec.json.encode(value, order="sorted")
    except (TypeError, ValueError, UnicodeEncodeError, RecursionError):
        return None
    if len(encoded) > VALUE_BYTES_MAX:
        return None
    text = encoded.decode()
    if _is_deep(text):
        return None
    if "\\u0000" in text:
        text = re.sub(r"(?<!\\)((?:\\\\)*)\\u0000", r"\1", text)
    return text


def _is_deep(text: str) -> bool:
    """True beyond ``DEPTH_MAX`` levels: parsers of JSON recurse, and a database's stack is small."""
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return False
    depth, in_string, escaped = 0, False, False
    for char in text:
        if in_string:
            in_string = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            in_string, escaped = True, False
        elif char in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif char in "]}":
            depth -= 1
    return False


def outranks(row: TraitRow, other: TraitRow) -> bool:
    """True when ``row`` counts rather than ``other``.

    The latest counts; of two at one moment the greater text, so that the order of arrival never matters.
    """
    return (row.at, row.value, row.key) > (other.at, other.value, other.key)


def merge_traits(rows: Iterable[TraitRow]) -> dict[str, TraitRow]:
    """What a profile's traits are: of each name the latest over all of its nodes, ``null`` left out."""
    latest: dict[str, TraitRow] = {}
    for row in rows:
        known = latest.get(row.name)
        if known is None or outranks(row, known):
            latest[row.name] = row
    return {name: latest[name] for name in sorted(latest) if latest[name].value != "null"}


def type_trait(value: Any) -> TraitType:
    """What a value is, for showing and comparing."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        if _DATE.fullmatch(value):
            return "date"
        return "datetime" if _TIME.fullmatch(value) else "string"
    return "list" if isinstance(value, list) else "object"
