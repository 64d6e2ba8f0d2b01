"""What goes with conversion is counted as looking at each person says, however rows come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.funnel_factors import UNDECIDED, WHOLE, count_factors, find_with_factor

WINDOW, NOW = 5, 24
VALUES, EVENTS = ("x", "y"), ("P", "Q")


class Event(NamedTuple):
    key: int
    time: int
    bits: int
    value: str | None
    named: str | None


FOLLOWED: dict[str, Any] = {
    "steps": 2,
    "window_us": WINDOW,
    "since_us": 2,
    "until_us": 22,
    "now_us": NOW,
    "values": (VALUES,),
    "events": EVENTS,
}

histories = st.lists(
    st.builds(
        Event,
        st.integers(1, 3),
        st.integers(0, 24),
        st.sampled_from([0, 0, 1, 1, 2]),
        st.sampled_from(["x", "y", "z", None]),
        st.sampled_from(["P", "Q", "R", None]),
    ),
    max_size=14,
)


def as_table(events: Sequence[Event]) -> pa.Table:
    names = {
        "profile_key": pa.int64(),
        "time_us": pa.int64(),
        "bits": pa.uint8(),
        "v0": pa.string(),
        "named": pa.string(),
    }
    return pa.table(
        {name: pa.array([one[at] for one in events], kind) for at, (name, kind) in enumerate(names.items())}
    )


def outcome(events: Sequence[Event]) -> tuple[int, int | None] | None:
    """When the attempt that counts began, and when it converted."""
    starts = sorted(one.time for one in events if one.bits == 1 and 2 <= one.time < 22)
    ends = sorted(one.time for one in events if one.bits == 2)
    reached = [(end, -start) for start in starts for end in ends if start <= end <= start + WINDOW]
    if reached:
        end, start = min(reached)
        return -start, end
    return (starts[0], None) if starts else None


def expected(events: Sequence[Event]) -> Counter[tuple[int, int, str]]:
    counts: Counter[tuple[int, int, str]] = Counter()
    for key in {one.key for one in events}:
        own = [one for one in events if one.key == key]
        found = outcome(own)
        if found is None:
            continue
        start, end = found
        latest = max(one.time for one in own if one.bits == 1 and 2 <= one.time < 22)
        if end is None and latest + WINDOW > NOW:
            counts[UNDECIDED, 0, "people"] += 1
            continue
        begun = {one.value for one in own if one.bits == 1 and one.time == start}
        has = {(WHOLE, 0)}
        if "x" in begun or "y" in begun:  # of both the one that is earlier in the list
            has.add((0, 0 if "x" in begun else 1))
        last = start + WINDOW if end is None else end
        has |= {(1, EVENTS.index(one.named)) for one in own if one.named in EVENTS and start <= one.time <= last}
        for place in has:
            counts[*place, "people"] += 1
            counts[*place, "converted"] += end is not None
    return +counts


def added(tables: Sequence[pa.Table]) -> Counter[tuple[int, int, str]]:
    counts: Counter[tuple[int, int, str]] = Counter()
    for row in [row for table in tables for row in table.to_pylist()]:
        for name in ("people", "converted"):
            counts[row["factor"], row["value"], name] += row[name]
    return +counts


@settings(max_examples=80, deadline=None)
@given(histories, st.randoms())
def test_factors_are_counted_person_by_person(events: list[Event], random: Any) -> None:
    wanted = expected(events)
    random.shuffle(events)
    assert added([count_factors(as_table(events), **FOLLOWED)]) == wanted
    apart = [as_table([one for one in events if one.key == key]) for key in (3, 1, 2)]
    assert added([count_factors(one, **FOLLOWED) for one in apart]) == wanted
    for factor, value in [(WHOLE, 0), (0, 1), (1, 0)]:
        for only in (False, True):
            people = find_with_factor(as_table(events), factor=factor, value=value, converted_only=only, **FOLLOWED)
            assert people.num_rows == wanted[factor, value, "converted" if only else "people"]
