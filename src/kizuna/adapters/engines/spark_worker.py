"""What runs on Spark's workers. It is sent there with ``plain``, ``kizuna.measures`` and the folding of text, and
finds nothing else of Kizuna."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from kizuna.adapters.engines.plain import plain_input
from kizuna.conditions.fold import fold

PARCEL_ROWS = 1 << 20


def run_kernel(kernel: Callable[[Any], Any], batches: Iterable[Any]) -> Iterator[Any]:
    """Gives a kernel all rows of a partition at once, and hands on what it gives as parcels: a column of bytes, so
    that Spark need not know beforehand which columns a kernel has, and types stay as they are.

    It is not called where there are no rows: most partitions of few people are empty.
    """
    given = [batch for batch in batches if batch.num_rows]
    if given:
        for parcel in pack(kernel(plain_input(pa.Table.from_batches(given)))):
            yield pa.record_batch([pa.array([parcel], pa.binary())], names=["parcel"])


def pack(table: Any) -> Iterator[bytes]:
    """At least one: nobody's results have columns, too."""
    for first in range(0, max(table.num_rows, 1), PARCEL_ROWS):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.slice(first, PARCEL_ROWS))
        yield sink.getvalue().to_pybytes()


def unpack(parcels: Iterable[bytes]) -> Any:
    """The table of parcels, of at least one."""
    return pa.concat_tables([pa.ipc.open_stream(parcel).read_all() for parcel in parcels])


def fold_one(text: str | None) -> str | None:
    return None if text is None else fold(text)


def fold_all(texts: list[str | None] | None) -> list[str | None] | None:
    return None if texts is None else [fold_one(text) for text in texts]
