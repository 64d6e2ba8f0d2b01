"""The timeline of a profile: newest first, paged, filtered, whatever state the files are in."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kizuna.adapters.lake import timeline_index
from kizuna.adapters.lake.compact import Work, compact_table, merge_small
from kizuna.adapters.lake.core import LakeCore
from kizuna.kernel.lake import LOAD_APP, TimelineEvent
from tests.adapters.lake.rows import DAY_ONE, NAMES, event, table_of


def page(core: LakeCore, *keys: int, **asked: Any) -> list[TimelineEvent]:
    defaults: dict[str, Any] = {
        "before": None,
        "limit": 50,
        "names": (),
        "touchpoints": (),
        "since": None,
        "until": None,
    }
    return core.read_timeline(1, keys, **(defaults | asked))


def ids(events: list[TimelineEvent]) -> list[str]:
    return [e.message_id for e in events]


@pytest.fixture(params=["fresh", "merged", "sorted", "sorted without index", "mixed"])
def filled(core: LakeCore, request: pytest.FixtureRequest) -> LakeCore:
    """One event a day for 60 days, of keys 1 and 2 in turn, in files of every state."""
    touchpoints = ("web", "store", "app")
    rows = [event(f"m{i:02}", day=i, key=1 + i % 2, name_id=i % 3, touchpoint=touchpoints[i % 3]) for i in range(60)]
    random.Random(4).shuffle(rows)
    table = core.table(1, "events")
    for at in range(0, 60, 6):
        core.append(1, "events", table_of(rows[at : at + 6]), at, LOAD_APP)
        if request.param == "mixed" and at == 30:
            compact_table(table, Work())
    if request.param == "merged":
        merge_small(table, Work())
    if request.param.startswith("sorted"):
        compact_table(table, Work())
    if request.param == "sorted without index":
        for path, _ in table.folder.list(timeline_index.INDEX_FOLDER):
            table.folder.delete(path)
    return core


def test_newest_first_and_complete(filled: LakeCore) -> None:
    assert ids(page(filled, 1, 2, limit=100)) == [f"m{i:02}" for i in range(59, -1, -1)]
    assert ids(page(filled, 1)) == [f"m{i:02}" for i in range(58, -1, -2)]
    assert page(filled, 3) == []
    assert page(filled) == []


def test_pages_follow_each_other(filled: LakeCore) -> None:
    shown: list[str] = []
    before = None
    while events := page(filled, 1, 2, limit=7, before=before):
        shown += ids(events)
        before = (events[-1].time, events[-1].message_id)
    assert shown == [f"m{i:02}" for i in range(59, -1, -1)]


def test_filters(filled: LakeCore) -> None:
    assert ids(page(filled, 1, 2, names=(NAMES[2],), limit=2)) == ["m59", "m56"]
    assert ids(page(filled, 1, 2, touchpoints=("store",), limit=2)) == ["m58", "m55"]
    assert page(filled, 1, 2, names=("Never Seen",)) == []
    since, until = DAY_ONE + timedelta(days=10), DAY_ONE + timedelta(days=13)
    assert ids(page(filled, 1, 2, since=since, until=until)) == ["m12", "m11", "m10"]


def test_an_event_is_shown_once_even_before_compaction(core: LakeCore) -> None:
    for load in (1, 2):
        core.append(1, "events", table_of([event("a", load_id=load), event("b", day=1)]), load, LOAD_APP)
    assert ids(page(core, 1)) == ["b", "a"]


def test_events_of_the_same_moment_page_by_message_id(core: LakeCore) -> None:
    core.append(1, "events", table_of(event(f"m{i}", day=1) for i in range(5)), 1, LOAD_APP)
    first = page(core, 1, limit=2)
    rest = page(core, 1, before=(first[-1].time, first[-1].message_id))
    assert ids(first) + ids(rest) == ["m4", "m3", "m2", "m1", "m0"]


def test_one_key_with_very_many_events(core: LakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A robot's page reads a few blocks, not all of them."""
    rows = [event(f"m{i:05}", key=7, day=i / 1000) for i in range(8000)]
    core.append(1, "events", table_of([*rows, event("other", key=8), event("first", key=6)]), 1, LOAD_APP)
    compact_table(core.table(1, "events"), Work())
    assert len(page(core, 7)) == 50
    blocks: list[Any] = []
    real = timeline_index.TimelineIndex.read_newest

    def count(*args: Any) -> Any:
        for block in real(*args):
            blocks.append(block)
            yield block

    monkeypatch.setattr(timeline_index.TimelineIndex, "read_newest", count)
    newest = page(core, 7)
    older = page(core, 7, before=(newest[-1].time, newest[-1].message_id), limit=10)
    assert (newest[0].message_id, older[0].message_id, len(blocks) <= 4) == ("m07999", "m07949", True)


def test_values_come_as_they_were_stored(core: LakeCore) -> None:
    core.append(1, "events", table_of([event("a", properties='{"name":"絆"}', session_id="s1")]), 1, LOAD_APP)
    found = page(core, 1)[0]
    assert (bytes(found.properties).decode(), found.session_id, found.key) == ('{"name":"絆"}', "s1", 1)
    assert (found.time, found.time.utcoffset()) == (DAY_ONE, timedelta(0))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), max_size=40),
    compact_at=st.integers(0, 40),
    limit=st.integers(1, 9),
    keys=st.sets(st.integers(0, 3), min_size=1),
)
def test_paging_shows_every_event_once(
    tmp_path_factory: pytest.TempPathFactory,
    events: list[tuple[int, int]],
    compact_at: int,
    limit: int,
    keys: set[int],
) -> None:
    core = LakeCore(str(tmp_path_factory.mktemp("lake")), None, 256)
    rows = [event(f"m{i}", day=day * 2, key=key) for i, (day, key) in enumerate(events)]
    core.append(1, "events", table_of(rows[:compact_at]), 1, LOAD_APP)
    compact_table(core.table(1, "events"), Work())
    core.append(1, "events", table_of(rows[compact_at:]), 2, LOAD_APP)
    shown: list[tuple[Any, str]] = []
    before = None
    while found := page(core, *keys, limit=limit, before=before):
        shown += [(e.time, e.message_id) for e in found]
        before = shown[-1]
    wanted = [(row["time"], row["message_id"]) for row in rows if row["key"] in keys]
    assert shown == sorted(wanted, reverse=True)
