"""Parquet files written anew without some of their rows and identifiers: row groups that lose nothing are copied as
bytes, the others are decoded and encoded in threads (Arrow lets go of Python's lock)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kizuna.adapters.lake.footer import MAGIC, Footer, Group, read_footer, write_footer
from kizuna.adapters.lake.layout import ROW_GROUP_ROWS, Layout, WrittenFile, writer_options
from kizuna.adapters.lake.named import Named
from kizuna.adapters.lake.runs import open_parquet
from kizuna.adapters.lake.storage import Folder
from kizuna.adapters.lake.wanted import Hits

COPY_BYTES = 1024 * 1024
# What may be encoded ahead of the writing: this many row groups, and so many bytes of them.
AHEAD_MAX = 4
AHEAD_BYTES_MAX = 96 * 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True)
class Task(Generic[T]):
    """Work for another thread; ``weight`` is about how many bytes of memory it takes."""

    run: Callable[[], T]
    weight: int


@dataclass(frozen=True)
class Extent:
    """Bytes of the old file, from ``start`` up to ``end``."""

    start: int
    end: int


@dataclass(frozen=True)
class Cut:
    """What a file loses: rows, and identifiers of others in the same row groups."""

    hits: Hits
    named: Named | None = None


def run_ahead(pool: Executor, parts: Iterable[Extent | Task[T]]) -> Iterator[Extent | T]:
    """The parts in their order, with the results of tasks, of which a few run ahead."""
    waiting: deque[tuple[Extent | Future[T], int]] = deque()
    weight = 0

    def next_result() -> Extent | T:
        nonlocal weight
        part, taken = waiting.popleft()
        weight -= taken
        return part if isinstance(part, Extent) else part.result()

    try:
        for part in parts:
            taken = part.weight if isinstance(part, Task) else 0
            while waiting and (len(waiting) >= AHEAD_MAX or (taken and weight + taken > AHEAD_BYTES_MAX)):
                yield next_result()
            weight += taken
            waiting.append((part if isinstance(part, Extent) else pool.submit(part.run), taken))
        while waiting:
            yield next_result()
    finally:
        for part, _ in waiting:
            if isinstance(part, Future):
                part.cancel()


def copy_bytes(source: pa.NativeFile, sink: Any, extent: Extent) -> None:
    at = extent.start
    while at < extent.end:
        data = source.read_at(min(COPY_BYTES, extent.end - at), at)
        if not data:
            raise OSError("a file of the lake ends too early")
        sink.write(data)
        at += len(data)


def write_without(
    folder: Folder,
    layout: Layout,
    old: str,
    cut: Cut,
    new: WrittenFile,
    pool: Executor,
    watch: Callable[[], None] = lambda: None,
) -> bool:
    """Writes ``old`` anew as ``new`` without what ``cut`` says; false when no row is left, and so no file.
    ``watch`` is called before each row group and may raise."""
    if not cut.hits:
        folder.link(old, new.path)
        new.size = folder.size(new.path)
        _check(folder, layout, new, None)
        return True
    with folder.open_input(old) as source:
        head = read_footer(source)
        if all(len(cut.hits.get(n, ())) == group.rows for n, group in enumerate(head.groups)):
            return False
        with folder.open_output(new.path) as sink:
            sink.write(MAGIC)
            groups, at = _write_groups(source, sink, head, _parts(folder, layout, old, head, cut, watch), pool)
            end = write_footer(head, groups)
            sink.write(end)
    new.size = at + len(end)
    _check(folder, layout, new, sum(group.rows for group, _ in groups))
    return True


def _parts(
    folder: Folder, layout: Layout, old: str, head: Footer, cut: Cut, watch: Callable[[], None]
) -> Iterator[tuple[Group, Extent | Task[bytes]]]:
    for number, group in enumerate(head.groups):
        watch()
        drop = cut.hits.get(number)
        if drop is None:
            yield group, Extent(group.start, group.end)
        elif len(drop) < group.rows:
            yield group, Task(_encoder(folder, layout, old, number, cut), _weight(group))


def _weight(group: Group) -> int:
    """Decoded, filtered and encoded at once."""
    return 3 * group.plain_bytes


def _encoder(folder: Folder, layout: Layout, old: str, number: int, cut: Cut) -> Callable[[], bytes]:
    return lambda: encode_group(folder, layout, old, number, cut)


def _write_groups(
    source: pa.NativeFile, sink: Any, head: Footer, parts: Iterator[tuple[Group, Extent | Task[bytes]]], pool: Executor
) -> tuple[list[tuple[Group, int]], int]:
    """Groups with the places where they were written, and where the last ends."""
    kept: deque[Group] = deque()

    def wanted() -> Iterator[Extent | Task[bytes]]:
        for group, part in parts:
            kept.append(group)
            yield part

    groups: list[tuple[Group, int]] = []
    at = len(MAGIC)
    for part in run_ahead(pool, wanted()):
        group = kept.popleft()
        if isinstance(part, Extent):
            copy_bytes(source, sink, part)
        else:
            piece = pa.BufferReader(part)
            made = read_footer(piece)
            if made.schema != head.schema or len(made.groups) != 1:
                raise pa.ArrowInvalid("a file of the lake has columns of another version")
            group = made.groups[0]
            copy_bytes(piece, sink, Extent(group.start, group.end))
        groups.append((group, at))
        at += group.end - group.start
    return groups, at


def encode_group(folder: Folder, layout: Layout, path: str, number: int, cut: Cut) -> bytes:
    """A Parquet file of one row group: that of another file, without what ``cut`` says."""
    texts = [name for name in layout.dictionary if pa.types.is_string(layout.schema.field(name).type)]
    with open_parquet(folder, path, read_dictionary=texts, whole=True) as file:
        table = file.read_row_group(number, columns=layout.schema.names, use_threads=False)
    mask = np.ones(table.num_rows, dtype=bool)
    mask[cut.hits[number]] = False
    table = table.filter(pa.array(mask))
    if cut.named is not None:
        table = cut.named.take_out(table)
    table = table.unify_dictionaries().combine_chunks()
    columns = [_only_used(column.chunk(0)) for column in table.columns]
    fields = [
        pa.field(field.name, column.type, field.nullable) for field, column in zip(layout.schema, columns, strict=True)
    ]
    table = pa.Table.from_arrays(columns, schema=pa.schema(fields))
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, **writer_options(layout)) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
    return sink.getvalue()


def _only_used(column: pa.Array) -> pa.Array:
    """Arrow writes the whole dictionary of a column: values of dropped rows would stay in the file."""
    if not pa.types.is_dictionary(column.type):
        return column
    rows = column.indices.fill_null(-1)
    numbers = np.frombuffer(rows.buffers()[1], "int32", len(rows), rows.offset * 4)
    used = np.bincount(numbers[numbers >= 0], minlength=len(column.dictionary)) > 0
    if used.all():
        return column
    places = (np.cumsum(used) - 1).astype("int32")
    moved = pa.array(np.where(numbers >= 0, places[numbers], 0).astype("int32"), mask=numbers < 0)
    return pa.DictionaryArray.from_arrays(moved, column.dictionary.filter(pa.array(used)))


def _check(folder: Folder, layout: Layout, new: WrittenFile, rows: int | None) -> None:
    """Opens what was put together, and notes what the Delta log says of it."""
    with open_parquet(folder, new.path) as file:
        metadata = file.metadata
        if rows not in (None, metadata.num_rows) or metadata.serialized_size + 12 > new.size:
            raise pa.ArrowInvalid("a file of the lake was put together wrongly")
        places = {name: file.schema_arrow.get_field_index(name) for name in layout.stats}
        for group in range(metadata.num_row_groups):
            entry = metadata.row_group(group)
            found = {name: entry.column(place).statistics for name, place in places.items()}
            new.note(entry.num_rows, {name: (one.min_raw, one.max_raw) for name, one in found.items()})
