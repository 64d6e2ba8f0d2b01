"""One question to Spark, in the calling thread."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from kizuna.adapters.engines.messages import LakeView
from kizuna.adapters.engines.plain import plain_result
from kizuna.adapters.engines.spark_errors import SessionLostError, SumTooWideError, explained
from kizuna.adapters.engines.spark_plans import fetch, plan_kernel, plan_sql, untagged
from kizuna.adapters.engines.spark_session import SparkSession, place_of
from kizuna.adapters.engines.spark_sql import translate
from kizuna.adapters.engines.spark_tables import write_relations
from kizuna.adapters.engines.spark_types import to_arrow, to_spark
from kizuna.adapters.engines.spark_worker import run_kernel, unpack
from kizuna.adapters.engines.statements import join_relations
from kizuna.kernel.engine import Kernel, Statement
from kizuna.kernel.errors import Conflict, Invalid, Unavailable

Work = Callable[[SparkSession, str], Any]
"""What is done with the rows of a SELECT in Spark's dialect."""


class Call:
    """A statement, and what is done with its rows. It may be stopped at any moment, by other threads."""

    def __init__(self, statement: Statement, work: Work, stoppers: ThreadPoolExecutor) -> None:
        self._statement, self._work, self._stoppers = statement, work, stoppers
        self._tag = f"kizuna-{uuid.uuid4()}"
        self._stopped = threading.Event()
        self._spark: Any = None
        self._stopping: Future[None] | None = None

    def stop(self) -> None:
        """Call it until the call has ended: what Spark has not begun yet hears nothing. Does not wait."""
        self._stopped.set()
        if self._spark is not None and (self._stopping is None or self._stopping.done()):
            self._stopping = self._stoppers.submit(_interrupt, self._spark, self._tag)

    def run(self, session: SparkSession, view: LakeView) -> Any:
        """What the work gives. Raises what ``explained`` says."""
        place = place_of(session.url)
        with explained(place):
            session.spark.addTag(self._tag)
        self._spark = session.spark
        try:
            with explained(place), session.tables(view) as tables, self._give_tables(session) as given:
                read = [*self._statement.relations.values(), self._statement.text]
                relations = {**write_relations(view, tables.names, read), **given, **self._statement.relations}
                try:
                    with explained(place):
                        return self._compute(session, join_relations(translate(self._statement.text), relations))
                except SumTooWideError:
                    wide = translate(self._statement.text, wide_sums=True)
                    return self._compute(session, join_relations(wide, relations))
        except SumTooWideError as error:
            raise Invalid("sql_failed", "A number is greater than 64 bits hold.") from error
        finally:
            self._spark = None
            session.spark.removeTag(self._tag)

    def _compute(self, session: SparkSession, sql: str) -> Any:
        if self._stopped.is_set():
            raise Conflict("sql_cancelled", "The query was cancelled.")
        return self._work(session, sql)

    @contextmanager
    def _give_tables(self, session: SparkSession) -> Iterator[dict[str, str]]:
        """Temporary views for as long as the question takes."""
        made: list[str] = []
        try:
            found: dict[str, str] = {}
            for name, table in self._statement.tables.items():
                made.append(f"kizuna_{session.next_number()}_given")
                given = plain_result(table)
                frame = session.spark.createDataFrame(given, to_spark(given.schema))
                frame.createOrReplaceTempView(made[-1])
                found[name] = f"SELECT * FROM {made[-1]}"
            yield found
        except (SessionLostError, Unavailable):
            made.clear()  # nobody is there to drop them
            raise
        finally:
            with suppress(Exception), untagged(session.spark):
                for name in made:
                    session.spark.catalog.dropTempView(name)


def take_rows(session: SparkSession, sql: str) -> Any:
    return plain_result(fetch(plan_sql(session.spark, sql)))


def reduce_rows(kernel: Kernel, session: SparkSession, sql: str) -> Any:
    """What a kernel gives for the rows of some people each, put together."""
    rows = plan_sql(session.spark, sql)
    parcels = fetch(plan_kernel(rows, partial(run_kernel, kernel))).column(0).to_pylist()
    return unpack(parcels) if parcels else kernel(to_arrow(rows.schema).empty_table())


def _interrupt(spark: Any, tag: str) -> None:
    with suppress(Exception):  # it may be over, or Spark away
        spark.interruptTag(tag)
