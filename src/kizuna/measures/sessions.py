"""Sessions: what people did without a long pause, cut out of their events.

They are found anew each time, so that an event that came late stands in the session that it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from kizuna.measures.order import Ordered, order_rows
from kizuna.measures.parallel import by_people

Ints = NDArray[np.int64]

BY_PERIOD, BY_LABEL, IN_ALL = 0, 1, 2
WHOLE = -1
"""In ``dwell_s``: the row is of all sessions of its cell."""
FAR_US = 1 << 62

SCHEMA = pa.schema(
    [
        ("grain", pa.int32()),
        ("bucket", pa.int32()),
        ("label", pa.string()),
        ("dwell_s", pa.int64()),
        ("sessions", pa.int64()),
        ("people", pa.int64()),
        ("events", pa.int64()),
        ("pages", pa.int64()),
        ("bounces", pa.int64()),
        ("goals", pa.int64()),
        ("lasting", pa.int64()),
        ("dwell_us", pa.int64()),
    ]
)
"""Of each cell one row with ``dwell_s`` ``WHOLE``, and one for each length in whole seconds with its ``sessions``.
``lasting`` are those of two events or more: only they have a length, ``dwell_us`` in sum."""
PEOPLE = pa.schema([("profile_key", pa.int64())])


@dataclass(frozen=True)
class Sessions:
    """One place in each array for each session; ``people`` are profile keys, ``labels`` places in ``names``."""

    people: Ints
    first_us: Ints
    last_us: Ints
    labels: Ints
    events: Ints
    pages: Ints
    goals: Ints
    names: list[str | None]

    @property
    def bounced(self) -> NDArray[np.bool_]:
        return (self.events == 1) & (self.pages == 1)

    def take(self, wanted: Any) -> Sessions:
        arrays = (self.people, self.first_us, self.last_us, self.labels, self.events, self.pages, self.goals)
        return Sessions(*(one[wanted] for one in arrays), names=self.names)


def find_sessions(table: pa.Table, *, gap_us: int, longest_us: int, by_id: bool, label_of_person: bool) -> Sessions:
    """Columns: ``profile_key``; ``time_us``; ``is_page`` and ``is_goal``, truths; ``label``, text or NULL.

    An event ``gap_us`` or more after the one before it begins a session, and so does one ``longest_us`` or more after
    its session began. With ``by_id`` the events of one person with one ``session_id`` (text) are a session instead.
    A session has the label of its first event; of several at that instant the least, and none last. With
    ``label_of_person`` rows of each label are looked at apart: every event stands there once for each.
    """
    keys, times = _whole(table, "profile_key"), _whole(table, "time_us")
    labels, names = encode(table.column("label"))
    groups = keys
    if label_of_person:
        groups = _combine(groups, labels)
    if by_id:
        coded = table.column("session_id").combine_chunks().dictionary_encode()
        groups = _combine(groups, coded.indices.to_numpy().astype(np.int64))
    # In one number, because ties are cheap to order by one.
    told = labels * 4 + _whole(table, "is_page") * 2 + _whole(table, "is_goal")
    found = order_rows(groups, times, told)
    told = found.columns[0]
    labels, pages, goals = told >> 2, (told >> 1) & 1, told & 1
    starts = np.flatnonzero(
        mark_starts(found.offsets, found.times, FAR_US if by_id else gap_us, FAR_US if by_id else longest_us)
    )
    if not len(starts):
        nothing = np.zeros(0, np.int64)
        return Sessions(*[nothing] * 7, names=names)
    ends = np.append(starts[1:], len(told))
    whose = _whose(found, groups, keys)[starts]
    sums = (np.add.reduceat(one, starts) for one in (pages, goals))
    return Sessions(
        whose, found.times[starts], found.times[ends - 1], labels[starts], ends - starts, *sums, names=names
    )


@njit(cache=True, nogil=True)
def mark_starts(offsets: Any, times: Any, gap_us: int, longest_us: int) -> Any:  # pragma: no cover  # compiled
    """Which of the rows, ordered by group and time, begin a session."""
    starts = np.zeros(len(times), np.bool_)
    for group in range(len(offsets) - 1):
        first = offsets[group]
        for at in range(offsets[group], offsets[group + 1]):
            if at == first or times[at] - times[at - 1] >= gap_us or times[at] - times[first] >= longest_us:
                starts[at] = True
                first = at
    return starts


def encode(column: Any) -> tuple[Ints, list[str | None]]:
    """Texts as places in a list of the different ones, in their order; NULL is the last."""
    coded = column.combine_chunks().dictionary_encode()
    texts: list[str] = coded.dictionary.to_pylist()
    order = sorted(range(len(texts)), key=texts.__getitem__)
    ranks = np.empty(len(texts) + 1, np.int64)
    ranks[order] = np.arange(len(texts))
    ranks[-1] = len(texts)
    places = coded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return ranks[places], [*(texts[at] for at in order), None]


def _combine(groups: Ints, codes: Ints) -> Ints:
    """A number for each different pair, in the order of pairs."""
    ranks = np.unique(groups, return_inverse=True)[1]
    width = int(codes.max(initial=0)) + 1
    return np.unique(ranks * width + codes, return_inverse=True)[1].astype(np.int64)


def _whose(found: Ordered, groups: Ints, keys: Ints) -> Ints:
    """The profile key of each row as they were ordered. All rows of a group are of one person."""
    if groups is keys:
        return np.repeat(found.keys, np.diff(found.offsets))
    of_group = np.empty(int(groups.max()) + 1, np.int64)
    of_group[groups] = keys
    return np.repeat(of_group[found.keys], np.diff(found.offsets))


def _whole(table: pa.Table, name: str) -> Ints:
    return table.column(name).combine_chunks().cast(pa.int64()).to_numpy(zero_copy_only=False)


# --- kernels ----------------------------------------------------------------------------------------


@by_people
def summarise(
    table: pa.Table, *, bounds_us: tuple[int, ...], since_us: int, until_us: int, label_of_person: bool, **cut: Any
) -> pa.Table:
    """A kernel: ``SCHEMA`` by period and label, by label, and in all, of the sessions that began in [since, until).

    ``cut`` and columns are those of ``find_sessions``. In all, a person of several labels counts once.
    """
    found = _in_range(table, since_us, until_us, label_of_person=label_of_person, **cut)
    buckets = np.searchsorted(np.array(bounds_us, np.int64), found.first_us, side="right") - 1
    width = len(found.names)
    once = found.take(_of_first_label(found)) if label_of_person else found
    parts = [
        _count(found, buckets * width + found.labels, BY_PERIOD),
        _count(found, found.labels, BY_LABEL),
        _count(once, np.zeros(len(once.people), np.int64), IN_ALL),
    ]
    return pa.concat_tables(parts)


@by_people
def find_people(
    table: pa.Table,
    *,
    since_us: int,
    until_us: int,
    label_of_person: bool,
    labels: tuple[str | None, ...] | None,
    kind: str,
    **cut: Any,
) -> pa.Table:
    """A kernel: who has a session that began in [since, until) with one of the labels; of any, where they are None.
    ``kind`` is ``any``, ``bounce`` or ``goal``."""
    found = _in_range(table, since_us, until_us, label_of_person=label_of_person, **cut)
    wanted = {"any": found.events > 0, "bounce": found.bounced, "goal": found.goals > 0}[kind]
    if labels is not None:
        wanted &= np.isin(found.labels, [at for at, name in enumerate(found.names) if name in labels])
    return pa.table([np.unique(found.people[wanted])], schema=PEOPLE)


def _in_range(table: pa.Table, since_us: int, until_us: int, **cut: Any) -> Sessions:
    found = find_sessions(table, **cut)
    return found.take((found.first_us >= since_us) & (found.first_us < until_us))


def _of_first_label(found: Sessions) -> NDArray[np.bool_]:
    """Which sessions stand under the first of their person's labels."""
    if not len(found.people):
        return np.zeros(0, np.bool_)
    pairs = np.unique(np.stack([found.people, found.labels]), axis=1)
    firsts = np.concatenate(([True], pairs[0, 1:] != pairs[0, :-1]))
    return found.labels == pairs[1, firsts][np.searchsorted(pairs[0, firsts], found.people)]


def _count(found: Sessions, cells: Ints, grain: int) -> pa.Table:
    """``cells`` are numbers of period and label."""
    # People come in their order, and stay in it. Numbers of 16 bits are put in order without comparing.
    short = cells.astype(np.uint16) if int(cells.max(initial=0)) < 1 << 16 else cells
    order = np.argsort(short, kind="stable")
    found, cells = found.take(order), cells[order]
    starts = np.flatnonzero(np.concatenate(([True], cells[1:] != cells[:-1]))) if len(cells) else np.zeros(0, np.int64)
    if not len(starts):
        return SCHEMA.empty_table()
    new_person = np.concatenate(([True], (cells[1:] != cells[:-1]) | (found.people[1:] != found.people[:-1])))
    lasting = found.events > 1
    dwell = np.where(lasting, found.last_us - found.first_us, 0)
    ones = np.ones(len(cells), np.int64)
    told = (ones, new_person, found.events, found.pages, found.bounced, found.goals > 0, lasting, dwell)
    sums = [np.add.reduceat(one.astype(np.int64), starts) for one in told]
    seconds = dwell[lasting] // 1_000_000
    width = int(seconds.max(initial=0)) + 1
    lengths, often = np.unique(cells[lasting] * width + seconds, return_counts=True)
    nothing = [np.zeros(len(often), np.int64)] * 7
    columns = [np.concatenate(pair) for pair in zip(sums, [often, *nothing], strict=True)]
    chosen = np.concatenate([cells[starts], lengths // width])
    seconds = np.concatenate([np.full(len(starts), WHOLE), lengths % width])
    return _make(found.names, grain, chosen, [seconds, *columns])


def _make(names: list[str | None], grain: int, cells: Ints, columns: list[Ints]) -> pa.Table:
    width = len(names)
    buckets = cells // width if grain == BY_PERIOD else np.full(len(cells), -1)
    places = np.full(len(cells), width - 1) if grain == IN_ALL else cells % width
    labels = pa.array(names, pa.string()).take(pa.array(places))
    arrays = [pa.array(np.full(len(cells), grain, np.int32)), pa.array(buckets.astype(np.int32)), labels]
    return pa.table([*arrays, *map(pa.array, columns)], schema=SCHEMA)
