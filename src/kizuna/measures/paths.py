"""Paths: what people did one after the other, as steps between numbered nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from kizuna.measures.order import order_rows
from kizuna.measures.parallel import by_people
from kizuna.measures.sessions import mark_starts

Ints = NDArray[np.int64]

SKIPPED, OTHER, ENTRY, LEFT, OPEN = -1, -2, -3, -4, -5
"""Codes that are no name: what stands between the ends of a path that is too long; a rare node. As the source of an
edge, that the path begins with its target; as the target, that the path ended at its source, or that it ended there
so far and may go on."""
WHOLE = -1
"""In ``step``: the row is of all paths."""

EDGES = pa.schema(
    [
        ("step", pa.int32()),
        ("source", pa.int64()),
        ("target", pa.int64()),
        ("paths", pa.int64()),
        ("people", pa.int64()),
        ("us", pa.int64()),
    ]
)
"""From node ``source`` at ``step`` (from 1) to ``target`` at the one after it; ``us`` is the time from one to the
other, in sum over ``paths``. Entries are at the step before their target's."""
PEOPLE = pa.schema([("profile_key", pa.int64())])


@dataclass(frozen=True)
class Edges:
    """One place in each array for each edge of each path; ``person`` is a profile key."""

    step: Ints
    source: Ints
    target: Ints
    person: Ints
    us: Ints


def walk(
    table: pa.Table,
    *,
    gap_us: int,
    longest_us: int,
    since_us: int,
    until_us: int,
    now_us: int,
    steps: int,
    collapse: bool,
    from_start: bool,
    to_end: bool,
    kept: frozenset[tuple[int, int]] | None = None,
) -> Edges:
    """Columns: ``profile_key``; ``time_us``; ``node``, the code of a name from 0, or ``OTHER``; ``is_start`` and
    ``is_end``, truths.

    What one person did is cut as sessions are (``sessions.mark_starts``); those parts that begin in [since, until)
    are looked at. With ``collapse`` the same node several times running is one, at the time of the first. With
    ``from_start`` the path begins at the first start of its part; with ``to_end`` it ends at the first end after that
    (of a path from a start, not the start itself). Parts without them have no path.

    A path has at most ``steps`` nodes, counted from 1. One to an end but from no start has the last ones, so counted
    that the end is node ``steps``. One from a start to an end that is longer keeps its first ``steps`` - 2 nodes, then
    ``SKIPPED``, then the end. Each path begins with an edge from ``ENTRY``. Where one that is to reach no end has
    less than ``steps`` nodes, an edge leads to ``LEFT``, or to ``OPEN`` where its part may still go on: its last
    event is less than ``gap_us`` before ``now_us``.

    Events of a person at the same instant stand in this order: starts, those that are neither, ends; then by node.
    ``kept`` are pairs of step and node; every other node is ``OTHER``.
    """
    starts_at = _whole(table, "is_start") if from_start else np.zeros(table.num_rows, np.int64)
    ends_at = _whole(table, "is_end") if to_end else np.zeros(table.num_rows, np.int64)
    nodes = _whole(table, "node")
    width = int(nodes.max(initial=0)) + 1 - OTHER
    # In one number, because ties are cheap to order by one.
    rank = np.where(starts_at == 1, 0, 1 + ends_at) * width + nodes - OTHER
    found = order_rows(_whole(table, "profile_key"), _whole(table, "time_us"), rank * 4 + starts_at * 2 + ends_at)
    told = found.columns[0]
    nodes, starts_at, ends_at = (told >> 2) % width + OTHER, (told >> 1) & 1, told & 1
    begins = mark_starts(found.offsets, found.times, gap_us, longest_us)
    firsts = np.flatnonzero(begins)
    parts = np.append(firsts, len(nodes)).astype(np.int64)
    told = _trace(
        parts, found.times, nodes, starts_at, ends_at, gap_us, since_us, until_us, now_us, steps,
        collapse, from_start, to_end,
    )  # fmt: skip
    step, source, target, part, us = told
    person = np.repeat(found.keys, np.diff(found.offsets))[firsts[part]] if len(part) else part
    if kept is not None:
        source, target = _fold(step, source, kept), _fold(step + 1, target, kept)
    return Edges(step, source, target, person, us)


def _fold(step: Ints, nodes: Ints, kept: frozenset[tuple[int, int]]) -> Ints:
    folded = np.where(nodes >= 0, OTHER, nodes)
    for place in {place for place, _ in kept}:
        names = [name for at, name in kept if at == place]
        mine = (step == place) & np.isin(nodes, names)
        folded[mine] = nodes[mine]
    return folded


@njit(cache=True, nogil=True)
def _trace(
    parts: Any,
    times: Any,
    nodes: Any,
    is_start: Any,
    is_end: Any,
    gap_us: int,
    since_us: int,
    until_us: int,
    now_us: int,
    steps: int,
    collapse: bool,
    from_start: bool,
    to_end: bool,
) -> Any:  # pragma: no cover  # compiled
    room = len(nodes) + 2 * len(parts)
    step, source, target = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    of_part, us = np.empty(room, np.int64), np.empty(room, np.int64)
    path, when = np.empty(len(nodes) + 1, np.int64), np.empty(len(nodes) + 1, np.int64)
    count = 0
    for part in range(len(parts) - 1):
        low, high = parts[part], parts[part + 1]
        if times[low] < since_us or times[low] >= until_us:
            continue
        begun, ended, length = not from_start, False, 0
        for at in range(low, high):
            is_first = False
            if not begun:
                if not is_start[at]:
                    continue
                begun = is_first = True
            if to_end and is_end[at] and not (from_start and is_first):
                ended = True
            if not (collapse and length and path[length - 1] == nodes[at]):
                path[length], when[length] = nodes[at], times[at]
                length += 1
            if ended:
                break
        if not begun or not length or (to_end and not ended):
            continue
        first, number = 0, 1
        if to_end and not from_start:
            first = max(0, length - steps)
            number = steps - (length - first) + 1
        elif to_end and length > steps:
            path[steps - 2] = SKIPPED
            path[steps - 1], when[steps - 1] = path[length - 1], when[length - 1]
            length = steps
        last = min(length, first + steps)
        step[count], source[count], target[count] = number - 1, ENTRY, path[first]
        of_part[count], us[count] = part, 0
        count += 1
        for at in range(first, last - 1):
            step[count], source[count], target[count] = number, path[at], path[at + 1]
            of_part[count], us[count] = part, when[at + 1] - when[at]
            count += 1
            number += 1
        if not to_end and length < steps:
            still = times[high - 1] + gap_us > now_us
            step[count], source[count], target[count] = number, path[length - 1], OPEN if still else LEFT
            of_part[count], us[count] = part, 0
            count += 1
    return step[:count], source[:count], target[:count], of_part[:count], us[:count]


def _whole(table: pa.Table, name: str) -> Ints:
    return table.column(name).combine_chunks().cast(pa.int64()).to_numpy(zero_copy_only=False)


# --- kernels ----------------------------------------------------------------------------------------


@by_people
def count_edges(table: pa.Table, **walked: Any) -> pa.Table:
    """A kernel: ``EDGES``, of what ``walk`` finds, and one row of all paths; ``people`` are different ones."""
    found = walk(table, **walked)
    if not len(found.step):
        return EDGES.empty_table()
    width = int(max(found.source.max(), found.target.max())) + 1 - OPEN
    edges = ((found.step * width) + found.source - OPEN) * width + found.target - OPEN
    # People come in their order, and stay in it.
    order = np.argsort(edges, kind="stable")
    edges, person = edges[order], found.person[order]
    new_edge = _changes(edges)
    starts = np.flatnonzero(new_edge)
    step, source, target = edges // width**2, edges // width % width + OPEN, edges % width + OPEN
    paths = np.diff(np.append(starts, len(order)))
    people = np.add.reduceat((new_edge | _changes(person)).astype(np.int64), starts)
    us = np.add.reduceat(found.us[order], starts)
    entries = int(np.count_nonzero(found.source == ENTRY))
    whole = (WHOLE, ENTRY, ENTRY, entries, np.count_nonzero(_changes(found.person)), 0)
    columns = (step[starts], source[starts], target[starts], paths, people, us)
    arrays = [np.append(column, one) for column, one in zip(columns, whole, strict=True)]
    return pa.table([arrays[0].astype(np.int32), *arrays[1:]], schema=EDGES)


def _changes(values: Ints) -> NDArray[np.bool_]:
    return np.concatenate(([True], values[1:] != values[:-1]))


@by_people
def find_people(table: pa.Table, *, step: int, source: int | None, target: int | None, **walked: Any) -> pa.Table:
    """A kernel: whose paths have the edge; without ``target``, the node ``source`` at ``step``; without ``source``,
    the node ``target`` at the step after it."""
    found = walk(table, **walked)
    wanted = found.step == step
    if source is not None:
        wanted &= found.source == source
    if target is not None:
        wanted &= found.target == target
    return pa.table([np.unique(found.person[wanted])], schema=PEOPLE)
