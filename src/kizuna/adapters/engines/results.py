"""Values of a result as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

# What JavaScript holds exactly; wider numbers travel as text.
_INTEGER_MAX = 2**53


def to_rows(batch: pa.RecordBatch) -> list[list[Any]]:
    columns = [_to_values(column) for column in batch.columns]
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(batch.num_rows)]


def _to_values(column: pa.Array) -> list[Any]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_boolean(kind) or pa.types.is_int32(kind):
        return column.to_pylist()
    return [to_json(value) for value in column.to_pylist()]


def to_json(value: Any) -> Any:
    """RFC 3339 in UTC, decimals and integers beyond 2^53 as text, NaN and infinity as null, bytes as hex."""
    convert = _CONVERTERS.get(type(value))
    if convert is not None:
        return convert(value)
    return value if value is None or isinstance(value, str | bool) else str(value)


def _time_text(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _decimal(value: Decimal) -> Any:
    if value == value.to_integral_value() and isinstance(exponent := value.as_tuple().exponent, int) and exponent >= 0:
        return _integer(int(value))
    return str(value)


def _integer(value: int) -> int | str:
    return value if -_INTEGER_MAX <= value <= _INTEGER_MAX else str(value)


def _list(values: list[Any]) -> Any:
    # A map comes as a list of pairs.
    if values and all(isinstance(item, tuple) and len(item) == 2 for item in values):
        return {str(to_json(key)): to_json(item) for key, item in values}
    return [to_json(item) for item in values]


_CONVERTERS: dict[type, Callable[[Any], Any]] = {
    float: lambda value: value if math.isfinite(value) else None,
    int: _integer,
    Decimal: _decimal,
    datetime: _time_text,
    date: lambda value: value.isoformat(),
    time: lambda value: value.isoformat(),
    timedelta: lambda value: f"PT{value.total_seconds():g}S",
    bytes: lambda value: value.hex(),
    list: _list,
    dict: lambda value: {str(key): to_json(item) for key, item in value.items()},
    pa.MonthDayNano: lambda value: f"P{value.months}M{value.days}DT{value.nanoseconds / 1e9:g}S",
}
