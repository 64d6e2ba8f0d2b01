"""Lifecycle: of the people of a period, who is new, who came again, who came back, and who is gone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit

from kizuna.measures.masks import mark_periods, read_column, read_labels
from kizuna.measures.parallel import in_parts

NEW, RETURNING, RESURRECTING, DORMANT = range(4)

COUNTS = pa.schema([("label", pa.string()), ("bucket", pa.int32()), ("stage", pa.int32()), ("people", pa.int64())])
PEOPLE = pa.schema([("profile_key", pa.int64())])


def live(table: pa.Table, *, periods: int, cell: tuple[int, int, str | None] | None = None) -> pa.Table:
    """A kernel. Columns: ``profile_key``, ``bucket`` (0 is the period before the first that is asked about, 1 the
    first; negative is older), and ``label``.

    In a period a person is *new* if it holds their first row of all, *returning* if they were active in the period
    before as well, *resurrecting* if they were not, and *dormant* if they are not active but were in the period
    before. Gives rows of ``COUNTS`` for buckets 1 to ``periods``; with a ``cell`` (bucket, stage, label), ``PEOPLE``.
    """
    labels = read_labels(table)
    width = len(labels.names)
    keys = read_column(table, "profile_key")
    wanted = np.broadcast_to(np.True_, len(keys))
    masks = mark_periods(keys, read_column(table, "bucket"), wanted, labels.numbers, width, periods + 1)
    number = labels.names.index(cell[2]) if cell is not None and cell[2] in labels.names else -1
    place = (-1, -1, -1) if cell is None else (cell[0], cell[1], number)

    def count(low: int, high: int) -> tuple[Any, Any]:
        counts = np.zeros((width, periods + 1, 4), np.int64)
        found = np.empty((high - low) if cell is not None else 0, np.int64)
        part = slice(low * width, high * width)
        n = _count(masks.bits[part], masks.older[part], width, periods, place, counts, found)
        return counts, masks.keys[low + found[:n]]

    parts = in_parts(len(masks.keys), masks.groups * periods, count)
    if cell is not None:
        return pa.table({"profile_key": np.concatenate([found for _, found in parts])}, schema=PEOPLE)
    counts: Any = sum(counts for counts, _ in parts)
    label, bucket, stage = np.nonzero(counts)
    columns = [[labels.names[at] for at in label], bucket, stage, counts[label, bucket, stage]]
    return pa.table([pa.array(column, kind.type) for column, kind in zip(columns, COUNTS, strict=True)], schema=COUNTS)


@njit(cache=True, nogil=True)
def _count(  # pragma: no cover  # compiled
    bits: Any, older: Any, width: int, periods: int, cell: Any, counts: Any, found: Any
) -> int:
    n = 0
    for group in range(len(bits)):
        known = older[group]
        before = (bits[group, 0] & np.uint64(1)) == np.uint64(1)
        known = known or before
        label = group % width
        for period in range(1, periods + 1):
            now = (bits[group, period >> 6] >> np.uint64(period & 63) & np.uint64(1)) == np.uint64(1)
            stage = -1
            if now:
                stage = 1 if before else (2 if known else 0)
            elif before:
                stage = 3
            if stage >= 0:
                counts[label, period, stage] += 1
                if len(found) and cell[0] == period and cell[1] == stage and cell[2] == label:
                    found[n] = group // width
                    n += 1
            known = known or now
            before = now
    return n
