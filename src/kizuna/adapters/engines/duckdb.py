"""DuckDB over one version of one workspace's lake, closed to everything else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from kizuna.adapters.engines.guard import Checked, check_sql
from kizuna.adapters.engines.masks import event_columns, make_macros, profile_columns
from kizuna.adapters.engines.messages import LakeView
from kizuna.adapters.engines.results import to_rows
from kizuna.adapters.lake.storage import open_filesystem
from kizuna.kernel.errors import Invalid, KizunaError, Limit, Unavailable
from kizuna.kernel.lake import Column, QueryResult, TableName, table_schema

RESULT_BYTES_MAX = 32 << 20


class Session:
    """A DuckDB instance with the views of one lake version, locked."""

    def __init__(self, view: LakeView, *, memory_mb: int, threads: int, spill_dir: str) -> None:
        self.view = view
        self._connection = duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": f"{memory_mb}MiB",
                "temp_directory": spill_dir,
                "max_temp_directory_size": "8GiB",
                "python_enable_replacements": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_persistent_secrets": False,
            }
        )
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET parquet_metadata_cache = true")
        self._make_relations()
        self._lock()

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

    def _make_relations(self) -> None:
        for table in ("events", "profiles", "aliases"):
            self._make_raw(table)
        self._connection.execute(_ALIASES_SQL)
        make_macros(self._connection, self.view.mask)
        profiles = self.view.sources.get("profiles")
        rows = _TIDY_PROFILES if profiles and profiles.tidy else _LATEST_PROFILES
        self._connection.execute(_PROFILES_SQL.format(columns=", ".join(profile_columns(self.view.mask)), rows=rows))

    def _make_raw(self, table: TableName) -> None:
        source = self.view.sources.get(table)
        name = f"kizuna_{table}"
        if source is None or not source.files:
            self._connection.register(name, table_schema(table).empty_table())
        elif self.view.local:
            files = ", ".join(_quote(path) for path in source.files)
            hive = ", hive_partitioning = true, hive_types = {'month': VARCHAR}" if table == "events" else ""
            self._connection.execute(f"CREATE VIEW {name} AS FROM read_parquet([{files}]{hive})")
        else:
            self._connection.register(name, _open_dataset(self.view, table, source.files))

    def _lock(self) -> None:
        """From here on this instance opens nothing but the workspace's files, for whatever SQL."""
        if self.view.local:
            self._connection.execute(f"SET allowed_directories = [{_quote(self.view.folder + '/')}]")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")


def _open_dataset(view: LakeView, table: TableName, files: Sequence[str]) -> Any:
    """Object stores are read through Arrow: this DuckDB has no network of its own."""
    import pyarrow.dataset as ds

    store = open_filesystem(f"{view.folder}/{table}", view.options)
    partitioning = ds.partitioning(pa.schema([("month", pa.string())]), flavor="hive") if table == "events" else None
    return ds.dataset(list(files), table_schema(table), format="parquet", filesystem=store, partitioning=partitioning)


_ALIASES_SQL = """
    CREATE TABLE kizuna_alias AS
    SELECT key, arg_max(profile_key, version) AS profile_key FROM kizuna_aliases GROUP BY key
"""
_PROFILES_SQL = "CREATE VIEW profiles AS SELECT {columns} FROM ({rows}) WHERE NOT deleted"
_TIDY_PROFILES = "FROM kizuna_profiles"
_LATEST_PROFILES = """
    FROM kizuna_profiles
    QUALIFY row_number() OVER (PARTITION BY profile_key ORDER BY version DESC) = 1
"""


def _events_view(view: LakeView, checked: Checked) -> str:
    """The joins that only some queries need are left out of the others: DuckDB would run them."""
    aliases = view.sources.get("aliases")
    joined = aliases is not None and bool(aliases.files)
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


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
