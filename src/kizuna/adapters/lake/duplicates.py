"""Which rows of a table are to go: repetitions of an event, and rows of erased keys.

Nothing but 8 bytes an event is held for the rows that are new since the last compaction; all others
stream past. Only ids whose hash is seen twice are compared in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from kizuna.adapters.lake.runs import open_parquet
from kizuna.adapters.lake.storage import Folder
from kizuna.adapters.lake.tables import LiveFile

Drops = dict[str, np.ndarray]
"""Ascending row numbers by file path."""

SCAN_ROWS = 65_536

_ID_COLUMNS = ("source_id", "message_id")
_ALL_COLUMNS = (*_ID_COLUMNS, "received_at", "load_id")

_TEMP_TABLES_SQL = """
    CREATE OR REPLACE TEMP TABLE seen (h UBIGINT);
    CREATE OR REPLACE TEMP TABLE twice (h UBIGINT, file INT);
    CREATE OR REPLACE TEMP TABLE suspects (
        source_id INT, message_id VARCHAR, received_at BIGINT, load_id BIGINT, file INT, row BIGINT
    )
"""

# A semi join builds its hash table of the new rows, which are few; the old ones stream past.
_MATCH_OLD_SQL = """
    INSERT INTO twice
    SELECT DISTINCT h, file
    FROM (SELECT hash(source_id, message_id) AS h, file FROM scanned)
    SEMI JOIN seen USING (h)
"""

_SUSPECTS_SQL = """
    INSERT INTO suspects
    SELECT source_id, message_id, epoch_us(received_at), load_id, file, row
    FROM (SELECT *, hash(source_id, message_id) AS h FROM scanned)
    SEMI JOIN twice USING (h)
"""

_LOSERS_SQL = """
    SELECT file, row
    FROM (
        SELECT
            file,
            row,
            row_number() OVER (
                PARTITION BY source_id, message_id
                ORDER BY received_at, load_id, file, row
            ) AS place
        FROM suspects
    )
    WHERE place > 1
    ORDER BY file, row
"""


def scan_files(
    folder: Folder, files: Sequence[LiveFile], columns: Sequence[str], first: int = 0
) -> pa.RecordBatchReader | None:
    """Columns of many files as one stream, with ``file`` (its place in the list, from ``first``) and ``row``."""
    batches = _number_rows(folder, files, columns, first)
    head = next(batches, None)
    if head is None:
        return None

    def all_batches() -> Iterator[pa.RecordBatch]:
        yield head
        yield from batches

    return pa.RecordBatchReader.from_batches(head.schema, all_batches())


def _number_rows(
    folder: Folder, files: Sequence[LiveFile], columns: Sequence[str], first: int
) -> Iterator[pa.RecordBatch]:
    for number, live in enumerate(files, first):
        with open_parquet(folder, live.path) as file:
            at = 0
            for batch in file.iter_batches(SCAN_ROWS, columns=list(columns), use_threads=False):
                rows = batch.num_rows
                arrays = [batch.column(name) for name in columns]
                extra = [pa.array(np.full(rows, number, "int32")), pa.array(np.arange(at, at + rows))]
                at += rows
                yield pa.RecordBatch.from_arrays([*arrays, *extra], [*columns, "file", "row"])


def find_duplicates(
    work: duckdb.DuckDBPyConnection, folder: Folder, old: Sequence[LiveFile], new: Sequence[LiveFile]
) -> Drops:
    """Rows of events that were received before, in whatever file. Ties go to ``old``."""
    if not new:
        return {}
    work.execute(_TEMP_TABLES_SQL)
    _run_over(work, folder, new, _ID_COLUMNS, "INSERT INTO seen SELECT hash(source_id, message_id) FROM scanned")
    work.execute("INSERT INTO twice SELECT h, NULL FROM seen GROUP BY h HAVING count(*) > 1")
    _run_over(work, folder, old, _ID_COLUMNS, _MATCH_OLD_SQL)
    # Only the old files with a match are read again.
    hits = {number for (number,) in work.execute("SELECT DISTINCT file FROM twice WHERE file IS NOT NULL").fetchall()}
    files = [*(file for number, file in enumerate(old) if number in hits), *new]
    if work.execute("SELECT count(*) FROM twice").fetchall() == [(0,)]:
        return {}
    _run_over(work, folder, files, _ALL_COLUMNS, _SUSPECTS_SQL)
    losers = work.sql(_LOSERS_SQL).fetchnumpy()
    return group_rows(files, losers["file"], losers["row"])


def _run_over(
    work: duckdb.DuckDBPyConnection, folder: Folder, files: Sequence[LiveFile], columns: Sequence[str], sql: str
) -> None:
    reader = scan_files(folder, files, columns)
    if reader is None:
        return
    work.register("scanned", reader)
    try:
        work.execute(sql)
    finally:
        work.unregister("scanned")


def group_rows(files: Sequence[LiveFile], numbers: np.ndarray, rows: np.ndarray) -> Drops:
    return {files[int(n)].path: np.sort(rows[numbers == n]).astype("int64") for n in np.unique(numbers)}


def find_keys(folder: Folder, files: Sequence[LiveFile], column: str, keys: Sequence[int]) -> Drops:
    """Rows of the given keys."""
    wanted = np.unique(np.asarray(keys, dtype="int64"))
    drops: Drops = {}
    for live in files:
        at, found = 0, []
        with open_parquet(folder, live.path) as file:
            for batch in file.iter_batches(SCAN_ROWS, columns=[column], use_threads=False):
                found.append(at + np.flatnonzero(np.isin(batch.column(0).to_numpy(), wanted)))
                at += batch.num_rows
        rows = np.concatenate(found) if found else np.empty(0, "int64")
        if len(rows):
            drops[live.path] = rows.astype("int64")
    return drops


def join_drops(one: Drops, other: Drops) -> Drops:
    joined = dict(one)
    for path, rows in other.items():
        joined[path] = np.union1d(joined[path], rows) if path in joined else rows
    return joined


def known_ids(
    work: duckdb.DuckDBPyConnection, folder: Folder, files: Sequence[LiveFile], source_id: int, ids: pa.Array
) -> pa.Array:
    """Those of ``ids`` that a row of this source has."""
    reader = scan_files(folder, files, _ID_COLUMNS)
    if reader is None or len(ids) == 0:
        return pa.array([], pa.string())
    work.register("asked", pa.table({"message_id": ids.cast(pa.string())}))
    work.register("scanned", reader)
    try:
        found = work.sql(
            "SELECT DISTINCT message_id FROM scanned "
            "WHERE source_id = $source AND message_id IN (SELECT message_id FROM asked)",
            params={"source": source_id},
        ).to_arrow_table()
    finally:
        work.unregister("asked")
        work.unregister("scanned")
    return found.column(0).combine_chunks().cast(pa.string())
