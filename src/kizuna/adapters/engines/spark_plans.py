"""Asking Spark once a statement.

The public methods of its client ask several times: ``spark.sql`` and ``toArrow`` have Spark analyse a statement each,
before it is run and analysed again, and so does ``mapInArrow`` to learn the names of columns. That is most of the
time of a small question. What is used instead here is of the client's inside, as of Spark 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from kizuna.adapters.engines.spark_types import to_spark

KEYS = pa.schema([("profile_key", pa.int64())])
FP_GROWTH = "org.apache.spark.ml.fpm.FPGrowth"
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


def fit_itemsets(spark: Any, baskets: str, support: float) -> str:
    """Has MLlib count the things of a SELECT's lists ``items``; gives the name of its model in the session. Which sets
    are frequent is found out when they are fetched."""
    from pyspark.sql.connect.proto import Command, MlOperator

    command = Command()
    fit: Any = command.ml_command.fit
    fit.estimator.name, fit.estimator.uid = FP_GROWTH, "kizuna"
    fit.estimator.type = MlOperator.OPERATOR_TYPE_ESTIMATOR
    fit.params.params["itemsCol"].string = "items"
    fit.params.params["minSupport"].double = support
    fit.dataset.CopyFrom(plan_sql(spark, baskets)._plan.plan(spark.client))
    _, properties, _ = spark.client.execute_command(command)
    return properties["ml_command_result"].operator_info.obj_ref.id


def plan_itemsets(spark: Any, model: str) -> Any:
    """The rows ``items`` and ``freq`` of a model."""
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.plan import LogicalPlan

    class FrequentItemsets(LogicalPlan):
        def plan(self, session: Any) -> Any:
            made = self._create_proto_relation()
            made.ml_relation.fetch.obj_ref.id = model
            made.ml_relation.fetch.methods.add().method = "freqItemsets"
            return made

    frame: Any = DataFrame
    return frame(FrequentItemsets(None), spark)


def forget_model(spark: Any, model: str) -> None:
    """Otherwise it stays in the server's memory as long as the session."""
    from pyspark.sql.connect.proto import Command

    command = Command()
    command.ml_command.delete.obj_refs.add().id = model
    spark.client.execute_command(command)


@contextmanager
def untagged(spark: Any) -> Iterator[None]:
    """What is asked within is not stopped with the rest: it tidies up."""
    tags = list(spark.getTags())
    spark.clearTags()
    try:
        yield
    finally:
        for tag in tags:
            spark.addTag(tag)


def fetch(rows: Any) -> Any:
    """As an Arrow table, in the types that Spark sends."""
    table, _ = rows._to_table()
    return table
