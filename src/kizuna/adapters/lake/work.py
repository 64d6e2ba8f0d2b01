"""A small DuckDB for compaction's own sums: little memory, one thread, spilling to disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from kizuna.adapters.lake.scratch import open_scratch


@contextmanager
def open_work(memory_mb: int, spill_dir: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_scratch("kizuna-work-", spill_dir) as folder:
        connection = duckdb.connect(
            config={
                "threads": 1,
                "memory_limit": f"{memory_mb}MiB",
                "temp_directory": folder,
                "python_enable_replacements": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        try:
            yield connection
        finally:
            connection.close()
