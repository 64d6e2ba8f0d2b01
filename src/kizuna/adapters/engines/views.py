"""A DuckDB over one version of a workspace's lake: what analysts' SQL and Kizuna's own have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from kizuna.adapters.engines.messages import LakeView
from kizuna.adapters.lake.storage import open_filesystem
from kizuna.kernel.lake import TableName, table_schema

TABLES: tuple[TableName, ...] = ("events", "profiles", "aliases")


def open_duckdb(*, memory_mb: int, threads: int, spill_dir: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
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
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET parquet_metadata_cache = true")
    return connection


def make_tables(connection: duckdb.DuckDBPyConnection, view: LakeView) -> None:
    """The tables as they are, called ``kizuna_events`` and so on, and today's profile of each key that was joined."""
    for table in TABLES:
        _make_raw(connection, view, table)
    for name, dataset in open_remote(view).items():
        connection.register(name, dataset)
    connection.execute(_ALIASES_SQL)


def open_remote(view: LakeView) -> dict[str, Any]:
    """Tables in an object store, which are read through Arrow: this DuckDB has no network of its own. What is
    registered is known to one connection only, so that cursors need it again."""
    if view.local:
        return {}
    filled: dict[TableName, list[str]] = {table: source.files for table, source in view.sources.items() if source.files}
    return {f"kizuna_{table}": _open_dataset(view, table, files) for table, files in filled.items()}


def lock(connection: duckdb.DuckDBPyConnection, view: LakeView) -> None:
    """From here on this instance opens nothing but the workspace's files, for whatever SQL."""
    if view.local:
        connection.execute(f"SET allowed_directories = [{quote(view.folder + '/')}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def has_aliases(view: LakeView) -> bool:
    """Where no key was ever joined to another, a join would be for nothing."""
    aliases = view.sources.get("aliases")
    return aliases is not None and bool(aliases.files)


def present_profiles(view: LakeView) -> str:
    """The rows of ``kizuna_profiles`` that say what is now, with those of profiles that are gone."""
    profiles = view.sources.get("profiles")
    return _TIDY_PROFILES if profiles and profiles.tidy else _LATEST_PROFILES


def quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _make_raw(connection: duckdb.DuckDBPyConnection, view: LakeView, table: TableName) -> None:
    source = view.sources.get(table)
    if source is None or not source.files:
        connection.register("kizuna_empty", table_schema(table).empty_table())
        connection.execute(f"CREATE TABLE kizuna_{table} AS FROM kizuna_empty")
        connection.unregister("kizuna_empty")
    elif view.local:
        files = ", ".join(quote(path) for path in source.files)
        hive = ", hive_partitioning = true, hive_types = {'month': VARCHAR}" if table == "events" else ""
        connection.execute(f"CREATE VIEW kizuna_{table} AS FROM read_parquet([{files}]{hive})")


def _open_dataset(view: LakeView, table: TableName, files: Sequence[str]) -> Any:
    import pyarrow.dataset as ds

    store = open_filesystem(f"{view.folder}/{table}", view.options)
    partitioning = ds.partitioning(pa.schema([("month", pa.string())]), flavor="hive") if table == "events" else None
    return ds.dataset(list(files), table_schema(table), format="parquet", filesystem=store, partitioning=partitioning)


_ALIASES_SQL = """
    CREATE TABLE kizuna_alias AS
    SELECT key, arg_max(profile_key, version) AS profile_key FROM kizuna_aliases GROUP BY key
"""
_TIDY_PROFILES = "FROM kizuna_profiles"
# Not by a window, which would sort the traits of everybody.
_LATEST_PROFILES = """
    FROM kizuna_profiles
    SEMI JOIN (SELECT profile_key, max(version) AS version FROM kizuna_profiles GROUP BY profile_key) AS latest
        USING (profile_key, version)
"""
