"""Funnels: how far people come along steps, and how long that takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from kizuna.measures.funnel_scan import ANY_ORDER, NONE, ORDERED, STRICT, Attempts, Rules, scan
from kizuna.measures.order import order_rows
from kizuna.measures.parallel import in_parts

Ints = NDArray[np.int64]
T = TypeVar("T")

Order = Literal["ordered", "strict", "any"]
ORDERS: dict[Order, int] = {"ordered": ORDERED, "strict": STRICT, "any": ANY_ORDER}

Attribution = Literal["first", "last", "all"] | int
"""Whose label a person has: of the first or the last event that has one, of all events alike, or of a step, from 0."""

REMOVED = -1
"""In ``step``: people whom an excluded event took out."""

COUNTS = pa.schema(
    [
        ("period", pa.int32()),
        ("label", pa.int32()),
        ("step", pa.int32()),
        ("people", pa.int64()),
        ("open", pa.int64()),
        ("from_first", pa.list_(pa.int64())),
        ("from_before", pa.list_(pa.int64())),
    ]
)
"""Of each period and label that anybody began in, for each step from 0: who did it; who did the mandatory step before
it and not yet it, and has time left; and, but for step 0, in microseconds how long those who did it took, each, since
step 0 and since the step before that they did. Partial results add up, lists put together."""
PEOPLE = pa.schema([("profile_key", pa.int64())])


@dataclass(frozen=True)
class Outcomes:
    """``attempts`` with, for each, the profile key and the place of the label, or -1."""

    attempts: Attempts
    keys: Ints
    labels: Ints

    def take(self, wanted: Any) -> Outcomes:
        return Outcomes(Attempts(*(one[wanted] for one in self.attempts)), self.keys[wanted], self.labels[wanted])


def follow(table: pa.Table, **followed: Any) -> Outcomes:
    """The same as ``follow_parts``, put together."""
    parts = follow_parts(table, lambda part: part, **followed)
    attempts = Attempts(*map(np.concatenate, zip(*(part.attempts for part in parts), strict=True)))
    keys, labels = (np.concatenate(each) for each in zip(*((part.keys, part.labels) for part in parts), strict=True))
    return Outcomes(attempts, keys, labels)


def follow_parts(
    table: pa.Table,
    then: Callable[[Outcomes], T],
    *,
    steps: int,
    window_us: int,
    since_us: int,
    until_us: int,
    now_us: int,
    order: Order = "ordered",
    optional: Sequence[int] = (),
    exclusions: Sequence[tuple[int, int]] = (),
    first: bool = False,
    labels: Sequence[str | None] = (None,),
    other: int = -1,
    attribution: Attribution = "first",
    bounds_us: Sequence[int] | None = None,
    whole: bool = False,
) -> list[T]:
    """How far everybody came: what ``then`` makes of it, which is asked about some people at a time, in threads.

    Columns: ``profile_key``; ``time_us``; ``bits``: bit s is set where the event is of step
    s, of up to 12; then one bit for each exclusion; then, with ``first``, one for those events of which the first ever
    is the only one that may begin. Bits above mean nothing. Optionally ``label``, a text or NULL, and ``part``, a
    text: parts of one person are followed apart.

    An attempt begins with an event of step 0 in [since, until), and its last step is at most ``window_us`` later. It
    does the next step that it can whenever there is an event for it. One event fills one step only. Steps at the same
    instant are done in whatever order takes an attempt furthest. Steps that are ``optional`` may be left out.

    * ``ordered``: other events may lie between.
    * ``strict``: an event that neither moves an attempt nor is of the step that it did last ends it. Events of one
      instant count as one.
    * ``any``: the most steps that were done within a window, in whatever order; step s stands for s + 1 of them.

    Of attempts that have come equally far the latest goes on for all of them. Of a person the one counts that came
    furthest, that which did so first; of several at the same instant the one that did the most steps, then the latest.

    ``exclusions`` are pairs (i, j) of steps: an excluded event strictly after an attempt's step i and strictly before
    its step j, within its window, spoils it. Who came further with a spoilt attempt than with any other is removed. In
    any order the pair says nothing: no attempt has an excluded event strictly between its first and its last step.

    ``labels`` are those that stand for themselves; all others are ``other``, a place among them. By ``first`` and
    ``last``, of the events of any step since ``since_us`` those count that have a label, and of several at one instant
    the label that is earliest in ``labels``. By a step's number people without that step have no outcome; a step has
    the label of an event at its instant, as just said. By ``all`` everything is looked at for each label apart, also
    those that are no place of their own; of those the person's best outcome counts.

    With ``bounds_us``, periods between them: each person has an outcome for each period they began in; and with
    ``whole`` one of the whole range, period -1.
    """
    rules = Rules(
        steps,
        ORDERS[order],
        window_us,
        since_us,
        until_us,
        now_us,
        sum(1 << step for step in optional),
        first,
        np.array([(low + 1, high + 1) for low, high in exclusions], np.int64).reshape(-1, 2),
        np.array((since_us, until_us) if bounds_us is None else bounds_us, np.int64),
    )
    spans = [rules]
    if whole:
        spans.append(rules._replace(bounds=np.array((since_us, until_us), np.int64)))
    if not table.num_rows:
        return [then(_nobody(steps))]
    labelled = "label" in table.column_names and tuple(labels) != (None,)
    if labelled and attribution == "all":
        return [then(_follow_each_label(table, spans, labels, other))]
    units = _part(table, "part") if "part" in table.column_names else _Units(_whole(table, "profile_key"))
    rows = _arrange(table, units.keys, rules, _places(table, labels, other) if labelled else None)

    def finish(attempts: Attempts) -> T:
        keys, nowhere = units.owners(rows.keys)[attempts.person], np.zeros(len(attempts.person), np.int64)
        found = Outcomes(attempts, keys, nowhere)
        return then(_attribute(rows, found, rules, attribution, labels, other) if labelled else found)

    return _scan(rows, spans, finish)


@dataclass(frozen=True)
class _Rows:
    """Rows ``offsets[p]`` to ``offsets[p + 1]`` are of unit ``keys[p]``, in order of time, then of the place of their
    label, then of their bits. The time of a row is ``base`` + (``times`` >> ``shift``). Mostly all of it is in one
    number, in whose lowest bits the row's bits are: moving rows is what takes the time here."""

    keys: Ints
    offsets: Ints
    times: Ints
    bits: Ints
    base: int = 0
    shift: int = 0
    places: NDArray[Any] | None = None


PLACE_BITS = 8


def _arrange(table: pa.Table, keys: NDArray[Any], rules: Rules, places: NDArray[np.uint8] | None) -> _Rows:
    # Room for each bit that is looked at, although no row may have it.
    width = max(_ends(table, "bits")[1].bit_length(), rules.steps + len(rules.excluded) + 1)
    shift = width if places is None else width + PLACE_BITS
    base, last = _ends(table, "time_us")
    if (last - base).bit_length() + shift < 63:
        found = order_rows(keys, _pack(table, base, shift, width, places))
        told = None if places is None else (found.times >> width) & ((1 << PLACE_BITS) - 1)
        return _Rows(found.keys, found.offsets, found.times, found.times, base, shift, told)
    times, bits = _whole(table, "time_us"), _whole(table, "bits").astype(np.int64)
    if places is None:
        found = order_rows(keys, times, bits)
        return _Rows(found.keys, found.offsets, found.times, found.columns[0])
    found = order_rows(keys, times, places, bits)
    return _Rows(found.keys, found.offsets, found.times, found.columns[1], places=found.columns[0])


def _ends(table: pa.Table, name: str) -> tuple[int, int]:
    found = pc.call_function("min_max", [table.column(name)]).as_py()
    return found["min"], found["max"]


def _pack(table: pa.Table, base: int, shift: int, width: int, places: NDArray[np.uint8] | None) -> Ints:
    """Time, place and bits of each row in one number: batch by batch, so that they stay in the processor's cache."""
    packed = np.empty(table.num_rows, np.int64)
    batches = table.select(["time_us", "bits"]).to_batches()
    starts = np.cumsum([0, *(batch.num_rows for batch in batches)])

    def work(low: int, high: int) -> None:
        for at in range(low, high):
            rows = slice(starts[at], starts[at + 1])
            part = packed[rows]
            np.subtract(batches[at].column(0).to_numpy(zero_copy_only=False), base, out=part)
            part <<= shift
            part |= batches[at].column(1).to_numpy(zero_copy_only=False)
            if places is not None:
                part |= places[rows].astype(np.int64) << width

    in_parts(len(batches), table.num_rows, work)
    return packed


def _scan(rows: _Rows, spans: Sequence[Rules], then: Callable[[Attempts], T]) -> list[T]:
    """The first of ``spans`` is by period; another one of the whole range."""

    def work(low: int, high: int) -> list[T]:
        told: list[T] = []
        for number, rules in enumerate(spans):
            near = rules.move(-rows.base)
            found = Attempts(*scan(rows.offsets, rows.times, rows.bits, rows.shift, rows.base, low, high, near))
            if number:
                found = found._replace(period=np.full(len(found.period), -1, np.int32))
            told.append(then(found))
        return told

    return [one for part in in_parts(len(rows.keys), len(rows.times), work) for one in part]


def _nobody(steps: int) -> Outcomes:
    none = np.empty(0, np.int64)
    attempts = Attempts(none, none, none, none, none > 0, none > 0, none.reshape(0, steps))
    return Outcomes(attempts, none, none)


def _whole(table: pa.Table, name: str) -> NDArray[Any]:
    return table.column(name).combine_chunks().to_numpy(zero_copy_only=False)


# --- parts of people ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Units:
    """What is followed apart: ``keys`` of each row, and where these are no profile keys, whose each is, and which
    of the person's ``texts`` it has."""

    keys: NDArray[Any]
    people: Ints | None = None
    codes: Ints | None = None
    texts: Sequence[str | None] = ()

    def owners(self, keys: Ints) -> Ints:
        return keys if self.people is None else self.people[keys]


def _part(table: pa.Table, column: str) -> _Units:
    coded = table.column(column).combine_chunks().dictionary_encode()
    texts: list[str | None] = [*coded.dictionary.to_pylist(), None]
    codes = coded.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False).astype(np.int64)
    pairs, keys = np.unique(_whole(table, "profile_key").astype(np.int64) * len(texts) + codes, return_inverse=True)
    return _Units(keys, pairs // len(texts), pairs % len(texts), texts)


def _follow_each_label(table: pa.Table, spans: Sequence[Rules], labels: Sequence[str | None], other: int) -> Outcomes:
    units = _part(table, "label")
    rows = _arrange(table, units.keys, spans[0], None)
    # Put together, because what is best of several labels is asked of all of a person's.
    parts = _scan(rows, spans, lambda part: part)
    attempts = Attempts(*map(np.concatenate, zip(*parts, strict=True)))
    shown = {label: place for place, label in enumerate(labels)}
    places = np.array([shown.get(text, other) for text in units.texts], np.int64)
    assert units.codes is not None
    unit = rows.keys[attempts.person]
    return _best_of_others(Outcomes(attempts, units.owners(unit), places[units.codes[unit]]), other)


def _best_of_others(found: Outcomes, other: int) -> Outcomes:
    """Of a person's outcomes by labels that are no places of their own, the one that came furthest, first, latest."""
    attempts = found.attempts
    ends = attempts.reached[np.arange(len(attempts.depth)), attempts.depth - 1]
    keys = (-attempts.reached[:, 0], ends, -attempts.depth, attempts.removed, found.labels, attempts.period, found.keys)
    found = found.take(np.lexsort(keys))
    fresh = np.ones(len(found.keys), np.bool_)
    same = (found.keys[1:] == found.keys[:-1]) & (found.attempts.period[1:] == found.attempts.period[:-1])
    fresh[1:] = ~same | (found.labels[1:] != found.labels[:-1]) | (found.labels[1:] != other)
    return found.take(fresh)


# --- labels ------------------------------------------------------------------------------------------


def _places(table: pa.Table, labels: Sequence[str | None], other: int) -> NDArray[np.uint8]:
    """Of each row the place of its label; those without one come after all."""
    coded = table.column("label").combine_chunks().dictionary_encode()
    shown = {label: place for place, label in enumerate(labels)}
    places = [shown.get(text, other) for text in coded.dictionary.to_pylist()] + [len(labels)]
    codes = coded.indices.fill_null(len(places) - 1).to_numpy(zero_copy_only=False)
    return np.array(places, np.int64).astype(np.uint8)[codes]


def _attribute(
    rows: _Rows, found: Outcomes, rules: Rules, attribution: Attribution, labels: Sequence[str | None], other: int
) -> Outcomes:
    asked = (1 << rules.steps) - 1
    low = np.full(len(found.keys), rules.since)
    high = np.full(len(found.keys), np.iinfo(np.int64).max)
    if isinstance(attribution, int):
        found = found.take(found.attempts.reached[:, attribution] != NONE)
        low = high = found.attempts.reached[:, attribution].copy()
        asked = asked if rules.order == ANY_ORDER else 1 << attribution
    times = rows.times if rows.shift == 0 else (rows.times >> rows.shift) + rows.base
    told = _labels_of(
        rows.offsets, times, rows.places, rows.bits, found.attempts.person, low, high, asked,
        attribution == "last", len(labels),
    )  # fmt: skip
    none = list(labels).index(None) if None in labels else other
    return Outcomes(found.attempts, found.keys, np.where(told == len(labels), none, told))


@njit(cache=True, nogil=True)
def _labels_of(  # pragma: no cover  # compiled
    offsets: Any,
    times: Any,
    places: Any,
    bits: Any,
    people: Any,
    low: Any,
    high: Any,
    asked: int,
    last: bool,
    none: int,
) -> Any:
    """Of each of ``people`` the label, unless it is ``none``, of the first or last instant in [low, high] at which
    there is an event that is ``asked`` for with one."""
    told = np.full(len(people), none, np.int64)
    for at in range(len(people)):
        when = NONE
        for row in range(offsets[people[at]], offsets[people[at] + 1]):
            if times[row] < low[at] or not bits[row] & asked or places[row] == none:
                continue
            if times[row] > high[at] or (when != NONE and not last):
                break
            if times[row] != when:  # of an instant the first row has the label that is shown first
                when, told[at] = times[row], places[row]
    return told


# --- kernels -----------------------------------------------------------------------------------------


def count_steps(table: pa.Table, **followed: Any) -> pa.Table:
    """A kernel: ``COUNTS``, of what ``follow_parts`` finds."""
    optional, width = followed.get("optional", ()), len(followed.get("labels", (None,)))
    return pa.concat_tables(follow_parts(table, lambda found: _count_part(found, width, optional), **followed))


def _count_part(found: Outcomes, width: int, optional: Sequence[int]) -> pa.Table:
    if width > 1:
        found = found.take(found.labels >= 0)
    if not len(found.keys):
        return COUNTS.empty_table()
    cells = found.attempts.period.astype(np.int64) * width + found.labels
    if (cells[1:] < cells[:-1]).any():
        order = np.argsort(cells, kind="stable")
        found, cells = found.take(order), cells[order]
    removed = found.attempts.removed
    rows: list[pa.Table] = []
    if removed.any():
        places, often = np.unique(cells[removed], return_counts=True)
        nothing = _lists(np.zeros(len(places), np.int64), np.empty(0, np.int64))
        rows.append(_rows(places, width, REMOVED, often, often * 0, nothing, nothing))
        found, cells = found.take(~removed), cells[~removed]
    if len(cells):
        rows += _count_each(found, cells, width, optional)
    return pa.concat_tables(rows)


def _count_each(found: Outcomes, cells: Ints, width: int, optional: Sequence[int]) -> list[pa.Table]:
    starts = np.flatnonzero(np.concatenate(([True], cells[1:] != cells[:-1])))
    places, number = cells[starts], len(starts)
    began = np.diff(np.append(starts, len(cells)))
    nothing = _lists(began * 0, np.empty(0, np.int64))
    rows = [_rows(places, width, 0, began, began * 0, nothing, nothing)]
    # Most people do one step only.
    gone_on, waiting = found.attempts.depth > 1, found.attempts.open
    reached, waiters = found.attempts.reached[gone_on], found.take(waiting).attempts
    row_cells = np.repeat(np.arange(number), began)
    waiting_cells, row_cells = row_cells[waiting], row_cells[gone_on]
    first, before = reached[:, 0], reached[:, 0].copy()
    for step in range(1, reached.shape[1]):
        did = reached[:, step] != NONE
        when = reached[did, step]
        people = np.bincount(row_cells[did], minlength=number)
        still = np.bincount(waiting_cells[_is_open(waiters, step, optional)], minlength=number)
        lists = [_lists(people, when - since[did]) for since in (first, before)]
        before[did] = when
        rows.append(_rows(places, width, step, people, still, *lists))
    return rows


def _is_open(attempts: Attempts, step: int, optional: Sequence[int]) -> NDArray[np.bool_]:
    """Who did the mandatory step before one, and has time left for it."""
    if step == 0:
        return np.zeros(len(attempts.depth), np.bool_)
    return attempts.open & (attempts.depth <= step) & (attempts.reached[:, _before(step, optional)] != NONE)


def _before(step: int, optional: Sequence[int]) -> int:
    """The mandatory step before one."""
    return max(one for one in range(step) if one not in optional)


def _lists(lengths: Ints, values: Ints) -> pa.Array:
    return pa.ListArray.from_arrays(np.concatenate(([0], np.cumsum(lengths))).astype(np.int32), values)


def _rows(places: Ints, width: int, step: int, people: Ints, waiting: Ints, *lists: pa.Array) -> pa.Table:
    period, label = (places // width).astype(np.int32), (places % width).astype(np.int32)
    return pa.table([period, label, np.full(len(places), step, np.int32), people, waiting, *lists], schema=COUNTS)


Kind = Literal["did", "dropped", "open", "removed"]


def find_people(
    table: pa.Table, *, kind: Kind, step: int, label: int | None, period: int | None, **followed: Any
) -> pa.Table:
    """A kernel: of one label and period, or of all, who did the step; who did the mandatory step before it and not it,
    and has no time left, or has; whom an excluded event took out."""
    optional = followed.get("optional", ())
    parts = follow_parts(table, lambda found: _keys_of(found, kind, step, label, period, optional), **followed)
    return pa.table([np.unique(np.concatenate(parts)).astype(np.int64)], schema=PEOPLE)


def _keys_of(
    found: Outcomes, kind: Kind, step: int, label: int | None, period: int | None, optional: Sequence[int]
) -> Ints:
    attempts = found.attempts
    wanted = attempts.removed if kind == "removed" else ~attempts.removed
    if kind == "did":
        wanted &= attempts.reached[:, step] != NONE
    elif kind != "removed":
        waiting = _is_open(attempts, step, optional)
        missed = (attempts.reached[:, _before(step, optional)] != NONE) & (attempts.reached[:, step] == NONE)
        wanted &= waiting if kind == "open" else missed & ~waiting
    if label is not None:
        wanted &= found.labels == label
    if period is not None:
        wanted &= attempts.period == period
    return found.keys[wanted]
