"""Reading files as runs for merging, without rows that are to go."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kizuna.adapters.lake.merge import FAN_IN_MAX, batch_rows, merge_runs
from kizuna.adapters.lake.scratch import open_scratch
from kizuna.adapters.lake.storage import Folder

OpenRun = Callable[[int], Iterator[pa.RecordBatch]]
"""Opens a run with batches of about so many rows."""


def open_parquet(
    folder: Folder,
    path: str,
    metadata: pq.FileMetaData | None = None,
    *,
    read_dictionary: Sequence[str] = (),
    whole: bool = False,
) -> pq.ParquetFile:
    """``whole`` is for readers of all columns of a group at once: few requests instead of little memory."""
    # A small read buffer instead of whole column chunks: with many runs open, those would be the peak.
    return pq.ParquetFile(
        folder.open_input(path),
        metadata=metadata,
        read_dictionary=list(read_dictionary),
        pre_buffer=whole,
        buffer_size=1 << 16,
    )


def read_file(
    folder: Folder,
    path: str,
    schema: pa.Schema,
    rows_n: int,
    drop: np.ndarray | None = None,
    row_groups: Sequence[int] | None = None,
) -> Iterator[pa.RecordBatch]:
    """A file's batches; ``drop`` are ascending row numbers to leave out."""
    with open_parquet(folder, path) as file:
        at = 0
        for batch in file.iter_batches(rows_n, row_groups, columns=schema.names, use_threads=False):
            kept = batch
            if drop is not None:
                first, last = np.searchsorted(drop, (at, at + batch.num_rows))
                if last > first:
                    mask = np.ones(batch.num_rows, dtype=bool)
                    mask[drop[first:last] - at] = False
                    kept = batch.filter(pa.array(mask))
            at += batch.num_rows
            yield kept.cast(schema) if kept.schema != schema else kept


def merge_many(runs: list[OpenRun], order: Sequence[str], spill_dir: str | None = None) -> Iterator[pa.Table]:
    """``merge_runs`` of any number of runs: more than ``FAN_IN_MAX`` are first merged into files on disk."""
    if len(runs) <= FAN_IN_MAX:
        rows_n = batch_rows(len(runs))
        yield from merge_runs((run(rows_n) for run in runs), order)
        return
    with open_scratch("kizuna-merge-", spill_dir) as folder:
        while len(runs) > FAN_IN_MAX:
            now, runs = runs[:FAN_IN_MAX], runs[FAN_IN_MAX:]
            path = os.path.join(folder, f"{len(os.listdir(folder))}.arrow")
            _spill(merge_runs((run(batch_rows(FAN_IN_MAX)) for run in now), order), path)
            runs.append(_spilled(path))
        yield from merge_runs((run(batch_rows(len(runs))) for run in runs), order)


def _spill(tables: Iterable[pa.Table], path: str) -> None:
    writer: pa.RecordBatchFileWriter | None = None
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.OSFile(path, "wb") as sink:
        for table in tables:
            writer = writer or pa.ipc.new_file(sink, table.schema, options=options)
            writer.write_table(table, max_chunksize=4096)
        if writer is not None:
            writer.close()


def _spilled(path: str) -> OpenRun:
    def read(rows_n: int) -> Iterator[pa.RecordBatch]:
        if os.path.getsize(path) == 0:
            return
        reader = pa.ipc.open_file(pa.memory_map(path))
        for index in range(reader.num_record_batches):
            yield reader.get_batch(index)

    return read


def keep_last(tables: Iterable[pa.Table], identity: str) -> Iterator[pa.Table]:
    """Of rows that follow each other with equal ``identity``, the last."""
    held: pa.Table | None = None
    for table in tables:
        whole = table if held is None else pa.concat_tables([held, table])
        values = whole.column(identity).to_numpy()
        mask = np.append(values[1:] != values[:-1], False)
        held = whole.slice(whole.num_rows - 1)
        kept = whole.filter(pa.array(mask))
        if kept.num_rows:
            yield kept
    if held is not None:
        yield held
