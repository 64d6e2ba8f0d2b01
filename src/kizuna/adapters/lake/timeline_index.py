"""A second order of the events for timelines: by (key, time), beside each sorted generation.

One profile's events lie in a few blocks of it, where the Parquet files have them spread over every
event name: the newest 50 of one person come in milliseconds. It is an Arrow file of small compressed
blocks and an array of each block's first and last (key, time). It is no part of the Delta table: other
engines do not see it, and a generation without one is read from its Parquet files.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from kizuna.adapters.lake.layout import LAYOUTS, WrittenFile
from kizuna.adapters.lake.merge import count_up_to, order_columns
from kizuna.adapters.lake.runs import OpenRun, merge_many, open_parquet, read_file
from kizuna.adapters.lake.storage import Folder

# Vacuum leaves names with an underscore alone, so this folder has its own clearing.
INDEX_FOLDER = "_timeline"
BLOCK_ROWS = 512
COLUMNS = (
    "message_id",
    "time",
    "received_at",
    "name",
    "type",
    "touchpoint",
    "source_id",
    "key",
    "session_id",
    "properties",
    "context",
)
ORDER = ("key", "time")


def index_path(generation: str) -> str:
    return f"{INDEX_FOLDER}/{generation}.arrow"


def keys_path(generation: str) -> str:
    return f"{INDEX_FOLDER}/{generation}.npy"


def index_schema() -> pa.Schema:
    schema = LAYOUTS["events"].schema
    return pa.schema([schema.field(name) for name in COLUMNS])


def write_index(folder: Folder, generation: str, files: Sequence[WrittenFile], spill_dir: str | None) -> None:
    """Writes the index of a generation just written, before it is committed."""
    runs = [run for file in files for run in _name_runs(folder, file.path)]
    bounds: list[tuple[int, int, int, int]] = []
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 1))
    with (
        folder.open_output(index_path(generation)) as sink,
        pa.ipc.new_file(sink, index_schema(), options=options) as w,
    ):
        for block in _cut_blocks(merge_many(runs, ORDER, spill_dir)):
            keys, times = order_columns(block, ORDER)
            bounds.append((int(keys[0]), int(times[0]), int(keys[-1]), int(times[-1])))
            w.write_batch(block)
    held = io.BytesIO()
    np.save(held, np.array(bounds, dtype="int64").reshape(-1, 4))
    with folder.open_output(keys_path(generation)) as sink:
        sink.write(held.getvalue())


def delete_index(folder: Folder, generation: str) -> None:
    folder.delete(index_path(generation))
    folder.delete(keys_path(generation))


def _name_runs(folder: Folder, path: str) -> list[OpenRun]:
    """Within one event name a sorted file ascends by (key, time): each name is a run."""
    with open_parquet(folder, path) as file:
        metadata = file.metadata
        column = file.schema_arrow.get_field_index("name_id")
        names = [metadata.row_group(i).column(column).statistics.min for i in range(metadata.num_row_groups)]
    by_name: dict[int, list[int]] = {}
    for group, name in enumerate(names):
        by_name.setdefault(name, []).append(group)
    return [_open_groups(folder, path, groups) for groups in by_name.values()]


def _open_groups(folder: Folder, path: str, groups: list[int]) -> OpenRun:
    return lambda rows_n: read_file(folder, path, index_schema(), rows_n, row_groups=groups)


def _cut_blocks(tables: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
    """Blocks of exactly ``BLOCK_ROWS``, but for the last."""
    rest: pa.Table | None = None
    for table in tables:
        whole = table if rest is None else pa.concat_tables([rest, table])
        whole = whole.combine_chunks()
        full = whole.num_rows - whole.num_rows % BLOCK_ROWS
        yield from whole.slice(0, full).to_batches(max_chunksize=BLOCK_ROWS)
        rest = whole.slice(full)
    if rest is not None and rest.num_rows:
        yield from rest.combine_chunks().to_batches()


class TimelineIndex:
    """The index of one generation, open for reading."""

    def __init__(self, folder: Folder, generation: str) -> None:
        with folder.open_input(keys_path(generation)) as file:
            bounds: np.ndarray = np.load(io.BytesIO(file.read()))
        self._first = [np.ascontiguousarray(bounds[:, i]) for i in (0, 1)]
        self._last = [np.ascontiguousarray(bounds[:, i]) for i in (2, 3)]
        # One small block at a time: handing its columns to other threads costs more than it saves.
        options = pa.ipc.IpcReadOptions(use_threads=False)
        self._reader = pa.ipc.open_file(folder.open_input(index_path(generation)), options=options)
        self._lock = threading.Lock()

    def read_newest(self, key: int, low_us: int, high_us: int) -> Iterator[pa.RecordBatch]:
        """Blocks that hold rows of ``key`` with low ≤ time ≤ high, newest first, neighbours among them."""
        start = count_up_to(self._last, (key, low_us - 1))
        stop = count_up_to(self._first, (key, high_us))
        for block in range(stop - 1, start - 1, -1):
            with self._lock:
                batch = self._reader.get_batch(block)
            yield batch
