"""Asking Spark once a statement.

The public methods of its client ask several times: ``spark.sql`` and ``toArrow`` have Spark analyse a statement each,
before it is run and analysed again, and so does ``mapInArrow`` to learn the names of columns. That is most of the
time of a small question. What is used instead here is of the client's inside, as of Spark 4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from kizuna.adapters.engines.spark_types import to_spark

KEYS = pa.schema([("profile_key", pa.int64())])
PARCELS = pa.schema([("parcel", pa.binary())])


def plan_sql(spark: Any, text: str) -> Any:
    """The rows of a SELECT; nothing is asked yet."""
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.plan import SQL

    frame: Any = DataFrame
    return frame(SQL(text, [], {}, []), spark)


def plan_kernel(rows: Any, run: Callable[[Any], Any]) -> Any:
    """What a function gives for the batches of each partition: all rows of a ``profile_key`` are in one."""
    grouped = rows.repartition("profile_key")
    # Of all columns: these are only what the client would look up to write their names down.
    grouped._cached_schema = to_spark(KEYS)
    return grouped.mapInArrow(run, to_spark(PARCELS))


def fetch(rows: Any) -> Any:
    """As an Arrow table, in the types that Spark sends."""
    table, _ = rows._to_table()
    return table
