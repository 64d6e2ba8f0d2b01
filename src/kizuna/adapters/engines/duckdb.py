"""DuckDB over one version of one workspace's lake, closed to everything else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from kizuna.adapters.engines.guard import Checked, check_sql
from kizuna.adapters.engines.masks import event_columns, make_macros, profile_columns
from kizuna.adapters.engines.messages import LakeView
from kizuna.adapters.engines.results import to_rows
from kizuna.adapters.engines.views import has_aliases, lock, make_tables, open_duckdb, present_profiles
from kizuna.kernel.errors import Invalid, KizunaError, Limit, Unavailable
from kizuna.kernel.lake import Column, QueryResult

RESULT_BYTES_MAX = 32 << 20


class Session:
    """A DuckDB instance with the views of one lake version, locked."""

    def __init__(self, view: LakeView, *, memory_mb: int, threads: int, spill_dir: str) -> None:
        self.view = view
        self._connection = open_duckdb(memory_mb=memory_mb, threads=threads, spill_dir=spill_dir)
        make_tables(self._connection, view)
        make_macros(self._connection, view.mask)
        columns = ", ".join(profile_columns(view.mask))
        self._connection.execute(_PROFILES_SQL.format(columns=columns, rows=present_profiles(view)))
        lock(self._connection, view)

    def close(self) -> None:
        self._connection.close()

    def run(self, sql: str, limit: int) -> QueryResult:
        started = time.perf_counter()
        checked = check_sql(sql, self._connection)
        self._connection.execute(_events_view(self.view, checked))
        try:
            reader = self._connection.sql(sql).to_arrow_reader(2048)
            columns = [Column(name, _type_name(kind)) for name, kind in _fields(reader.schema)]
            rows, truncated = _take_rows(reader, limit)
        except (duckdb.Error, pa.ArrowException, MemoryError) as error:
            raise explain_error(error) from error
        return QueryResult(tuple(columns), rows, truncated, int((time.perf_counter() - started) * 1000))


_PROFILES_SQL = "CREATE VIEW profiles AS SELECT {columns} FROM ({rows}) WHERE NOT deleted"


def _events_view(view: LakeView, checked: Checked) -> str:
    """The joins that only some queries need are left out of the others: DuckDB would run them."""
    joined = has_aliases(view)
    key = "coalesce(a.profile_key, e.key)" if joined else "e.key"
    alias_join = "LEFT JOIN kizuna_alias AS a ON a.key = e.key" if joined else ""
    id_join = f"LEFT JOIN profiles AS p ON p.profile_key = {key}" if checked.wants_profile_id else ""
    profile_id = "p.profile_id" if checked.wants_profile_id else "NULL::VARCHAR"
    # Only the constants above are put into the text.
    return f"""
        CREATE OR REPLACE VIEW events AS
        SELECT
            {profile_id} AS profile_id, {key} AS profile_key, e.name, e.type, e.time, e.received_at, e.touchpoint,
            e.source_id, e.message_id, {", ".join(event_columns(view.mask))}, e.month
        FROM kizuna_events AS e
        {alias_join}
        {id_join}
    """  # noqa: S608


def _take_rows(reader: pa.RecordBatchReader, limit: int) -> tuple[list[list[Any]], bool]:
    """At most ``limit`` rows and about ``RESULT_BYTES_MAX``; true when there were more."""
    rows: list[list[Any]] = []
    size = 0
    for part in _small_batches(reader):
        if len(rows) >= limit or size > RESULT_BYTES_MAX:
            return rows, True
        room = limit - len(rows)
        rows += to_rows(part.slice(0, room))
        size += part.nbytes
        if part.num_rows > room:
            return rows, True
    return rows, False


def _small_batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        for at in range(0, batch.num_rows, 128):
            yield batch.slice(at, 128)


def _fields(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    return [(field.name, field.type) for field in schema]


def _type_name(kind: pa.DataType) -> str:
    """Arrow's name of a type as SQL has it."""
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ" if kind.tz else "TIMESTAMP"
    names = {"string": "VARCHAR", "double": "DOUBLE", "float": "FLOAT", "bool": "BOOLEAN", "int64": "BIGINT"}
    names |= {"int32": "INTEGER", "int16": "SMALLINT", "int8": "TINYINT", "date32[day]": "DATE", "binary": "BLOB"}
    text = str(kind)
    return "HUGEINT" if text == "decimal128(38, 0)" else names.get(text, text.upper().replace("DECIMAL128", "DECIMAL"))


def explain_error(error: Exception) -> KizunaError:
    """DuckDB's error as the analyst's: what is wrong with the query, or which limit it met."""
    text = " ".join(str(error).split())
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException) or "bad_alloc" in text or "Out of Memory" in text:
        return Limit(
            "sql_memory",
            "The query needs more memory than KIZUNA_QUERY_MEMORY_MB allows. Ask for fewer rows or groups, "
            "or a shorter time.",
        )
    if isinstance(error, duckdb.InterruptException):
        return Limit("sql_timeout", "The query took longer than allowed. Ask for a shorter time or fewer columns.")
    if isinstance(error, duckdb.IOException):
        return Unavailable("lake_unavailable", "The lake's files could not be read; try again.", retry_after_s=1)
    if isinstance(error, duckdb.PermissionException):
        return Invalid("sql_not_allowed", "Queries may read the relations of this workspace only.")
    return Invalid("sql_failed", text[:500])
