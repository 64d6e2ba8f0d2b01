"""Compaction: order, duplicates, erasure, races and crashes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kizuna.adapters.lake import compact as compaction
from kizuna.adapters.lake.compact import Work, compact_table, compact_tables, merge_small
from kizuna.adapters.lake.core import LakeCore
from kizuna.kernel.errors import Conflict
from kizuna.kernel.lake import LOAD_APP, Compacted, table_schema
from tests.adapters.lake.rows import DAY_ONE, event, first_received, identities, read_rows, table_of


def compact(core: LakeCore, **work: Any) -> Compacted:
    return compact_table(core.table(1, "events"), Work(**work))


def load(core: LakeCore, number: int, *rows: dict[str, Any]) -> None:
    core.append(1, "events", table_of(row | {"load_id": number} for row in rows), number, LOAD_APP)


def test_many_files_become_one_sorted_file(core: LakeCore) -> None:
    for number in range(12):
        load(
            core, number, *(event(f"{number}-{i}", key=(i * 7 + number) % 20, name_id=i % 3, day=i) for i in range(20))
        )
    done = compact(core)
    assert (done.files_before, done.files_after, done.rows) == (12, 1, 240)
    rows = [(row["name_id"], row["key"], row["time"]) for row in read_rows(core)]
    assert rows == sorted(rows)
    table = core.table(1, "events")
    snapshot = table.snapshot()
    assert snapshot is not None
    groups = pq.ParquetFile(table.folder.open_input(snapshot.files[0].path)).metadata
    assert groups.num_row_groups == 3


def test_the_first_received_stays_also_across_months(core: LakeCore) -> None:
    load(core, 1, event("a", day=40, received=5), event("b", day=1, received=1))
    load(core, 2, event("a", day=2, received=3), event("b", day=1, received=9), event("b", day=1, source_id=2))
    done = compact(core)
    assert (done.duplicates_dropped, done.rows) == (2, 3)
    assert {(r["source_id"], r["message_id"], r["received_at"]) for r in read_rows(core)} == {
        (1, "a", DAY_ONE + timedelta(seconds=3)),
        (1, "b", DAY_ONE + timedelta(seconds=1)),
        (2, "b", DAY_ONE),
    }


def test_a_repetition_of_a_compacted_event_goes(core: LakeCore) -> None:
    load(core, 1, event("a", day=1, received=1))
    compact(core)
    load(core, 2, event("a", day=70, received=2), event("b", day=70))
    assert compact(core).duplicates_dropped == 1
    assert [row["message_id"] for row in sorted(read_rows(core), key=lambda r: r["message_id"])] == ["a", "b"]


def test_an_earlier_received_event_that_loads_later_takes_the_place(core: LakeCore) -> None:
    load(core, 1, event("a", day=1, received=10))
    compact(core)
    load(core, 2, event("a", day=70, received=1))
    compact(core)
    assert [row["received_at"] for row in read_rows(core)] == [DAY_ONE + timedelta(seconds=1)]


def test_one_month_alone_is_compared_with_all(core: LakeCore) -> None:
    load(core, 1, event("a", day=1), event("c", day=2))
    load(core, 2, event("a", day=40, received=5), event("b", day=40))
    done = compact(core, month="2026-02")
    assert (done.months, done.duplicates_dropped) == (1, 1)
    assert sorted(row["message_id"] for row in read_rows(core)) == ["a", "b", "c"]


def test_a_month_is_not_written_anew_for_a_few_rows(core: LakeCore) -> None:
    load(core, 1, *(event(f"m{i}") for i in range(500)))
    compact(core)
    load(core, 2, event("late"))
    assert compact(core).rows == 1
    for number in range(3, 15):
        load(core, number, event(f"late-{number}"))
        compact(core)
    state = core.table_state(1, "events")
    assert state is not None
    assert (state.rows, state.files <= compaction.GENERATIONS_MAX) == (513, True)


def test_nothing_to_do_writes_nothing(core: LakeCore) -> None:
    assert compact(core) == Compacted()
    load(core, 1, event("a"))
    compact(core)
    before = core.table_state(1, "events")
    assert compact(core) == Compacted()
    assert core.table_state(1, "events") == before


def test_small_files_are_joined_when_they_pile_up(core: LakeCore) -> None:
    for number in range(7):
        load(core, number, event(f"m{number}"))
    assert merge_small(core.table(1, "events"), Work()) == Compacted()
    load(core, 7, event("m7"))
    done = merge_small(core.table(1, "events"), Work())
    assert (done.files_before, done.files_after, done.rows) == (8, 1, 8)
    assert compact(core).rows == 8


def test_a_row_is_not_joined_anew_with_every_few_that_come(core: LakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "MERGE_FILES_MIN", 3)
    table = core.table(1, "events")
    written = 0
    for number in range(81):
        load(core, number, event(f"m{number}"))
        if number % 3 == 2:
            written += merge_small(table, Work()).rows
    state = core.table_state(1, "events")
    assert state is not None
    assert state.rows == 81
    assert state.files <= 6
    assert written <= 4 * 81


def test_more_runs_than_are_merged_at_once(core: LakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kizuna.adapters.lake.runs.FAN_IN_MAX", 4)
    for number in range(19):
        load(core, number, *(event(f"{number}-{i}", key=i, name_id=i % 3) for i in range(5)))
    assert compact(core).rows == 95
    assert len(read_rows(core)) == 95


def test_erased_keys_go_from_all_months_and_indexes(core: LakeCore) -> None:
    load(core, 1, event("a", key=1), event("b", key=2), event("c", key=1, day=40))
    compact(core)
    load(core, 2, event("d", key=1), event("e", key=3))
    done = compact(core, drop_keys=(1,))
    assert (done.erased, done.duplicates_dropped) == (3, 0)
    assert sorted(row["message_id"] for row in read_rows(core)) == ["b", "e"]
    assert core.read_timeline(1, [1], **PAGE) == []


def test_a_month_that_is_erased_whole_is_gone(core: LakeCore, tmp_path: Path) -> None:
    load(core, 1, event("a", key=1), event("b", key=2, day=40))
    compact(core, drop_keys=(1,))
    assert [row["message_id"] for row in read_rows(core)] == ["b"]
    core.vacuum(1, 0)
    assert not list((tmp_path / "lake").rglob("month=2026-01/*"))


def test_progress_is_told_and_a_stop_leaves_the_table_readable(core: LakeCore) -> None:
    for month in range(3):
        load(core, month, *(event(f"{month}-{i}", day=month * 31) for i in range(10)))
    steps: list[tuple[int, int]] = []
    done = compact(core, progress=lambda a, b: steps.append((a, b)), stop=lambda: bool(steps) and steps[-1][0] >= 20)
    assert (done.stopped, done.months, steps[-1]) == (True, 2, (20, 30))
    assert len(read_rows(core)) == 30
    assert compact(core).rows == 10


def profile(key: int, version: int, name: str, *, deleted: bool = False) -> dict[str, Any]:
    texts = {"profile_id": f"p{key}", "traits": "{}", "identifiers": "[]"}
    return {"profile_key": key, "version": version, "name": name, "deleted": deleted, "identified": True, **texts}


def test_profiles_and_aliases_keep_the_latest_of_each_key(core: LakeCore) -> None:
    for version in range(1, 4):
        rows = [profile(key, version, f"v{version}") for key in range(1, 4) if key >= version]
        core.append(1, "profiles", pa.Table.from_pylist(rows, table_schema("profiles")), None, LOAD_APP)
    alias = {"key": [5, 5], "profile_key": [2, 1], "version": [1, 2]}
    core.append(1, "aliases", pa.table(alias, table_schema("aliases")), None, LOAD_APP)
    compact_tables(lambda name: core.table(1, name), Work())
    table = core.table(1, "profiles")
    snapshot = table.snapshot()
    assert snapshot is not None
    rows = pq.ParquetFile(table.folder.open_input(snapshot.files[0].path)).read().to_pylist()
    assert [(row["profile_key"], row["name"]) for row in rows] == [(1, "v1"), (2, "v2"), (3, "v3")]
    aliases = core.table_state(1, "aliases")
    assert aliases is not None
    assert (aliases.rows, aliases.files) == (1, 1)


def test_an_append_during_a_compaction_is_not_lost(core: LakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    load(core, 1, event("a"), event("b"))
    real = compaction.write_index

    def write_then_append(*args: Any) -> None:
        real(*args)
        load(LakeCore(core.storage.url, None, 256), 2, event("c"))

    monkeypatch.setattr(compaction, "write_index", write_then_append)
    compact(core)
    assert sorted(row["message_id"] for row in read_rows(core)) == ["a", "b", "c"]


def test_of_two_compactions_of_the_same_files_one_wins(core: LakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    load(core, 1, event("a"), event("b"))
    real = compaction.write_index
    other = LakeCore(core.storage.url, None, 256)
    rounds: list[int] = []

    def let_the_other_win(*args: Any) -> None:
        real(*args)
        monkeypatch.setattr(compaction, "write_index", real)
        rounds.append(1)
        compact(other)

    monkeypatch.setattr(compaction, "write_index", let_the_other_win)
    assert compact(core) == Compacted()
    assert rounds == [1]
    assert sorted(row["message_id"] for row in read_rows(core)) == ["a", "b"]
    assert len(list(Path(core.storage.url).rglob("sorted-*.parquet"))) == 1


def test_a_compaction_that_is_always_outrun_gives_up(core: LakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    load(core, 1, event("a"))

    def always_outrun(*args: Any, **options: Any) -> int:
        raise Conflict("lake_compaction_outrun", "outrun")

    monkeypatch.setattr("kizuna.adapters.lake.tables.Table.replace", always_outrun)
    with pytest.raises(Conflict):
        compact(core)


def compact_and_die(url: str) -> None:
    def die(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    compaction.write_index = die
    compact_table(LakeCore(url, None, 256).table(1, "events"), Work())


def test_a_killed_compaction_leaves_a_readable_table_and_orphans_for_vacuum(core: LakeCore, tmp_path: Path) -> None:
    load(core, 1, event("a"), event("b"))
    child = multiprocessing.get_context("spawn").Process(target=compact_and_die, args=(core.storage.url,))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert len(read_rows(core)) == 2
    assert len(list((tmp_path / "lake").rglob("sorted-*.parquet"))) == 1
    assert core.vacuum(1, 0) == 1
    assert compact(core).rows == 2
    assert len(read_rows(core)) == 2


PAGE: dict[str, Any] = {
    "before": None,
    "limit": 100,
    "names": (),
    "touchpoints": (),
    "since": None,
    "until": None,
}

one_event = st.builds(
    event,
    st.sampled_from("abcdefgh"),
    key=st.integers(0, 5),
    name_id=st.integers(0, 2),
    day=st.integers(0, 80),
    source_id=st.integers(1, 2),
    received=st.integers(0, 50),
)
steps = st.lists(
    st.one_of(
        st.lists(one_event, min_size=1, max_size=8),
        st.sampled_from(["compact", "month", "merge", "repeat", "race", "vacuum"]),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_any_history_ends_as_the_naive_model(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    core = LakeCore(str(tmp_path_factory.mktemp("lake")), None, 256)
    sent: list[dict[str, Any]] = []
    number = 0
    for step in steps:
        if isinstance(step, list):
            number += 1
            rows = [row | {"load_id": number} for row in step]
            sent += rows
            load(core, number, *rows)
        elif step == "repeat" and number:
            load(core, number, event("never-written"))
        elif step == "race":
            number += 1
            rows = [event(f"race-{number}", day=3, load_id=number), event("a", day=3, received=60, load_id=number)]
            sent += rows
            other = LakeCore(core.storage.url, None, 256)
            racer = threading.Thread(target=load, args=(other, number, *rows))
            racer.start()
            compact(core)
            racer.join()
        elif step == "merge":
            merge_small(core.table(1, "events"), Work())
        elif step == "vacuum":
            core.vacuum(1, 24)
        else:
            compact(core, month="2026-02" if step == "month" else None)
    compact(core)
    assert identities(read_rows(core)) == sorted(first_received(sent))
    shown = core.read_timeline(1, range(6), **PAGE)
    assert len(shown) == len(first_received(sent))
