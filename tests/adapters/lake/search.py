"""Looks for what must not be there: in every file below a folder, also where it is compressed.

Parquet is searched page by page, dictionaries included, not only what a reader would show: a value that
no row uses any more is still in the file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kizuna.adapters.lake import footer

KEY_COLUMNS = ("key", "profile_key")
_CODECS = {1: "snappy", 2: "gzip", 4: "brotli", 6: "zstd"}


def search_folder(folder: Path, texts: Iterable[str] = (), keys: Iterable[int] = ()) -> list[str]:
    """Files in which any of the texts stands, or a row (or a statistic of rows) of any of the node keys."""
    needles = [text.encode() for text in texts]
    wanted = {int(key) for key in keys}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [str(path.relative_to(folder)) for path in files if _holds(path, needles, wanted)]


def _holds(path: Path, needles: list[bytes], keys: set[int]) -> bool:
    data = path.read_bytes()
    for content in (data, *_unpacked(path, data)):
        if any(needle in content for needle in needles):
            return True
    return bool(keys & set(_keys(path, data)))


def _unpacked(path: Path, data: bytes) -> Iterator[bytes]:
    if _is_parquet(data):
        yield from _pages(data)
    elif path.suffix in (".arrow", ".arrows"):
        for batch in _batches(path, data):
            yield from (buffer.to_pybytes() for column in batch.columns for buffer in column.buffers() if buffer)


def _is_parquet(data: bytes) -> bool:
    return data[:4] == footer.MAGIC and data[-4:] == footer.MAGIC


def _batches(path: Path, data: bytes) -> Iterator[pa.RecordBatch]:
    if path.suffix == ".arrow":
        file = pa.ipc.open_file(data)
        yield from (file.get_batch(number) for number in range(file.num_record_batches))
    elif data:
        yield from pa.ipc.open_stream(data)


def _pages(data: bytes) -> Iterator[bytes]:
    """Every page of every column, decompressed (pages of version 1, as Arrow writes them)."""
    for group in footer.read_footer(pa.BufferReader(data)).groups:
        for chunk in group.fields[1][1][1]:
            meta: Any = chunk[3][1]
            codec = _CODECS.get(meta[4][1])
            at, end = footer._extent(meta)
            while at < end:
                reader = footer._Reader(data)
                reader._at = at
                head = reader.read_struct()
                page = data[reader._at : reader._at + head[3][1]]
                yield pa.decompress(page, head[2][1], codec, asbytes=True) if codec and page else page
                at = reader._at + head[3][1]


def _keys(path: Path, data: bytes) -> Iterator[int]:
    if path.suffix == ".json" and path.parent.name == "_delta_log":
        yield from _keys_of_log(data.decode())
    elif path.suffix == ".npy":
        yield from np.load(io.BytesIO(data))[:, [0, 2]].ravel().tolist()
    elif path.suffix in (".arrow", ".arrows"):
        for batch in _batches(path, data):
            yield from batch.column("key").to_pylist()
    elif _is_parquet(data):
        yield from _keys_of_parquet(data)


def _keys_of_parquet(data: bytes) -> Iterator[int]:
    file = pq.ParquetFile(io.BytesIO(data))
    if "add" in file.schema_arrow.names:  # a checkpoint of the log
        for action in file.read(columns=["add"]).column("add").to_pylist():
            yield from _keys_of_log(str(action))
        return
    for name in KEY_COLUMNS:
        if name in file.schema_arrow.names:
            yield from file.read(columns=[name]).column(0).to_pylist()


def _keys_of_log(text: str) -> Iterator[int]:
    """Least and greatest keys, as statistics of files tell them."""
    for found in re.finditer(r"\b(?:key|profile_key)\b[\\\"']*: ?(\d+)", text):
        yield int(found[1])
