"""Edges of paths are those that walking through each person's events one by one finds."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.paths import ENTRY, LEFT, OPEN, OTHER, SKIPPED, WHOLE, count_edges, find_people


class Event(NamedTuple):
    key: int
    time: int
    node: int
    start: bool
    end: bool


GAP, LONGEST, SINCE, UNTIL, NOW = 10, 25, 5, 50, 62

events = st.builds(Event, st.integers(1, 3), st.integers(0, 60), st.integers(0, 3), st.booleans(), st.booleans())


def as_table(rows: Iterable[Event]) -> pa.Table:
    listed = list(rows)
    kinds = {"profile_key": pa.int64(), "time_us": pa.int64(), "node": pa.int64()}
    kinds |= {"is_start": pa.bool_(), "is_end": pa.bool_()}
    return pa.table(
        {name: pa.array([row[at] for row in listed], kind) for at, (name, kind) in enumerate(kinds.items())}
    )


def parts_of(rows: list[Event], from_start: bool, to_end: bool) -> list[list[Event]]:
    def place(row: Event) -> tuple[Any, ...]:
        start, end = from_start and row.start, to_end and row.end
        return row.key, row.time, 0 if start else 2 if end else 1, row.node, start, end

    parts: list[list[Event]] = []
    for row in sorted(rows, key=place):
        last = parts[-1] if parts else None
        if last and last[0].key == row.key and row.time - last[-1].time < GAP and row.time - last[0].time < LONGEST:
            last.append(row)
        else:
            parts.append([row])
    return [part for part in parts if SINCE <= part[0].time < UNTIL]


def path_of(part: list[Event], collapse: bool, from_start: bool, to_end: bool) -> list[Event] | None:
    first = next((at for at, row in enumerate(part) if row.start), None) if from_start else 0
    if first is None:
        return None
    last = len(part) - 1
    if to_end:
        ends = [at for at, row in enumerate(part) if row.end and at >= first + (1 if from_start else 0)]
        if not ends:
            return None
        last = ends[0]
    path = part[first : last + 1]
    if collapse:
        path = [row for at, row in enumerate(path) if at == 0 or row.node != path[at - 1].node]
    return path


def walk(
    rows: list[Event], steps: int, collapse: bool, from_start: bool, to_end: bool
) -> dict[tuple[int, int, int], list[tuple[int, int]]]:
    """Of each edge whose it is, and how long it took."""
    edges: dict[tuple[int, int, int], list[tuple[int, int]]] = defaultdict(list)
    for part in parts_of(rows, from_start, to_end):
        path = path_of(part, collapse, from_start, to_end)
        if path is None:
            continue
        nodes, times, number = [row.node for row in path], [row.time for row in path], 1
        if to_end and not from_start:
            nodes, times = nodes[-steps:], times[-steps:]
            number = steps - len(nodes) + 1
        elif to_end and len(nodes) > steps:
            nodes, times = [*nodes[: steps - 2], SKIPPED, nodes[-1]], [*times[: steps - 1], times[-1]]
        nodes, times = nodes[:steps], times[:steps]
        key = part[0].key
        edges[number - 1, ENTRY, nodes[0]].append((key, 0))
        for at in range(len(nodes) - 1):
            edges[number + at, nodes[at], nodes[at + 1]].append((key, times[at + 1] - times[at]))
        if not to_end and len(nodes) < steps:
            edges[number + len(nodes) - 1, nodes[-1], OPEN if part[-1].time + GAP > NOW else LEFT].append((key, 0))
    return edges


WALKED = {"gap_us": GAP, "longest_us": LONGEST, "since_us": SINCE, "until_us": UNTIL, "now_us": NOW}


@settings(max_examples=150, deadline=None)
@given(st.lists(events, max_size=16), st.integers(3, 5), st.booleans(), st.booleans(), st.booleans(), st.randoms())
def test_every_edge_is_what_walking_finds(
    rows: list[Event], steps: int, collapse: bool, from_start: bool, to_end: bool, random: Any
) -> None:
    expected = {
        edge: (len(walked), len({key for key, _ in walked}), sum(us for _, us in walked))
        for edge, walked in walk(rows, steps, collapse, from_start, to_end).items()
    }
    random.shuffle(rows)
    found = count_edges(
        as_table(rows), steps=steps, collapse=collapse, from_start=from_start, to_end=to_end, **WALKED
    ).to_pylist()
    told = {(row["step"], row["source"], row["target"]): (row["paths"], row["people"], row["us"]) for row in found}
    whole = told.pop((WHOLE, ENTRY, ENTRY), (0, 0, 0))
    assert told == expected
    entered = [
        one
        for edge, walked in walk(rows, steps, collapse, from_start, to_end).items()
        for one in walked
        if edge[1] == ENTRY
    ]
    assert whole == (len(entered), len({key for key, _ in entered}), 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(events, max_size=12), st.sets(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=5))
def test_nodes_that_are_not_kept_are_one(rows: list[Event], kept: set[tuple[int, int]]) -> None:
    def fold(step: int, node: int) -> int:
        return node if node < 0 or (step, node) in kept else OTHER

    expected: dict[tuple[int, int, int], set[int]] = defaultdict(set)
    for (step, source, target), walked in walk(rows, 4, False, False, False).items():
        expected[step, fold(step, source), fold(step + 1, target)] |= {key for key, _ in walked}

    walked = {**WALKED, "steps": 4, "collapse": False, "from_start": False, "to_end": False, "kept": frozenset(kept)}
    found = count_edges(as_table(rows), **walked).to_pylist()
    told = {(row["step"], row["source"], row["target"]): row["people"] for row in found if row["step"] != WHOLE}
    assert told == {edge: len(people) for edge, people in expected.items()}
    for (step, source, target), people in expected.items():
        behind = find_people(as_table(rows), step=step, source=source, target=target, **walked)
        assert behind.column("profile_key").to_pylist() == sorted(people)


@pytest.mark.parametrize("number", [2, 3])
def test_a_long_path_keeps_both_ends(number: int) -> None:
    rows = [Event(1, at, at, at == 0, at == number + 1) for at in range(number + 2)]
    found = count_edges(
        as_table(rows), steps=3, collapse=False, from_start=True, to_end=True, **{**WALKED, "since_us": 0}
    ).to_pylist()
    assert [(row["step"], row["source"], row["target"], row["us"]) for row in found[:-1]] == [
        (0, ENTRY, 0, 0),
        (1, 0, SKIPPED, 1),
        (2, SKIPPED, number + 1, number),
    ]
