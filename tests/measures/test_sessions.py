"""Sessions are those that going through a person's events one by one finds."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.sessions import BY_LABEL, BY_PERIOD, IN_ALL, WHOLE, find_people, summarise


class Event(NamedTuple):
    key: int
    time: int
    page: bool
    goal: bool
    label: str | None
    session: str


GAP, LONGEST = 10, 25
SECOND = 1_000_000

events = st.builds(
    Event,
    st.integers(1, 3),
    st.integers(0, 60),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["app", "web", "あ", None]),
    st.sampled_from("xy"),
)


def as_table(rows: Iterable[Event]) -> pa.Table:
    names = ["profile_key", "time_us", "is_page", "is_goal", "label", "session_id"]
    listed = [(row.key, row.time * SECOND, *row[2:]) for row in rows]
    kinds = [pa.int64(), pa.int64(), pa.bool_(), pa.bool_(), pa.string(), pa.string()]
    return pa.table([pa.array([row[at] for row in listed], kind) for at, kind in enumerate(kinds)], names=names)


def order(label: str | None) -> tuple[bool, str]:
    return label is None, label or ""


def cut(rows: list[Event], by_id: bool, label_of_person: bool) -> list[list[Event]]:
    """Sessions as lists of events in their order."""

    def whose(row: Event) -> tuple[Any, ...]:
        own = (order(row.label),) if label_of_person else ()
        return row.key, *own, *((row.session,) if by_id else ())

    found: list[list[Event]] = []
    for _, group in groupby(sorted(rows, key=lambda row: (*whose(row), row.time, order(row.label))), whose):
        sessions: list[list[Event]] = []
        for row in group:
            last = sessions[-1] if sessions else None
            if last and (by_id or (row.time - last[-1].time < GAP and row.time - last[0].time < LONGEST)):
                last.append(row)
            else:
                sessions.append([row])
        found += sessions
    return found


def tell(sessions: list[list[Event]]) -> dict[str, int]:
    lasting = [session for session in sessions if len(session) > 1]
    return {
        "sessions": len(sessions),
        "people": len({session[0].key for session in sessions}),
        "events": sum(map(len, sessions)),
        "pages": sum(row.page for session in sessions for row in session),
        "bounces": sum(len(session) == 1 and session[0].page for session in sessions),
        "goals": sum(any(row.goal for row in session) for session in sessions),
        "lasting": len(lasting),
        "dwell_us": sum(session[-1].time - session[0].time for session in lasting) * SECOND,
    }


@settings(max_examples=120, deadline=None)
@given(st.lists(events, max_size=14), st.booleans(), st.randoms())
def test_every_cell_is_what_counting_finds(rows: list[Event], by_id: bool, random: Any) -> None:
    sessions = [one for one in cut(rows, by_id, False) if 10 <= one[0].time < 50]
    cells: dict[tuple[int, int, str | None], list[list[Event]]] = defaultdict(list)
    for one in sessions:
        cells[BY_PERIOD, int(one[0].time >= 30), one[0].label].append(one)
        cells[BY_LABEL, -1, one[0].label].append(one)
        cells[IN_ALL, -1, None].append(one)

    random.shuffle(rows)
    found = summarise(
        as_table(rows),
        bounds_us=(0, 30 * SECOND, 60 * SECOND),
        since_us=10 * SECOND,
        until_us=50 * SECOND,
        gap_us=GAP * SECOND,
        longest_us=LONGEST * SECOND,
        by_id=by_id,
        label_of_person=False,
    ).to_pylist()

    whole = {(row["grain"], row["bucket"], row["label"]): row for row in found if row["dwell_s"] == WHOLE}
    assert {cell: {name: row[name] for name in tell([])} for cell, row in whole.items()} == {
        cell: tell(inside) for cell, inside in cells.items()
    }
    lengths = sorted(session[-1].time - session[0].time for session in sessions if len(session) > 1)
    told = [(row["dwell_s"], row["sessions"]) for row in found if row["grain"] == IN_ALL and row["dwell_s"] >= 0]
    assert [length for length, often in told for _ in range(often)] == lengths


@settings(max_examples=60, deadline=None)
@given(st.lists(events, max_size=12), st.sampled_from(["any", "bounce", "goal"]), st.sampled_from([None, "app", "web"]))
def test_the_people_behind_a_label(rows: list[Event], kind: str, label: str | None) -> None:
    wanted = {
        "any": lambda one: True,
        "bounce": lambda one: len(one) == 1 and one[0].page,
        "goal": lambda one: any(row.goal for row in one),
    }[kind]
    expected = {
        one[0].key for one in cut(rows, False, False) if one[0].time < 40 and one[0].label == label and wanted(one)
    }
    found = find_people(
        as_table(rows),
        since_us=0,
        until_us=40 * SECOND,
        gap_us=GAP * SECOND,
        longest_us=LONGEST * SECOND,
        by_id=False,
        label_of_person=False,
        labels=(label,),
        kind=kind,
    )
    assert found.column("profile_key").to_pylist() == sorted(expected)


def test_who_has_two_labels_counts_in_both_and_once_in_all() -> None:
    rows = [Event(1, 0, True, False, label, "x") for label in ("a", "b")] + [Event(2, 0, True, False, "b", "x")]
    found = summarise(
        as_table(rows),
        bounds_us=(0, SECOND),
        since_us=0,
        until_us=SECOND,
        gap_us=GAP * SECOND,
        longest_us=LONGEST * SECOND,
        by_id=False,
        label_of_person=True,
    ).to_pylist()
    told = {(row["grain"], row["label"]): (row["sessions"], row["people"], row["bounces"]) for row in found}
    assert told[BY_LABEL, "a"] == (1, 1, 1)
    assert told[BY_LABEL, "b"] == (2, 2, 2)
    assert told[IN_ALL, None] == (2, 2, 2)
