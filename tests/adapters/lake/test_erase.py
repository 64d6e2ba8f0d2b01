"""Erasure: nothing of the erased is left in any file, nothing of others is lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kizuna.adapters.lake import compact as compaction
from kizuna.adapters.lake import erase as erasure
from kizuna.adapters.lake import layout, splice, timeline_index
from kizuna.adapters.lake.compact import Work, compact_table, compact_tables, merge_small
from kizuna.adapters.lake.core import LakeCore
from kizuna.adapters.lake.tables import Table
from kizuna.kernel.errors import Conflict, Unavailable
from kizuna.kernel.lake import LOAD_APP, Erased, table_schema
from tests.adapters.lake.rows import DAY_ONE, NAMES, event, read_rows, table_of
from tests.adapters.lake.search import search_folder
from tests.adapters.lake.test_timeline import page

TEXTS = ("ada@aoyama.example", "anon-4711", "090-1234-5678", "message-of-ada")
ADA, BEN = 4711, 4712


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small that one file has groups and blocks to copy beside those to write anew."""
    for module in (layout, compaction, splice):
        monkeypatch.setattr(module, "ROW_GROUP_ROWS", 16)
    monkeypatch.setattr(timeline_index, "BLOCK_ROWS", 8)
    monkeypatch.setattr(timeline_index, "SEGMENT_BYTES", 8_000)


def erase(core: LakeCore, *keys: int, **options: Any) -> Erased:
    return core.erase_keys(1, keys, options.pop("received_before", None), **options)


def load(core: LakeCore, number: int, *rows: dict[str, Any]) -> None:
    core.append(1, "events", table_of(row | {"load_id": number} for row in rows), number, LOAD_APP)


def of_ada(number: int, **values: Any) -> dict[str, Any]:
    texts = {
        "user_id": TEXTS[0],
        "anonymous_id": TEXTS[1],
        "identifiers": f'[["email","{TEXTS[0]}"],["phone","{TEXTS[2]}"]]',
        "properties": f'{{"phone":"{TEXTS[2]}"}}',
        "context": f'{{"mail":"{TEXTS[0]}"}}',
        "session_id": TEXTS[1],
    }
    return event(f"{TEXTS[3]}-{number}", key=ADA, **(texts | values))


def others(number: int, count: int = 60, **values: Any) -> list[dict[str, Any]]:
    return [
        event(f"{number}-{i}", key=4680 + i, name_id=i % 3, user_id=f"user-{i}", properties=f'{{"n":{i}}}', **values)
        for i in range(count)
        if 4680 + i != ADA
    ]


def add_profiles(core: LakeCore) -> None:
    for version in (1, 2):
        rows = [
            {"profile_key": key, "profile_id": f"p-{name}", "name": name, "identified": True, "traits": "{}"}
            | {"identifiers": f'["{name}"]', "deleted": False, "version": version}
            for key, name in ((ADA, TEXTS[0]), (BEN, "ben"))
        ]
        core.append(1, "profiles", pa.Table.from_pylist(rows, table_schema("profiles")), None, LOAD_APP)
    alias = {"key": [99, BEN, 7], "profile_key": [ADA, ADA, BEN], "version": [1, 2, 3]}
    core.append(1, "aliases", pa.table(alias, table_schema("aliases")), None, LOAD_APP)


def fill(core: LakeCore) -> None:
    """Files of every kind: sorted, joined, fresh, of older versions; a checkpoint; early and late events."""
    load(core, 1, *others(1), *others(2, day=40), of_ada(1), of_ada(2, day=40, name_id=2))
    compact_table(core.table(1, "events"), Work())
    for number in range(3, 12):
        load(core, number, *others(number, 5), of_ada(number, name_id=number % 3))
    merge_small(core.table(1, "events"), Work())
    for number in range(12, 22):
        load(core, number, of_ada(number, day=4000, name_id=1), *others(number, 3))
    load(core, 22, of_ada(22, day=-9000), of_ada(23, received=99))
    add_profiles(core)
    compact_tables(lambda name: core.table(1, name), Work(month="2026-02"))


def leave_behind(core: LakeCore) -> None:
    """What killed processes leave: a load and an index that were not committed, a file that is not whole."""
    folder = core.table(1, "events").folder
    root = Path(core.storage.url) / "ws=1" / "events"
    (file,) = layout.write_run(folder, layout.LAYOUTS["events"], "2026-03", "load-77-left", [narrow(of_ada(77))])
    timeline_index.write_index(folder, "month=2026-03/load-77-left", [file], None)
    whole = (root / file.path).read_bytes()
    (root / "month=2026-03" / "sorted-torn-0.parquet").write_bytes(whole[: len(whole) // 2])


def narrow(*rows: dict[str, Any]) -> pa.Table:
    return table_of(rows).drop_columns(["month"])


def test_nothing_of_the_erased_is_in_any_file(core: LakeCore, tmp_path: Path) -> None:
    fill(core)
    leave_behind(core)
    kept = sorted((row for row in read_rows(core) if row["key"] != ADA), key=str)
    assert len(search_folder(tmp_path, TEXTS)) > 10
    assert len(search_folder(tmp_path, keys=[ADA])) > 10

    done = erase(core, ADA, 99)

    assert search_folder(tmp_path, TEXTS, [ADA]) == []
    assert sorted(read_rows(core), key=str) == kept
    assert (done.events, done.profiles, done.aliases) == (23, 1, 2)
    assert 0 < done.files_rewritten < done.files_deleted
    assert page(core, ADA) == []
    assert len(page(core, *range(4680, 4740), limit=1000)) == len({(r["source_id"], r["message_id"]) for r in kept})
    assert erase(core, ADA, 99) == Erased()


def test_older_versions_cannot_be_read_any_more(core: LakeCore) -> None:
    fill(core)
    table = core.table(1, "events")
    snapshot = table.snapshot()
    assert snapshot is not None
    erase(core, ADA)
    for version in (1, snapshot.version):
        with pytest.raises((OSError, pa.ArrowException)):
            DeltaTable(table.folder.url, version=version).to_pyarrow_table()
    present = DeltaTable(table.folder.url).to_pyarrow_table()
    assert ADA not in present.column("key").to_pylist()
    assert present.num_rows == len(read_rows(core))


def test_the_log_says_nothing_of_keys_or_texts(core: LakeCore, tmp_path: Path) -> None:
    """Not even before an erasure: the log outlives the files it tells of."""
    fill(core)
    log = tmp_path / "lake" / "ws=1" / "events" / "_delta_log"
    assert list(log.glob("*.checkpoint.parquet"))
    assert search_folder(log, TEXTS, [ADA]) == []
    assert search_folder(tmp_path / "lake" / "ws=1" / "profiles" / "_delta_log", TEXTS, [ADA]) == []


def test_sorted_files_stay_in_order_with_their_index(core: LakeCore, tmp_path: Path) -> None:
    load(core, 1, *others(1, 200), of_ada(1))
    compact_table(core.table(1, "events"), Work())
    before = core.table_state(1, "events")
    erase(core, ADA)
    after = core.table_state(1, "events")
    assert before is not None
    assert after is not None
    assert (after.files, after.rows, after.unmerged_files) == (before.files, before.rows - 1, 0)
    rows = [(row["name_id"], row["key"], row["time"]) for row in read_rows(core)]
    assert rows == sorted(rows)
    assert list(tmp_path.rglob("_timeline/**/*.npy"))
    assert [e.key for e in page(core, 4700)] == [4700]


def test_an_index_of_the_old_form_is_carried_over(core: LakeCore, tmp_path: Path) -> None:
    load(core, 1, *others(1, 100), of_ada(1))
    table = core.table(1, "events")
    compact_table(table, Work())
    snapshot = table.snapshot()
    assert snapshot is not None
    make_old_index(table, snapshot.files[0].generation)
    assert [e.key for e in page(core, 4700)] == [4700]
    erase(core, ADA)
    assert [e.key for e in page(core, 4700)] == [4700]
    assert list(tmp_path.rglob("*.arrows"))
    assert not list(tmp_path.rglob("*.arrow"))


def make_old_index(table: Table, generation: str) -> None:
    """As the first version wrote it: one Arrow file, and bounds without places."""
    import io

    import numpy as np

    index = timeline_index.TimelineIndex(table.folder, generation)
    blocks = [index.read_block(block) for block in range(index.blocks_n)]
    bounds = np.stack([*index.first, *index.last], axis=1)
    timeline_index.delete_index(table.folder, generation)
    with (
        table.folder.open_output(timeline_index.old_index_path(generation)) as sink,
        pa.ipc.new_file(sink, timeline_index.index_schema()) as writer,
    ):
        for block in blocks:
            writer.write_batch(block)
    held = io.BytesIO()
    np.save(held, bounds)
    with table.folder.open_output(timeline_index.keys_path(generation)) as sink:
        sink.write(held.getvalue())


IDENTIFIERS = (("email", TEXTS[0]), ("anonymous_id", TEXTS[1]), ("phone", TEXTS[2]), ("line_id", 'a"],["絆'))
AT_ADAS = {
    "user_id": "ben",
    "anonymous_id": TEXTS[1],
    "identifiers": f'[["user_id","ben"],["anonymous_id","{TEXTS[1]}"]]',
    "properties": '{"shared":1}',
}
"""What an event of Ben's holds that he sent from Ada's computer."""


def without_ada(row: dict[str, Any]) -> dict[str, Any]:
    left = {"anonymous_id": None, "identifiers": '[["user_id","ben"]]'} if row["anonymous_id"] == TEXTS[1] else {}
    return {name: value for name, value in (row | left).items() if name != "month"}


def test_others_stay_without_her_identifiers(core: LakeCore, tmp_path: Path) -> None:
    """In files of every kind, also where nothing of hers is beside them, and behind an open reader."""
    fill(core)
    load(core, 30, *others(30, day=90), event("at-adas-1", key=BEN, day=90, name_id=2, **AT_ADAS))
    compact_table(core.table(1, "events"), Work(month="2026-04"))
    load(core, 31, *others(31, 5, day=90), event("at-adas-2", key=BEN, day=90, name_id=2, **AT_ADAS))
    load(core, 32, of_ada(32, name_id=2), event("at-adas-3", key=BEN, name_id=2, **AT_ADAS))
    folder = core.table(1, "events").folder
    left_behind = narrow(event("at-adas-4", key=BEN, **AT_ADAS))
    layout.write_run(folder, layout.LAYOUTS["events"], "2026-03", "load-77-left", [left_behind])
    kept = [without_ada(row) for row in read_rows(core) if row["key"] != ADA]
    shown = page(core, BEN, limit=100)

    done = erase(core, ADA, 99, identifiers=IDENTIFIERS)

    assert search_folder(tmp_path, TEXTS, [ADA]) == []
    assert sorted(read_rows(core), key=str) == sorted(kept, key=str)
    assert len([row for row in kept if row["properties"] == '{"shared":1}']) == 3
    assert done.events == 24
    assert page(core, BEN, limit=100) == shown
    assert erase(core, ADA, 99, identifiers=IDENTIFIERS) == Erased()


@pytest.mark.parametrize(
    ("given", "left"),
    [
        # Spelt as it came, and normalised.
        (("ben", "ａｎｏｎ-4711 ", [["user_id", "ben"], ["anonymous_id", "anon-4711"]]), ("ben", None, "user_id")),
        (("ben", "own", [["anonymous_id", "anon-4711"], ["anonymous_id", "own"]]), ("ben", "own", "anonymous_id")),
        ((None, "own", [["email", TEXTS[0]]]), (None, "own", None)),
        (("ben", "own", [["line_id", 'a"],["絆'], ["user_id", "ben"]]), ("ben", "own", "user_id")),
        ((None, "anon-4711", None), (None, None, None)),
        # The same text as an identifier of another type is another's.
        (("anon-4711", TEXTS[0], [["user_id", "anon-4711"]]), ("anon-4711", TEXTS[0], "user_id")),
        (("ben", None, [["device_id", '"email","ada@aoyama.example"']]), ("ben", None, "device_id")),
    ],
)
def test_only_what_names_her_is_taken_out(core: LakeCore, given: tuple[Any, ...], left: tuple[Any, ...]) -> None:
    pairs = None if given[2] is None else msgspec.json.encode(given[2]).decode()
    load(core, 1, event("b", key=BEN, user_id=given[0], anonymous_id=given[1], identifiers=pairs), event("c", key=3))
    erase(core, ADA, identifiers=IDENTIFIERS)
    (row,) = [row for row in read_rows(core) if row["key"] == BEN]
    types = None if row["identifiers"] is None else msgspec.json.decode(row["identifiers"])[0][0]
    assert (row["user_id"], row["anonymous_id"], types) == left
    assert "anon-4711" not in (row["identifiers"] or "").replace('"user_id","anon-4711"', "")


def test_identifiers_alone_are_taken_out(core: LakeCore) -> None:
    """Of somebody without a node, and only from what was received before."""
    load(core, 1, event("old", key=BEN, received=10, **AT_ADAS), event("new", key=BEN, received=20, **AT_ADAS))
    bound = DAY_ONE + timedelta(seconds=20)
    assert erase(core, identifiers=IDENTIFIERS, received_before=bound).events == 0
    assert {row["message_id"]: row["anonymous_id"] for row in read_rows(core)} == {"old": None, "new": TEXTS[1]}


def test_what_was_received_later_stays(core: LakeCore) -> None:
    """Somebody who comes back after the request begins anew."""
    load(core, 1, event("old", key=ADA, received=10), event("same", key=ADA, received=20))
    load(core, 2, event("new", key=ADA, received=30, day=-50), event("ben", key=BEN, received=10))
    done = erase(core, ADA, received_before=DAY_ONE + timedelta(seconds=20))
    assert done.events == 1
    assert sorted(row["message_id"] for row in read_rows(core)) == ["ben", "new", "same"]


def test_a_lake_without_tables_and_nobody_to_erase(core: LakeCore) -> None:
    assert erase(core, ADA) == Erased()
    load(core, 1, of_ada(1))
    assert erase(core) == Erased()
    assert len(read_rows(core)) == 1
    assert erase(core, ADA).events == 1
    assert read_rows(core) == []


def test_a_file_at_work_is_left_alone(core: LakeCore) -> None:
    load(core, 1, of_ada(1))
    folder = core.table(1, "events").folder
    with folder.open_output("month=2026-01/sorted-now-0.parquet") as sink:
        sink.write(b"PAR1 half a file")
        sink.flush()
        erase(core, ADA)
        assert folder.exists("month=2026-01/sorted-now-0.parquet")
    erase(core, ADA)
    assert not folder.exists("month=2026-01/sorted-now-0.parquet")


def test_progress_and_stop(core: LakeCore, tmp_path: Path) -> None:
    for month in range(6):
        load(core, month, *others(month, 40, day=31 * month), of_ada(month, day=31 * month))
        compact_table(core.table(1, "events"), Work(month=None))
    total = len(read_rows(core))
    steps: list[tuple[int, int]] = []
    done = erase(core, ADA, progress=lambda a, b: steps.append((a, b)), stop=lambda: bool(steps))
    assert done.stopped
    assert done.events == 1
    assert len(read_rows(core)) == total - 1
    rest = erase(core, ADA, progress=lambda a, b: steps.append((a, b)))
    assert (rest.events, rest.stopped) == (5, False)
    assert steps[-1][0] == steps[-1][1]
    assert search_folder(tmp_path, TEXTS, [ADA]) == []


def test_an_append_during_an_erasure_is_not_lost(core: LakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    load(core, 1, of_ada(1), event("b", key=BEN))
    real = erasure.write_unit

    def append_first(*args: Any) -> Any:
        written = real(*args)
        load(LakeCore(core.storage.url, None, 256), 2, event("c", key=BEN))
        return written

    monkeypatch.setattr(erasure, "write_unit", append_first)
    erase(core, ADA)
    assert sorted(row["message_id"] for row in read_rows(core)) == ["b", "c"]


def test_a_compaction_that_is_first_is_followed(
    core: LakeCore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    load(core, 1, of_ada(1), event("b", key=BEN))
    real = erasure.write_unit

    def compact_first(*args: Any) -> Any:
        written = real(*args)
        monkeypatch.setattr(erasure, "write_unit", real)
        compact_table(LakeCore(core.storage.url, None, 256).table(1, "events"), Work())
        return written

    monkeypatch.setattr(erasure, "write_unit", compact_first)
    assert erase(core, ADA).events == 1
    assert [row["message_id"] for row in read_rows(core)] == ["b"]
    assert search_folder(tmp_path, TEXTS, [ADA]) == []


def test_an_erasure_that_is_always_outrun_gives_up(core: LakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    load(core, 1, of_ada(1))

    def always_outrun(*args: Any, **options: Any) -> int:
        raise Conflict("lake_compaction_outrun", "outrun")

    monkeypatch.setattr(Table, "replace", always_outrun)
    with pytest.raises(Conflict, match="again"):
        erase(core, ADA)


@pytest.mark.parametrize("step", ["find_duplicates", "write_run", "write_index"])
def test_a_compaction_cannot_bring_the_erased_back(
    core: LakeCore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str
) -> None:
    load(core, 1, of_ada(1), event("b", key=BEN))
    load(core, 2, of_ada(2), event("c", key=BEN))
    real = getattr(compaction, step)

    def erase_first(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(compaction, step, real)
        if step == "find_duplicates":  # its files go while it looks
            erase(LakeCore(core.storage.url, None, 256), ADA)
            return real(*args, **options)
        made = real(*args, **options)
        erase(LakeCore(core.storage.url, None, 256), ADA)
        return made

    monkeypatch.setattr(compaction, step, erase_first)
    assert compact_table(core.table(1, "events"), Work()).rows == 2
    assert sorted(row["message_id"] for row in read_rows(core)) == ["b", "c"]
    assert search_folder(tmp_path, TEXTS, [ADA]) == []


def test_a_load_whose_file_was_erased_is_refused(core: LakeCore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the rule a load of the erased was under way: better refused than a table nobody can read."""
    load(core, 1, event("b", key=BEN))
    real = Table.add

    def erase_first(self: Table, *args: Any) -> Any:
        monkeypatch.setattr(Table, "add", real)
        erase(LakeCore(core.storage.url, None, 256), ADA)
        return real(self, *args)

    monkeypatch.setattr(Table, "add", erase_first)
    with pytest.raises(Unavailable, match="again"):
        load(core, 2, of_ada(2))
    assert [row["message_id"] for row in read_rows(core)] == ["b"]


def erase_and_die(url: str, at: str) -> None:
    def die(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    places: dict[str, tuple[Any, str]] = {
        "index": ("kizuna.adapters.lake.rewrite", "write_index_without"),
        "commit": (Table, "replace"),
        "delete": (erasure, "delete_index"),
        "sweep": (erasure, "_sweep"),
    }
    place, name = places[at]
    if isinstance(place, str):
        from importlib import import_module

        place = import_module(place)
    setattr(place, name, die)
    LakeCore(url, None, 256).erase_keys(1, [ADA], None, IDENTIFIERS)


@pytest.mark.parametrize("at", ["index", "commit", "delete", "sweep"])
def test_a_killed_erasure_is_finished_by_the_next(core: LakeCore, tmp_path: Path, at: str) -> None:
    for number in (1, 2):
        load(core, number, *others(number, 40), of_ada(number), event(f"at-{number}", key=BEN, **AT_ADAS))
        compact_table(core.table(1, "events"), Work())
    kept = sorted((without_ada(row) for row in read_rows(core) if row["key"] != ADA), key=str)
    child = multiprocessing.get_context("spawn").Process(target=erase_and_die, args=(core.storage.url, at))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    erase(core, ADA, identifiers=IDENTIFIERS)
    assert search_folder(tmp_path, TEXTS, [ADA]) == []
    assert sorted(read_rows(core), key=str) == kept


def test_a_reader_lets_go_of_erased_files(core: LakeCore) -> None:
    load(core, 1, *others(1), of_ada(1))
    compact_table(core.table(1, "events"), Work())
    reader = LakeCore(core.storage.url, None, 256)
    assert [e.key for e in page(reader, ADA)] == [ADA]
    erase(core, ADA)
    assert page(reader, ADA) == []
    gone = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_open(fd)]
    assert not [name for name in gone if core.storage.url in name and name.endswith("(deleted)")]


def _is_open(fd: str) -> bool:
    return os.path.islink(f"/proc/self/fd/{fd}")


def test_timelines_and_erasures_at_once(core: LakeCore) -> None:
    for number in range(4):
        load(core, number, *others(number, day=number * 31), of_ada(number, day=number * 31))
        compact_table(core.table(1, "events"), Work())
    reader = LakeCore(core.storage.url, None, 256)
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                assert len(page(reader, 4700)) == 4
            except BaseException as error:
                failures.append(error)
                return

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for key in range(4701, 4709):
            erase(core, key)
    finally:
        done.set()
        thread.join()
    assert failures == []


def test_events_of_a_name_go_by_age(core: LakeCore, tmp_path: Path) -> None:
    rows = [event(f"m{i}", key=i % 4, name_id=i % 3, day=i, user_id=f"user-{i}") for i in range(90)]
    load(core, 1, *rows[:60])
    compact_table(core.table(1, "events"), Work())
    load(core, 2, *rows[60:])
    asked: dict[str, Any] = {"names": NAMES[:2], "before": DAY_ONE + timedelta(days=45)}
    old = [row for row in rows if row["name_id"] < 2 and row["time"] < asked["before"]]

    assert core.erase_events(1, **asked, keys=None, dry_run=True) == Erased(events=len(old))
    assert len(read_rows(core)) == 90
    some = core.erase_events(1, **asked, keys=[2], dry_run=False)
    assert some.events == len([row for row in old if row["key"] == 2])
    rest = core.erase_events(1, **asked, keys=None, dry_run=False)
    assert rest.events == len(old) - some.events
    wanted = {row["message_id"] for row in rows} - {row["message_id"] for row in old}
    assert {row["message_id"] for row in read_rows(core)} == wanted
    assert {e.message_id for e in page(core, 0, 1, 2, 3, limit=100)} == wanted
    assert search_folder(tmp_path, [f'{row["user_id"]}"' for row in old]) == []


one_event = st.builds(
    event,
    st.uuids().map(str),
    key=st.integers(0, 30),
    name_id=st.integers(0, 2),
    day=st.integers(0, 70),
    received=st.integers(0, 50),
    user_id=st.one_of(st.none(), st.sampled_from(["ada", "ben", "絆"])),
)
steps = st.lists(
    st.one_of(
        st.lists(one_event, min_size=1, max_size=60),
        st.sampled_from(["compact", "merge"]),
        st.sets(st.integers(0, 31), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=steps)
def test_erasing_is_filtering(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    root = tmp_path_factory.mktemp("lake")
    core = LakeCore(str(root), None, 256)
    model: list[dict[str, Any]] = []
    for number, step in enumerate(steps):
        if isinstance(step, list):
            load(core, number, *step)
            model += [row | {"load_id": number} for row in step]
        elif isinstance(step, set):
            left = [row for row in model if row["key"] not in step]
            assert erase(core, *step).events == len(model) - len(left)
            model = left
            assert search_folder(root, keys=step) == []
        elif step == "compact":
            compact_table(core.table(1, "events"), Work())
        else:
            merge_small(core.table(1, "events"), Work())
    for row in model:
        row.pop("month", None)
    assert sorted(read_rows(core), key=str) == sorted(model, key=str)
    shown = page(core, *range(31), limit=1000)
    assert sorted(e.message_id for e in shown) == sorted(row["message_id"] for row in model)
