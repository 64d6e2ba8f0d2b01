"""Whole columns at once: numbers, times, texts and JSON from Arrow arrays.

Plain spellings never reach Python one by one; the others do once for each distinct value. A line of
a million costs microseconds so, where reading rows would cost minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from kizuna.domains.collect.rules.imports.arrow import Strings, pa, pc
from kizuna.domains.collect.rules.imports.numbers import parse_boolean, parse_number
from kizuna.domains.collect.rules.imports.times import ParsedTime, parse_number_time, parse_time

_PLAIN_NUMBER = r"^[+-]?\d{1,15}(\.\d{1,9})?$"
_PLAIN_INTEGER = r"^-?(0|[1-9]\d{0,17})$"
_PLAIN_TIME = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$"
_NEEDS_ESCAPE = r'["\\\x00-\x1f]'
_POINT_ZERO = r"^\d+\.0$"
_SECOND_US = 1_000_000
_QUARTER_US = 900 * _SECOND_US
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # naive on purpose: the zero of a local clock


@dataclass(frozen=True)
class Numbers:
    """``values`` are NaN where nothing stands; ``bad`` marks what stands and is no number."""

    values: np.ndarray[Any, np.dtype[np.float64]]
    bad: np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Times:
    """``us`` counts from 1970 in UTC, where ``filled``; ``bad`` marks what stands and is no time."""

    us: np.ndarray[Any, np.dtype[np.int64]]
    filled: np.ndarray[Any, np.dtype[np.bool_]]
    bad: np.ndarray[Any, np.dtype[np.bool_]]


def read_texts(column: Any) -> Strings:
    """Trimmed text, null where empty. Whole numbers lose a ``.0``, times become ISO, objects JSON; NUL,
    which PostgreSQL cannot hold, goes."""
    column = _flat(column)
    kind = column.type
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.string())
    if pa.types.is_floating(kind):
        return _float_texts(column)
    if pa.types.is_timestamp(kind) or pa.types.is_nested(kind) or pa.types.is_date(kind):
        return pa.array([None if v is None else _plain_text(v) for v in column.to_pylist()], pa.string())
    text = column if pa.types.is_string(kind) else pc.cast(column, pa.string())
    if pc.any(pc.match_substring(text, "\x00")).as_py():
        text = pc.replace_substring(text, "\x00", "")
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def read_ids(column: Any) -> Strings:
    """Texts for identifiers: ``17850.0``, as data frames with gaps write ids, is ``17850``."""
    texts = read_texts(column)
    if not pc.any(pc.match_substring_regex(texts, _POINT_ZERO)).as_py():
        return texts
    pointed = pc.fill_null(pc.match_substring_regex(texts, _POINT_ZERO), False)
    return pc.if_else(pointed, pc.utf8_replace_slice(texts, -2, 1_000_000, ""), texts)


def read_numbers(column: Any) -> Numbers:
    column = _flat(column)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        values = _floats(pc.cast(column, pa.float64(), safe=False))
        return Numbers(values, np.isinf(values))
    texts = read_texts(column)
    if _all_match(texts, _PLAIN_NUMBER):
        values = _floats(pc.cast(pc.utf8_ltrim(texts, "+"), pa.float64()))
        return Numbers(values, np.zeros(len(values), dtype=np.bool_))
    values = _floats(_by_distinct(texts, parse_number, pa.float64()))
    bad = _mask(pc.is_valid(texts)) & ~np.isfinite(values)
    return Numbers(values, bad)


def read_times(column: Any, zone: ZoneInfo, *, day_first: bool = False) -> Times:
    """Times without a zone are read on ``zone``'s clock."""
    column = _flat(column)
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _from_timestamps(column, zone, local=pa.types.is_date(kind) or kind.tz is None)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _parse_distinct(pc.cast(column, pa.float64(), safe=False), lambda v: _number_or_compact(v), zone)
    texts = read_texts(column)
    if _all_match(texts, _PLAIN_TIME):
        try:
            return _from_timestamps(pc.cast(texts, pa.timestamp("us")), zone, local=True)
        except pa.ArrowInvalid:
            pass  # a 30 February among them: find out which
    return _parse_distinct(texts, lambda text: parse_time(text, day_first=day_first), zone)


def to_utc(local_us: np.ndarray[Any, Any], zone: ZoneInfo) -> np.ndarray[Any, Any]:
    """Of two moments of one clock time the earlier; of a clock time that never was, the later.

    Offsets change on quarters of an hour only, so one look-up a quarter is enough.
    """
    quarters, places = np.unique(local_us // _QUARTER_US, return_inverse=True)
    offsets = np.fromiter((_offset_us(int(q) * _QUARTER_US, zone) for q in quarters), np.int64, len(quarters))
    return local_us - offsets[places]


def _offset_us(local_us: int, zone: ZoneInfo) -> int:
    try:
        local = _EPOCH + timedelta(microseconds=local_us)
    except OverflowError:
        return 0
    offset = local.replace(tzinfo=zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds()) * _SECOND_US


def encode_json(column: Any, column_type: str = "text") -> Strings:
    """JSON text of each value, null where there is none. ``column_type`` (``shapes.ColumnType``) says what
    a column of text holds; a value that does not fit it stays text."""
    column = _flat(column)
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return pc.cast(column, pa.string())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return encode_floats(_floats(pc.cast(column, pa.float64(), safe=False)))
    if pa.types.is_nested(kind):
        return read_texts(column)
    texts = read_texts(column)
    if column_type == "integer" and _all_match(texts, _PLAIN_INTEGER):
        return texts
    if column_type in ("integer", "decimal", "money"):
        return _by_distinct(texts, _number_json, pa.string())
    if column_type == "boolean":
        return _by_distinct(texts, _boolean_json, pa.string())
    if column_type == "date":
        return _by_distinct(texts, _date_json, pa.string())
    if not pc.any(pc.match_substring_regex(texts, _NEEDS_ESCAPE)).as_py():
        return pc.binary_join_element_wise('"', texts, '"', "")
    return _by_distinct(texts, _text_json, pa.string())


def encode_floats(values: np.ndarray[Any, Any]) -> Strings:
    """Numbers as JSON, whole ones without a point; null for NaN and infinity."""
    encoded = pa.array(values, pa.float64()).dictionary_encode()
    texts = pa.array([_float_json(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return texts.take(encoded.indices)


def join_object(parts: Sequence[tuple[str, Strings]], rows: int) -> Strings:
    """One JSON object a row of columns that are JSON already; what is null is left out.

    A column without nulls goes straight into the one join of all; it is worth putting one first, since
    then no comma must be cut off.
    """
    whole = next((place for place, (_, values) in enumerate(parts) if not values.null_count), None)
    if whole is None:
        return _join_optional(parts, rows)
    first, others = parts[whole], [*parts[:whole], *parts[whole + 1 :]]
    pieces: list[Any] = [_write_key("{", first[0]), first[1]]
    for key, values in others:
        pieces += [_write_key(",", key), values] if not values.null_count else [_member(key, values)]
    return pc.binary_join_element_wise(*pieces, "}", "", null_handling="replace", null_replacement="")


def _join_optional(parts: Sequence[tuple[str, Strings]], rows: int) -> Strings:
    pieces = [_member(key, values) for key, values in parts]
    if not pieces:
        return pa.array(["{}"] * rows, pa.string())
    joined = pc.binary_join_element_wise(*pieces, "", null_handling="replace", null_replacement="")
    return pc.binary_join_element_wise("{", pc.utf8_slice_codeunits(joined, 1), "}", "")


def _member(key: str, values: Strings) -> Strings:
    return pc.binary_join_element_wise(_write_key(",", key), values, "")


def _write_key(before: str, key: str) -> str:
    return f"{before}{msgspec.json.encode(key).decode()}:"


def _flat(column: Any) -> Any:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = pc.cast(column, pa.string())
    return column


def _floats(column: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return pc.fill_null(column, float("nan")).to_numpy(zero_copy_only=False)


def _mask(column: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return column.to_numpy(zero_copy_only=False).astype(np.bool_)


def _all_match(texts: Strings, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py() in (True, None))


def _by_distinct(texts: Strings, parse: Callable[[str], Any], result: Any) -> Any:
    encoded = texts.dictionary_encode()
    parsed = pa.array([parse(value) for value in encoded.dictionary.to_pylist()], result)
    return parsed.take(encoded.indices)


def _float_texts(column: Any) -> Strings:
    return pa.array(
        [
            None if v is None or v != v else str(int(v)) if v.is_integer() and abs(v) < 2**53 else repr(v)
            for v in column.to_pylist()
        ],
        pa.string(),
    )


def _plain_text(value: Any) -> str:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return msgspec.json.encode(value, enc_hook=str).decode()


def _from_timestamps(column: Any, zone: ZoneInfo, *, local: bool) -> Times:
    filled = _mask(pc.is_valid(column))
    unit = pa.timestamp("us", None if local else "UTC")
    us = pc.fill_null(pc.cast(pc.cast(column, unit, safe=False), pa.int64()), 0).to_numpy(zero_copy_only=False)
    return Times(to_utc(us, zone) if local else us, filled, np.zeros(len(us), dtype=np.bool_))


def _number_or_compact(value: float) -> ParsedTime | None:
    return parse_time(str(int(value))) if value >= 10_000_000 and value.is_integer() else parse_number_time(value)


def _parse_distinct(column: Any, parse: Callable[[Any], ParsedTime | None], zone: ZoneInfo) -> Times:
    encoded = column.dictionary_encode()
    parsed = [parse(value) for value in encoded.dictionary.to_pylist()]
    us = np.array([time.us if time else 0 for time in parsed], dtype=np.int64)
    known = np.array([time is not None for time in parsed], dtype=np.bool_)
    local = np.array([time is not None and time.local for time in parsed], dtype=np.bool_)
    if local.any():
        us[local] = to_utc(us[local], zone)
    valid = _mask(pc.is_valid(column))
    if not len(parsed):
        nothing = np.zeros(len(column), dtype=np.bool_)
        return Times(np.zeros(len(column), dtype=np.int64), nothing, nothing)
    places = pc.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)
    filled = valid & known[places]
    return Times(np.where(filled, us[places], 0), filled, valid & ~filled)


def _number_json(text: str) -> str:
    if len(text) > 1 and text[0] == "0" and text.isdigit():
        return _text_json(text)  # a code: as a number it would lose its zeros
    number = parse_number(text)
    encoded = None if number is None else _float_json(number)
    return encoded if encoded is not None else _text_json(text)


def _float_json(value: float) -> str | None:
    if value != value or value in (float("inf"), float("-inf")):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _boolean_json(text: str) -> str:
    value = parse_boolean(text)
    return _text_json(text) if value is None else "true" if value else "false"


def _date_json(text: str) -> str:
    """Dates become ISO, whatever the file wrote, so that conditions can compare them."""
    parsed = parse_time(text)
    if parsed is None or not parsed.date_only:
        return _text_json(text)
    return f'"{(_EPOCH + timedelta(microseconds=parsed.us)).date().isoformat()}"'


def _text_json(text: str) -> str:
    return msgspec.json.encode(text).decode()
