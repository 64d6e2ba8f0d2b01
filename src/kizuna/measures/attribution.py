"""Attribution: which touches a conversion is credited to.

Credits are shared out in whole parts, so that those of a conversion add up to it, and sums of them are the same in
whatever order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from kizuna.measures.order import order_rows

Ints = NDArray[np.int64]

MODELS = ("first", "last", "last_non_direct", "linear", "position", "decay")
FIRST, LAST, LAST_NON_DIRECT, LINEAR, POSITION, DECAY = range(6)
STEPS, TOUCHED, INVOLVED, UNTOUCHED, ENDED, WORTHLESS, NEGATIVE, CURRENCY = range(6, 14)
"""Other kinds of rows, see ``SCHEMA``."""
START, GOAL, LOSS = -1, -2, -3
"""Places of a journey that are no channel."""
CONVERTED, LOST, OPEN = 0, 1, 2
"""How a journey ended; an open one may still convert."""

UNITS = 10**10
"""A conversion is shared out in so many parts."""
TOUCHES_MAX = 500
"""Of a longer journey the first touch and the last ones are looked at."""
_LOW_BITS = 31

SCHEMA = pa.schema(
    [
        ("kind", pa.int32()),
        ("channel", pa.int64()),
        ("other", pa.int64()),
        ("count", pa.int64()),
        ("amount_high", pa.int64()),
        ("amount_low", pa.int64()),
        ("text", pa.string()),
    ]
)
"""An amount is high times 2^31 plus low. By ``kind``:

- 0 to 5, the number of a model: of a channel the credit in ``UNITS``, and its share of the value;
- ``STEPS``: how many journeys that are over went from ``channel`` to ``other``;
- ``TOUCHED``: how many touches a channel had in the range; low: of how many people;
- ``INVOLVED``: in how many conversions a channel was touched before;
- ``UNTOUCHED``: conversions without any touch, and their value;
- ``ENDED``: how many journeys ended as ``other`` says; amount: the value;
- ``WORTHLESS``, ``NEGATIVE``: conversions without a value, and with one below 0;
- ``CURRENCY``: conversions in the currency ``text``.
"""
PEOPLE = pa.schema([("profile_key", pa.int64())])


@dataclass(frozen=True)
class Journeys:
    """Journey j touched ``channels[offsets[j]:offsets[j + 1]]``, ``ages_us`` before its end. One that converted is
    worth ``values``, and may have no touch. ``touches`` are all in the range, as pairs of profile key and channel."""

    people: Ints
    ended: Ints
    values: Ints
    offsets: Ints
    channels: Ints
    ages_us: Ints
    touches: tuple[Ints, Ints]

    @property
    def lengths(self) -> Ints:
        return np.diff(self.offsets)


def find_journeys(
    table: pa.Table,
    *,
    window_us: int,
    same_us: int,
    since_us: int,
    until_us: int,
    now_us: int,
    since_last: bool,
) -> Journeys:
    """Columns: ``profile_key``; ``time_us``; ``channel``, a code from 0; ``is_touch`` and ``is_goal``, truths;
    ``value``, a whole number or NULL, which is 0. One event may be both.

    A touch less than ``same_us`` after one of the same channel, with neither a touch of another one nor a goal in
    between, is the same touch, at the time of the first. Touches at one instant stand in the order of channels.

    Each goal in [since, until) ends a journey that converted: its touches are those from ``window_us`` before it up to
    it, both inclusive; with ``since_last`` only those later than the last goal at an earlier instant. Touches that no
    goal follows within ``window_us`` are of lost journeys: a new one begins where more than ``window_us`` passed since
    the touch before. They are looked at when their last touch is in [since, until), with the touches up to
    ``window_us`` before that; and are open, not lost, when a goal could still come: the last touch is less than
    ``window_us`` before ``now_us``.
    """
    channels, values, goals = (_whole(table, name) for name in ("channel", "value", "is_goal"))
    no_touch = int(channels.max(initial=0)) + 1
    channels = np.where(_whole(table, "is_touch") == 1, channels, no_touch)
    # Touches before goals. In one number with the row's, because ties are cheap to order by one.
    rank = (channels * 2 + goals) * len(values) + np.arange(len(values))
    found = order_rows(_whole(table, "profile_key"), _whole(table, "time_us"), rank)
    rows = found.columns[0] % max(len(values), 1)
    channels, values, goals = np.where(channels[rows] < no_touch, channels[rows], -1), values[rows], goals[rows] == 1
    touched = _find_touches(found.offsets, found.times, channels, goals, same_us)
    told: tuple[Any, ...] = (
        *_pack(found.offsets, touched, channels, found.times),
        *_pack(found.offsets, goals, values, found.times),
    )
    limits: tuple[Any, ...] = (window_us, since_us, until_us, now_us, since_last)
    rooms = _trace(*told, *limits, *[np.empty(0, np.int64)] * 6)
    arrays = [np.empty(rooms[at], np.int64) for at in (0, 0, 0, 0, 1, 1)]
    _trace(*told, *limits, *arrays)
    persons, ended, worth, lengths, path, ages = arrays
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    inside = touched & (found.times >= since_us) & (found.times < until_us)
    whose = np.repeat(found.keys, np.diff(found.offsets))[inside]
    return Journeys(found.keys[persons], ended, worth, offsets, path, ages, (whose, channels[inside]))


@njit(cache=True, nogil=True)
def _find_touches(
    offsets: Any, times: Any, channels: Any, goals: Any, same_us: int
) -> Any:  # pragma: no cover  # compiled
    """Which rows are a touch, and not the same as one before it."""
    found = np.zeros(len(times), np.bool_)
    never = 1 << 62
    for person in range(len(offsets) - 1):
        last, last_us, goal_us = -1, 0, never
        for at in range(offsets[person], offsets[person + 1]):
            if channels[at] >= 0:
                found[at] = channels[at] != last or times[at] - last_us >= same_us or goal_us < times[at]
                last, last_us = channels[at], times[at]
                if goal_us < times[at]:
                    goal_us = never
            if goals[at] and goal_us == never:
                goal_us = times[at]
    return found


def _pack(offsets: Ints, wanted: NDArray[np.bool_], *columns: Ints) -> tuple[Ints, ...]:
    """Offsets and columns of the rows that are wanted."""
    counted = np.concatenate(([0], np.cumsum(wanted)))
    return counted[offsets], *(column[wanted] for column in columns)


@njit(cache=True, nogil=True)
def _trace(
    touch_offsets: Any,
    channels: Any,
    times: Any,
    goal_offsets: Any,
    values: Any,
    goals: Any,
    window_us: int,
    since_us: int,
    until_us: int,
    now_us: int,
    since_last: bool,
    persons: Any,
    ended: Any,
    worth: Any,
    lengths: Any,
    path: Any,
    ages: Any,
) -> Any:  # pragma: no cover  # compiled
    """Writes journeys where there is room, and returns how many there are, and how many touches they have."""
    fill = len(persons) > 0
    count, length = 0, 0
    for person in range(len(touch_offsets) - 1):
        low, high = touch_offsets[person], touch_offsets[person + 1]
        first, last = low, low
        before_us, current_us = -(1 << 62), -(1 << 62)
        for goal in range(goal_offsets[person], goal_offsets[person + 1]):
            if goals[goal] > current_us:
                before_us, current_us = current_us, goals[goal]
            while last < high and times[last] <= current_us:
                last += 1
            while first < last and (
                current_us - times[first] > window_us or (since_last and times[first] <= before_us)
            ):
                first += 1
            if since_us <= current_us < until_us:
                if fill:
                    persons[count], ended[count], worth[count] = person, 0, values[goal]
                    lengths[count] = _write(path, ages, length, channels, times, first, last, current_us)
                length += min(last - first, TOUCHES_MAX)
                count += 1
        goal, begun = goal_offsets[person], -1
        for at in range(low, high):
            while goal < goal_offsets[person + 1] and goals[goal] < times[at]:
                goal += 1
            if goal < goal_offsets[person + 1] and goals[goal] - times[at] <= window_us:
                begun = -1
                continue
            if begun < 0:
                begun = at
            if (
                at + 1 < high
                and times[at + 1] - times[at] <= window_us
                and not (goal < goal_offsets[person + 1] and goals[goal] - times[at + 1] <= window_us)
            ):
                continue
            if since_us <= times[at] < until_us:
                while times[at] - times[begun] > window_us:
                    begun += 1
                if fill:
                    persons[count], worth[count] = person, 0
                    ended[count] = 2 if times[at] + window_us > now_us else 1
                    lengths[count] = _write(path, ages, length, channels, times, begun, at + 1, times[at])
                length += min(at + 1 - begun, TOUCHES_MAX)
                count += 1
            begun = -1
    return count, length


@njit(cache=True, nogil=True)
def _write(
    path: Any, ages: Any, place: int, channels: Any, times: Any, first: int, last: int, end_us: int
) -> int:  # pragma: no cover  # compiled
    taken = min(last - first, TOUCHES_MAX)
    for at in range(taken):
        row = first if at == 0 else last - taken + at
        path[place + at], ages[place + at] = channels[row], end_us - times[row]
    return taken


# --- models -----------------------------------------------------------------------------------------


def share_out(found: Journeys, totals: Ints, model: int, *, half_life_us: int, direct: Ints) -> Ints:
    """What of a journey's total each of its touches gets, by a model of ``MODELS``. What cannot be parted evenly goes
    to the earlier ones, one each.

    ``position``: 40 % to the first and to the last, the rest to those between them; of two, half to each. ``decay``: a
    touch weighs half as much as one that is ``half_life_us`` later. ``last_non_direct``: the last that is not of a
    ``direct`` channel; where all are, the last.
    """
    is_direct = np.isin(found.channels, direct)
    return _share_out(found.offsets, found.ages_us, is_direct, totals, model, float(half_life_us))


@njit(cache=True, nogil=True)
def _share_out(
    offsets: Any, ages: Any, is_direct: Any, totals: Any, model: int, half_life: float
) -> Any:  # pragma: no cover  # compiled
    credits = np.zeros(len(ages), np.int64)
    for journey in range(len(offsets) - 1):
        low, high, total = offsets[journey], offsets[journey + 1], totals[journey]
        if low == high:
            continue
        if model == 0:
            credits[low] = total
        elif model == 1:
            credits[high - 1] = total
        elif model == 2:
            chosen = high - 1
            while chosen > low and is_direct[chosen]:
                chosen -= 1
            credits[high - 1 if is_direct[chosen] else chosen] = total
        elif model == 3:
            _spread(credits, low, high, total)
        elif model == 4:
            if high - low < 3:
                _spread(credits, low, high, total)
            else:
                end = total * 4 // 10
                credits[low], credits[high - 1] = end, end
                _spread(credits, low + 1, high - 1, total - 2 * end)
        else:
            whole, part, given = 0.0, 0.0, 0
            for at in range(low, high):
                whole += 2.0 ** ((ages[high - 1] - ages[at]) / half_life)
            for at in range(low, high):
                part += 2.0 ** ((ages[high - 1] - ages[at]) / half_life)
                until = total if at == high - 1 else int(np.floor(total * (part / whole) + 0.5))
                credits[at] = until - given
                given = until
    return credits


@njit(cache=True, nogil=True)
def _spread(credits: Any, low: int, high: int, total: int) -> None:  # pragma: no cover  # compiled
    each = total // (high - low)
    more = total - each * (high - low)
    for at in range(low, high):
        credits[at] = each + (1 if at - low < more else 0)


# --- kernels ----------------------------------------------------------------------------------------


def attribute(table: pa.Table, *, channels: int, half_life_us: int, direct: tuple[int, ...], **looked: Any) -> pa.Table:
    """A kernel: ``SCHEMA``. ``channels`` is how many codes there are; ``looked`` and columns are those of
    ``find_journeys``, and ``currency``, text or NULL."""
    found = find_journeys(table, **looked)
    converted = found.ended == CONVERTED
    units = np.where(converted, UNITS, 0)
    named = np.array(direct, np.int64)
    rows: list[tuple[int, ...]] = []
    for model in range(len(MODELS)):
        shares = [
            share_out(found, totals, model, half_life_us=half_life_us, direct=named) for totals in (units, found.values)
        ]
        sums = [_sum_by(found.channels, shares[0], channels), *_sum_halves(found.channels, shares[1], channels)]
        rows += [(model, channel, 0, *(int(one[channel]) for one in sums)) for channel in range(channels)]
    rows += _count_steps(found)
    whose, which = found.touches
    often, people = np.bincount(which, minlength=channels), _count_different(which, whose, channels)
    rows += [(TOUCHED, channel, 0, int(often[channel]), 0, int(people[channel])) for channel in range(channels)]
    journeys = np.repeat(np.arange(len(converted)), found.lengths)
    mine = converted[journeys]
    counted = _count_different(found.channels[mine], journeys[mine], channels)
    rows += [(INVOLVED, channel, 0, int(counted[channel]), 0, 0) for channel in range(channels)]
    untouched = converted & (found.lengths == 0)
    rows.append((UNTOUCHED, 0, 0, int(untouched.sum()), *_halves(found.values[untouched])))
    rows += [
        (ENDED, 0, end, int((found.ended == end).sum()), *_halves(found.values[found.ended == end]))
        for end in (CONVERTED, LOST, OPEN)
    ]
    told = [*((*row, None) for row in rows), *_count_odd(table, looked["since_us"], looked["until_us"])]
    columns = zip(*told, strict=True)
    return pa.table([pa.array(one, kind.type) for one, kind in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def _count_odd(table: pa.Table, since_us: int, until_us: int) -> list[tuple[Any, ...]]:
    times = _whole(table, "time_us")
    goals = (_whole(table, "is_goal") == 1) & (times >= since_us) & (times < until_us)
    without = table.column("value").is_null().to_numpy()
    rows: list[tuple[Any, ...]] = [
        (WORTHLESS, 0, 0, int((goals & without).sum()), 0, 0, None),
        (NEGATIVE, 0, 0, int((goals & (_whole(table, "value") < 0)).sum()), 0, 0, None),
    ]
    counted = table.column("currency").filter(pa.array(goals)).value_counts().to_pylist()
    return rows + [(CURRENCY, 0, 0, row["counts"], 0, 0, row["values"]) for row in counted if row["values"] is not None]


def find_people(
    table: pa.Table, *, kind: int, channel: int, half_life_us: int, direct: tuple[int, ...], **looked: Any
) -> pa.Table:
    """A kernel: who is behind a row of ``SCHEMA``: of a model whose conversions give the channel a part, ``TOUCHED``,
    ``INVOLVED`` or ``UNTOUCHED``."""
    found = find_journeys(table, **looked)
    if kind == TOUCHED:
        return pa.table([np.unique(found.touches[0][found.touches[1] == channel])], schema=PEOPLE)
    converted = found.ended == CONVERTED
    if kind == UNTOUCHED:
        return pa.table([np.unique(found.people[converted & (found.lengths == 0)])], schema=PEOPLE)
    mine = found.channels == channel
    if kind != INVOLVED:
        units = np.full(len(converted), UNITS, np.int64)
        mine &= share_out(found, units, kind, half_life_us=half_life_us, direct=np.array(direct, np.int64)) > 0
    journeys = np.repeat(np.arange(len(converted)), found.lengths)
    return pa.table([np.unique(found.people[journeys[mine & converted[journeys]]])], schema=PEOPLE)


def _count_steps(found: Journeys) -> list[tuple[int, ...]]:
    """From each place to the next, of journeys that are over and have touches."""
    over = (found.ended != OPEN) & (found.lengths > 0)
    if not over.any():
        return []
    firsts, lasts = found.offsets[:-1][over], found.offsets[1:][over] - 1
    ends = np.where(found.ended[over] == CONVERTED, GOAL, LOSS)
    within = np.repeat(over, found.lengths)
    inner = within.copy()
    inner[lasts] = False
    befores = np.concatenate(
        [np.full(len(firsts), START), found.channels[np.flatnonzero(inner)], found.channels[lasts]]
    )
    afters = np.concatenate([found.channels[firsts], found.channels[np.flatnonzero(inner) + 1], ends])
    width = int(afters.max(initial=0)) + 1 - LOSS
    pairs, often = np.unique((befores - LOSS) * width + afters - LOSS, return_counts=True)
    return [
        (STEPS, int(pair) // width + LOSS, int(pair) % width + LOSS, int(n), 0, 0)
        for pair, n in zip(pairs, often, strict=True)
    ]


def _count_different(codes: Ints, places: Ints, size: int) -> Ints:
    """Of each code below ``size``, at how many different places it stands. Equal places stand together."""
    order = np.argsort(codes, kind="stable")
    codes, places = codes[order], places[order]
    new = np.concatenate(([True], (codes[1:] != codes[:-1]) | (places[1:] != places[:-1]))) if len(codes) else codes
    return np.bincount(codes[new.astype(np.bool_)], minlength=size)


def _sum_by(codes: Ints, values: Ints, size: int) -> Ints:
    sums = np.zeros(size, np.int64)
    np.add.at(sums, codes, values)
    return sums


def _sum_halves(codes: Ints, values: Ints, size: int) -> list[Ints]:
    """Two sums, so that none overflows."""
    return [_sum_by(codes, one, size) for one in (values >> _LOW_BITS, values & ((1 << _LOW_BITS) - 1))]


def _halves(values: Ints) -> tuple[int, int]:
    high, low = _sum_halves(np.zeros(len(values), np.int64), values, 1)
    return int(high[0]), int(low[0])


def amount_of(high: int, low: int) -> int:
    return (high << _LOW_BITS) + low


def _whole(table: pa.Table, name: str) -> Ints:
    column = table.column(name).combine_chunks().cast(pa.int64())
    return (column.fill_null(0) if column.null_count else column).to_numpy(zero_copy_only=False)
