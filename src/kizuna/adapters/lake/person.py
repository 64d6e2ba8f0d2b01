"""Everything the lake holds of a customer, for the archive they may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from kizuna.adapters.lake.merge import take_rows
from kizuna.adapters.lake.runs import open_parquet
from kizuna.adapters.lake.storage import storage_errors
from kizuna.adapters.lake.tables import Table
from kizuna.adapters.lake.timeline import to_dicts
from kizuna.adapters.lake.wanted import Wanted, find_hits

_JSON_COLUMNS = ("identifiers", "properties", "context")
# One row group is read at a time, of which a customer has few rows; a robot may have all.
_STEP_ROWS = 8192


def read_rows(table: Table, wanted: Wanted, batch_rows: int) -> Iterator[list[dict[str, Any]]]:
    """Rows of the present version, oldest month first, in the order of its files."""
    with storage_errors("reading a customer's events"):
        snapshot = table.snapshot()
        files = [] if snapshot is None else sorted(snapshot.files, key=lambda file: (file.month or "", file.path))
        held: list[dict[str, Any]] = []
        for file in files:
            for part in _parts(table, file.path, wanted):
                held += [_tell(row) for row in to_dicts(part)]
                while len(held) >= batch_rows:
                    yield held[:batch_rows]
                    held = held[batch_rows:]
        if held:
            yield held


def _parts(table: Table, path: str, wanted: Wanted) -> Iterator[pa.Table]:
    for group, rows in find_hits(table.folder, path, wanted).items():
        with open_parquet(table.folder, path) as file:
            at = 0
            for batch in file.iter_batches(_STEP_ROWS, [group], columns=table.layout.schema.names, use_threads=False):
                first, last = np.searchsorted(rows, (at, at + batch.num_rows))
                if last > first:
                    yield take_rows(pa.Table.from_batches([batch]), rows[first:last] - at)
                at += batch.num_rows


def _tell(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON has it; text that no decoder takes stays text."""
    told = msgspec.to_builtins(row)
    for name in _JSON_COLUMNS:
        try:
            told[name] = None if told[name] is None else msgspec.json.decode(told[name])
        except msgspec.DecodeError:
            continue
    return told
