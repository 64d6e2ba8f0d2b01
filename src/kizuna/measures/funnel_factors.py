"""What goes with finishing a funnel: values that people began with, and events on their way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kizuna.measures.funnel import PEOPLE, follow

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WHOLE, UNDECIDED = -1, -2
"""In ``factor``: all people whose outcome is known; those who may still convert."""

FACTORS = pa.schema([("factor", pa.int32()), ("value", pa.int32()), ("people", pa.int64()), ("converted", pa.int64())])
"""Of those whose outcome is known, how many have the value, and how many of these converted. Partial results add up."""


@dataclass(frozen=True)
class _Decided:
    """By ascending ``keys``: when each began, when the attempt ended or its time was up, and whether it converted."""

    keys: Ints
    starts: Ints
    ends: Ints
    converted: Bools
    undecided: int

    @staticmethod
    def of(table: pa.Table, steps: int, followed: dict[str, Any]) -> _Decided:
        bits = _whole(table, "bits").astype(np.int64)
        of_steps = table.select(["profile_key", "time_us", "bits"]).filter(pa.array(bits % (1 << steps) != 0))
        found = follow(of_steps, steps=steps, **followed)
        reached, converted = found.attempts.reached, found.attempts.depth == steps
        undecided = found.attempts.open & ~converted
        ends = np.where(converted, reached[:, -1], reached[:, 0] + followed["window_us"])
        known = ~undecided
        return _Decided(found.keys[known], reached[known, 0], ends[known], converted[known], int(undecided.sum()))

    def find(self, keys: Ints) -> tuple[Ints, Bools]:
        """Of each key its place, and whether it has one."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.bool_)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return places, self.keys[places] == keys


def _whole(table: pa.Table, name: str) -> NDArray[Any]:
    return table.column(name).combine_chunks().to_numpy(zero_copy_only=False)


def _codes(table: pa.Table, name: str, values: Sequence[str]) -> Ints:
    """Of each row the place of its text among ``values``, or one more than there are."""
    coded = table.column(name).combine_chunks().dictionary_encode()
    known = {value: place for place, value in enumerate(values)}
    places = np.array([known.get(text, len(values)) for text in coded.dictionary.to_pylist()] + [len(values)], np.int64)
    return places[coded.indices.fill_null(len(places) - 1).to_numpy(zero_copy_only=False)]


def _mark(
    table: pa.Table, decided: _Decided, values: Sequence[Sequence[str]], events: Sequence[str]
) -> Iterator[tuple[int, int, Bools]]:
    """Factor, value, and who has it."""
    keys, times = _whole(table, "profile_key").astype(np.int64), _whole(table, "time_us")
    places, there = decided.find(keys)
    begins = there & (_whole(table, "bits") & 1 == 1)
    begins[begins] = times[begins] == decided.starts[places[begins]]
    for factor, texts in enumerate(values):
        # Of several events at that instant the value that is earliest in the list.
        codes = np.full(len(decided.keys), len(texts), np.int64)
        np.minimum.at(codes, places[begins], _codes(table, f"v{factor}", texts)[begins])
        for value in range(len(texts)):
            yield factor, value, codes == value
    if events:
        codes = _codes(table, "named", events)
        on_way = there & (codes < len(events))
        on_way[on_way] = (times[on_way] >= decided.starts[places[on_way]]) & (
            times[on_way] <= decided.ends[places[on_way]]
        )
        seen = np.zeros((len(events), len(decided.keys)), np.bool_)
        seen[codes[on_way], places[on_way]] = True
        for value in range(len(events)):
            yield len(values), value, seen[value]


def count_factors(
    table: pa.Table, *, steps: int, values: Sequence[Sequence[str]], events: Sequence[str] = (), **followed: Any
) -> pa.Table:
    """A kernel: ``FACTORS``. Columns as ``funnel.follow`` reads them, and ``v0``, ``v1`` …, texts or NULL: factor i is
    ``vi`` of the event that the person's attempt begins with, if it is one of ``values[i]``. The last factor is
    ``named``, where it is one of ``events``, of any event between that one and the end of the attempt: the last step,
    or when its time was up."""
    decided = _Decided.of(table, steps, followed)
    rows = [(UNDECIDED, 0, decided.undecided, 0), (WHOLE, 0, len(decided.keys), int(decided.converted.sum()))]
    for factor, value, has in _mark(table, decided, values, events):
        rows.append((factor, value, int(has.sum()), int((has & decided.converted).sum())))
    columns = zip(*rows, strict=True)
    return pa.table([pa.array(column, kind.type) for column, kind in zip(columns, FACTORS, strict=True)], FACTORS)


def find_with_factor(
    table: pa.Table,
    *,
    factor: int,
    value: int,
    converted_only: bool,
    steps: int,
    values: Sequence[Sequence[str]],
    events: Sequence[str] = (),
    **followed: Any,
) -> pa.Table:
    """A kernel: who has the value of the factor; everybody whose outcome is known where it is ``WHOLE``."""
    decided = _Decided.of(table, steps, followed)
    marks = _mark(table, decided, values, events)
    chosen = [has for one, other, has in marks if (one, other) == (factor, value)]
    wanted = chosen[0] if chosen else np.full(len(decided.keys), factor == WHOLE)
    return pa.table([decided.keys[wanted & decided.converted if converted_only else wanted]], PEOPLE)
