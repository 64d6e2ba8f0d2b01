"""A second order of the events for timelines: by (key, time), beside each sorted generation.

One profile's events lie in a few blocks of it, where the Parquet files have them spread over every
event name: the newest 50 of one person come in milliseconds. It is small compressed blocks in segments,
each an Arrow stream, and an array that says of each block its first and last (key, time) and where it
is. Segments are short, so that an erasure writes few of them anew. It is no part of the Delta table:
other engines do not see it, and a generation without one is read from its Parquet files.
"""

from __future__ import annotations

import io
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from kizuna.adapters.lake.layout import LAYOUTS, WrittenFile
from kizuna.adapters.lake.merge import count_up_to, order_columns, take_rows
from kizuna.adapters.lake.runs import OpenRun, merge_many, open_parquet, read_file
from kizuna.adapters.lake.storage import Folder

# Vacuum leaves names with an underscore alone, so this folder has its own clearing.
INDEX_FOLDER = "_timeline"
BLOCK_ROWS = 512
SEGMENT_BYTES = 8 * 1024 * 1024
OPEN_SEGMENTS_MAX = 8
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
_END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"

Bounds = tuple[int, int, int, int]
"""First key, first time, last key, last time."""

Block = tuple[Bounds, bytes]
"""A block as it stands in a segment."""

Place = tuple[int, ...]
"""A block's bounds, the number of its segment, where it begins there, and how long it is."""


def segment_path(generation: str, segment: int) -> str:
    return f"{INDEX_FOLDER}/{generation}.{segment}.arrows"


def keys_path(generation: str) -> str:
    return f"{INDEX_FOLDER}/{generation}.npy"


def old_index_path(generation: str) -> str:
    """An index as one Arrow file, as the first lakes have them; its blocks cannot be copied singly."""
    return f"{INDEX_FOLDER}/{generation}.arrow"


def indexed_generation(path: str) -> str:
    """The generation that a file below ``INDEX_FOLDER`` belongs to."""
    return path.removeprefix(f"{INDEX_FOLDER}/").split(".", 1)[0]


def index_schema() -> pa.Schema:
    schema = LAYOUTS["events"].schema
    return pa.schema([schema.field(name) for name in COLUMNS])


def write_index(folder: Folder, generation: str, files: Sequence[WrittenFile], spill_dir: str | None) -> None:
    """Writes the index of a generation just written, before it is committed."""
    runs = [run for file in files for run in _name_runs(folder, file.path)]
    blocks = (encode_block(block) for block in _cut_blocks(merge_many(runs, ORDER, spill_dir)))
    places: list[Place] = []
    for segment, part in enumerate(_cut_segments(blocks)):
        places += write_segment(folder, generation, segment, part)
    write_places(folder, generation, places)


def encode_block(block: pa.RecordBatch) -> Block:
    # Of a slice Arrow would write up to 63 bytes more than it holds: values of rows of other blocks.
    own = take_rows(pa.Table.from_batches([block]), np.arange(block.num_rows))
    block = own.combine_chunks().to_batches()[0]
    keys, times = order_columns(block, ORDER)
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 1))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, block.schema, options=options) as writer:
        writer.write_batch(block)
        end = sink.tell()
    data = sink.getvalue()[len(block.schema.serialize()) : end].to_pybytes()
    return (int(keys[0]), int(times[0]), int(keys[-1]), int(times[-1])), data


def _cut_segments(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    held: list[Block] = []
    size = 0
    for block in blocks:
        held.append(block)
        size += len(block[1])
        if size >= SEGMENT_BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def write_segment(folder: Folder, generation: str, segment: int, blocks: Iterable[Block]) -> list[Place]:
    head = index_schema().serialize().to_pybytes()
    places: list[Place] = []
    at = len(head)
    with folder.open_output(segment_path(generation, segment)) as sink:
        sink.write(head)
        for bounds, data in blocks:
            sink.write(data)
            places.append((*bounds, segment, at, len(data)))
            at += len(data)
        sink.write(_END_OF_STREAM)
    return places


def write_places(folder: Folder, generation: str, places: Sequence[Place]) -> None:
    """Comes last: an index without it is none."""
    held = io.BytesIO()
    np.save(held, np.array(places, dtype="int64").reshape(-1, 7))
    with folder.open_output(keys_path(generation)) as sink:
        sink.write(held.getvalue())


def delete_index(folder: Folder, generation: str) -> None:
    folder.delete(keys_path(generation))
    for path, _ in folder.list(os.path.dirname(keys_path(generation))):
        if indexed_generation(path) == generation:
            folder.delete(path)


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
            places: np.ndarray = np.load(io.BytesIO(file.read()))
        self.first, self.last = ([np.ascontiguousarray(places[:, i]) for i in pair] for pair in ((0, 1), (2, 3)))
        self._folder = folder
        self._generation = generation
        self._lock = threading.Lock()
        self._head = index_schema().serialize().to_pybytes()
        # One small block at a time: handing its columns to other threads costs more than it saves.
        self._options = pa.ipc.IpcReadOptions(use_threads=False)
        self._segments: OrderedDict[int, pa.NativeFile] = OrderedDict()
        self.places: list[list[int]] | None = places[:, 4:].tolist() if places.shape[1] == 7 else None
        """Segment, beginning and length of each block; None when the index is of the old form."""
        if self.places is None:
            old = folder.open_input(old_index_path(generation))
            self._file = pa.ipc.open_file(old, options=self._options)

    @property
    def blocks_n(self) -> int:
        return len(self.first[0])

    def read_block(self, block: int) -> pa.RecordBatch:
        if self.places is None:
            with self._lock:
                return self._file.get_batch(block)
        segment, at, length = self.places[block]
        data = pa.py_buffer(self._head + self.read_bytes(segment, at, length))
        return pa.ipc.open_stream(data, options=self._options).read_next_batch()

    def read_bytes(self, segment: int, at: int, length: int) -> bytes:
        return self._segment(segment).read_at(length, at)

    def _segment(self, segment: int) -> pa.NativeFile:
        with self._lock:
            if segment in self._segments:
                self._segments.move_to_end(segment)
            else:
                self._segments[segment] = self._folder.open_input(segment_path(self._generation, segment))
                if len(self._segments) > OPEN_SEGMENTS_MAX:
                    self._segments.popitem(last=False)
            return self._segments[segment]

    def read_newest(self, key: int, low_us: int, high_us: int) -> Iterator[pa.RecordBatch]:
        """Blocks that hold rows of ``key`` with low ≤ time ≤ high, newest first, neighbours among them."""
        start = count_up_to(self.last, (key, low_us - 1))
        stop = count_up_to(self.first, (key, high_us))
        for block in range(stop - 1, start - 1, -1):
            yield self.read_block(block)
