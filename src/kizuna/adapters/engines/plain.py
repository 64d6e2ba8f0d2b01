"""Few types, so that tables of different engines are alike. Goes to Spark's workers: it imports nothing of Kizuna."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")


def plain_result(table: Any) -> Any:
    """The table with whole numbers as int64, others as float64, text as string, instants in microseconds of UTC.

    Engines give the same expression other widths: DuckDB's sums are 128 bits wide, Spark's lengths 32.
    """
    return _cast(table, _plain(table.schema, widen=True))


def plain_input(table: Any) -> Any:
    """The same for kernels, which are fast on narrow whole numbers: int8 to uint64 stay as they are."""
    return _cast(table, _plain(table.schema, widen=False))


def _plain(schema: Any, *, widen: bool) -> Any:
    return pa.schema([pa.field(field.name, _plain_type(field.type, widen)) for field in schema])


def _plain_type(kind: Any, widen: bool) -> Any:
    types = pa.types
    if types.is_integer(kind):
        return pa.int64() if widen else kind
    if types.is_decimal(kind):
        return pa.int64() if kind.scale == 0 else pa.float64()
    if types.is_floating(kind):
        return pa.float64()
    if types.is_timestamp(kind):
        return TIME
    if types.is_large_string(kind) or types.is_string_view(kind):
        return pa.string()
    if types.is_list(kind) or types.is_large_list(kind):
        return pa.list_(_plain_type(kind.value_type, widen))
    return kind


def _cast(table: Any, schema: Any) -> Any:
    if table.schema.types == schema.types:
        return table.replace_schema_metadata(None)
    columns = [_cast_column(column, field.type) for column, field in zip(table.columns, schema, strict=True)]
    return pa.table(columns, names=schema.names)


def _cast_column(column: Any, kind: Any) -> Any:
    if column.type == kind:
        return column
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        # Engines work in UTC.
        return column.cast(pa.timestamp("us")).cast(kind)
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:
        if not pa.types.is_decimal(column.type) or not pa.types.is_integer(kind):
            raise
        return column.cast(pa.float64())  # a sum that 64 bits do not hold
