"""Types of Arrow as Spark has them, and back."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from kizuna.adapters.engines.plain import TIME
from kizuna.kernel.errors import Invalid


def to_spark(schema: Any) -> Any:
    """Spark's schema of a plain Arrow schema. Raises ``Invalid`` for a type that does not travel."""
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(field.name, _to_spark(field.type, field.name)) for field in schema])


def to_arrow(schema: Any) -> Any:
    """The Arrow schema of rows that reach a kernel, of Spark's."""
    return pa.schema([pa.field(field.name, _to_arrow(field.dataType, field.name)) for field in schema.fields])


def _to_spark(kind: Any, name: str) -> Any:
    from pyspark.sql import types

    if pa.types.is_list(kind):
        return types.ArrayType(_to_spark(kind.value_type, name))
    known: dict[Any, Any] = {
        pa.int64(): types.LongType,
        pa.int32(): types.IntegerType,
        pa.float64(): types.DoubleType,
        pa.string(): types.StringType,
        pa.bool_(): types.BooleanType,
        pa.date32(): types.DateType,
        pa.binary(): types.BinaryType,
        TIME: types.TimestampType,
    }
    if kind not in known:
        raise _strange(name, kind)
    return known[kind]()


def _to_arrow(kind: Any, name: str) -> Any:
    from pyspark.sql import types

    if isinstance(kind, types.ArrayType):
        return pa.list_(_to_arrow(kind.elementType, name))
    if isinstance(kind, types.DecimalType):
        return pa.int64() if kind.scale == 0 else pa.float64()
    known: dict[Any, Any] = {
        types.LongType: pa.int64(),
        types.IntegerType: pa.int32(),
        types.ShortType: pa.int16(),
        types.ByteType: pa.int8(),
        types.DoubleType: pa.float64(),
        types.FloatType: pa.float64(),
        types.StringType: pa.string(),
        types.BooleanType: pa.bool_(),
        types.DateType: pa.date32(),
        types.BinaryType: pa.binary(),
        types.TimestampType: TIME,
        types.TimestampNTZType: TIME,
        types.NullType: pa.null(),
    }
    if type(kind) not in known:
        raise _strange(name, kind.simpleString())
    return known[type(kind)]


def _strange(name: str, kind: Any) -> Invalid:
    return Invalid("sql_failed", f"The column {name} is of the type {kind}, which does not travel to Spark.")
