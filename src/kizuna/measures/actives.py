"""Active people: within the last days before each day, and in how many periods each was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit

from kizuna.measures.masks import Masks, mark_periods, read_column, read_labels
from kizuna.measures.parallel import in_parts

ROLLED = pa.schema([("label", pa.string()), ("width", pa.int32()), ("bucket", pa.int32()), ("people", pa.int64())])
WITHIN = pa.schema([("label", pa.string()), ("span", pa.int32()), ("people", pa.int64()), ("person_days", pa.int64())])
SPREAD = pa.schema([("label", pa.string()), ("periods", pa.int32()), ("people", pa.int64())])
PEOPLE = pa.schema([("profile_key", pa.int64())])


def roll(
    table: pa.Table, *, days: int, ahead: int, widths: Sequence[int], cell: tuple[int, int, str | None] | None = None
) -> pa.Table:
    """A kernel. Columns: ``profile_key``, ``bucket`` (the number of the day, of which the first ``ahead`` come before
    what is asked about), and ``label``.

    Gives rows of ``ROLLED``: for each day from ``ahead`` on, and each of ``widths``, how many people were active on
    that day or the ``width`` - 1 before it. With a ``cell`` (day, width, label), ``PEOPLE``.
    """
    masks, names = _masks(table, days)
    if cell is not None:
        day, width, name = cell
        return _who(masks, names, name, max(0, day - width + 1), day)
    counts = np.zeros((len(names), len(widths), days + 1), np.int64)

    def count(low: int, high: int) -> Any:
        part = np.zeros_like(counts)
        _roll(masks.bits[low * len(names) : high * len(names)], len(names), days, np.array(widths), part)
        return part

    for part in in_parts(len(masks.keys), masks.groups * len(widths), count):
        counts += part
    running = np.cumsum(counts, axis=2)[:, :, ahead:days]
    label, width_at, day_at = np.nonzero(running)
    columns = [
        [names[at] for at in label],
        np.array(widths)[width_at],
        day_at + ahead,
        running[label, width_at, day_at],
    ]
    return pa.table([pa.array(column, kind.type) for column, kind in zip(columns, ROLLED, strict=True)], schema=ROLLED)


def within(
    table: pa.Table, *, days: int, spans: Sequence[tuple[int, int]], cell: tuple[int, str | None] | None = None
) -> pa.Table:
    """A kernel. Columns as for ``roll``. Gives rows of ``WITHIN``: how many people were active from the first to the
    last day of each span, and on how many days altogether. With a ``cell`` (span, label), ``PEOPLE``."""
    masks, names = _masks(table, days)
    if cell is not None:
        return _who(masks, names, cell[1], *spans[cell[0]])
    people, person_days = (np.zeros((len(names), len(spans)), np.int64) for _ in range(2))
    labels = np.arange(masks.groups) % len(names)
    for at, (first, last) in enumerate(spans):
        active = _count_days(masks, first, last)
        people[:, at] = np.bincount(labels[active > 0], minlength=len(names))
        person_days[:, at] = np.bincount(labels, active, len(names))
    label, span = np.nonzero(people)
    columns = [[names[at] for at in label], span, people[label, span], person_days[label, span]]
    return pa.table([pa.array(column, kind.type) for column, kind in zip(columns, WITHIN, strict=True)], schema=WITHIN)


def _count_days(masks: Masks, first: int, last: int) -> Any:
    """On how many of some days each group was active."""
    active = np.zeros(masks.groups, np.int64)
    for word in range(first >> 6, (last >> 6) + 1):
        low, high = max(first - word * 64, 0), min(last - word * 64, 63)
        wanted = np.uint64(((1 << (high - low + 1)) - 1) << low)
        active += np.bitwise_count(masks.bits[:, word] & wanted)
    return active


def spread(table: pa.Table, *, periods: int, cell: tuple[int, str | None] | None = None) -> pa.Table:
    """A kernel. Columns as for ``roll``. Gives rows of ``SPREAD``: how many people were active in how many periods;
    with a ``cell`` (periods, label), ``PEOPLE``."""
    masks, names = _masks(table, periods)
    active = np.bitwise_count(masks.bits).sum(axis=1, dtype=np.int64)
    label = np.arange(len(active)) % len(names)
    if cell is not None:
        number = names.index(cell[1]) if cell[1] in names else -1
        groups = np.flatnonzero((active == cell[0]) & (label == number))
        return pa.table({"profile_key": masks.keys[groups // len(names)]}, schema=PEOPLE)
    mine = active > 0
    counts = np.zeros((len(names), periods + 1), np.int64)
    np.add.at(counts, (label[mine], active[mine]), 1)
    label, n = np.nonzero(counts)
    columns = [[names[at] for at in label], n, counts[label, n]]
    return pa.table([pa.array(column, kind.type) for column, kind in zip(columns, SPREAD, strict=True)], schema=SPREAD)


def _masks(table: pa.Table, periods: int) -> tuple[Masks, list[str | None]]:
    labels = read_labels(table)
    keys = read_column(table, "profile_key")
    wanted = np.broadcast_to(np.True_, len(keys))
    masks = mark_periods(keys, read_column(table, "bucket"), wanted, labels.numbers, len(labels.names), periods)
    return masks, labels.names


def _who(masks: Masks, names: list[str | None], name: str | None, first: int, last: int) -> pa.Table:
    groups = np.flatnonzero(_count_days(masks, first, last))
    groups = groups[groups % len(names) == (names.index(name) if name in names else -1)]
    return pa.table({"profile_key": masks.keys[groups // len(names)]}, schema=PEOPLE)


@njit(cache=True, nogil=True)
def _roll(bits: Any, labels: int, days: int, widths: Any, changes: Any) -> None:  # pragma: no cover  # compiled
    """Where the number of people rises and falls: a person's spans that overlap are one."""
    for group in range(len(bits)):
        label = group % labels
        for at in range(len(widths)):
            covered = -1
            for word in range(bits.shape[1]):
                left = bits[group, word]
                if left == 0:
                    continue
                for place in range(64):
                    if left >> np.uint64(place) & np.uint64(1):
                        day = word * 64 + place
                        if day > covered:
                            changes[label, at, day] += 1
                        else:
                            changes[label, at, covered + 1] += 1
                        covered = min(days - 1, day + widths[at] - 1)
                        changes[label, at, covered + 1] -= 1
