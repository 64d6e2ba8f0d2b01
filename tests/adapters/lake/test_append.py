"""Loads: exactly once, many writers, nothing lost."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pyarrow as pa
import pytest

from kizuna.adapters.lake.core import LakeCore
from kizuna.kernel.errors import Invalid, Unavailable
from kizuna.kernel.lake import LOAD_APP
from tests.adapters.lake.rows import event, identities, read_rows, table_of


def test_a_load_is_written_once(core: LakeCore) -> None:
    rows = table_of([event("a"), event("b", day=40)])
    first = core.append(1, "events", rows, 5, LOAD_APP)
    again = core.append(1, "events", rows, 5, LOAD_APP)
    older = core.append(1, "events", rows, 4, LOAD_APP)
    assert (first.written, first.rows) == (True, 2)
    assert (again.written, again.rows, older.written) == (False, 0, False)
    assert len(read_rows(core)) == 2
    assert core.table(1, "events").last_load(LOAD_APP) == 5


def test_another_writer_has_its_own_load_ids(core: LakeCore) -> None:
    core.append(1, "events", table_of([event("a")]), 5, LOAD_APP)
    assert core.append(1, "events", table_of([event("b")]), 1, "import-7").written
    assert len(read_rows(core)) == 2


def test_the_last_load_survives_checkpoints_and_reopening(core: LakeCore, tmp_path: Path) -> None:
    for load in range(45):
        core.append(1, "events", table_of([event(f"m{load}")]), load, LOAD_APP)
    core.vacuum(1, 0)
    assert list((tmp_path / "lake").rglob("*.checkpoint.parquet"))
    fresh = LakeCore(str(tmp_path / "lake"), None, 256)
    assert fresh.table(1, "events").last_load(LOAD_APP) == 44
    assert len(read_rows(fresh)) == 45


def test_months_are_partitions_and_rows_are_in_order(core: LakeCore) -> None:
    core.append(
        1, "events", table_of(event(f"m{i}", day=i * 7, key=9 - i, name_id=i % 3) for i in range(9)), 1, LOAD_APP
    )
    snapshot = core.table(1, "events").snapshot()
    assert snapshot is not None
    assert snapshot.months() == ["2026-02", "2026-01"]
    rows = [(row["name_id"], row["key"]) for row in read_rows(core) if row["time"].month == 1]
    assert rows == sorted(rows)


def test_workspaces_have_folders_of_their_own(core: LakeCore, tmp_path: Path) -> None:
    core.append(1, "events", table_of([event("a")]), 1, LOAD_APP)
    assert read_rows(core, workspace_id=2) == []
    assert (tmp_path / "lake" / "ws=1" / "events" / "_delta_log").is_dir()


def test_an_empty_load_still_counts(core: LakeCore) -> None:
    assert core.append(1, "events", table_of([]), 3, LOAD_APP).written
    assert core.table(1, "events").last_load(LOAD_APP) == 3


@pytest.mark.parametrize("column", ["message_id", "month"])
def test_rows_of_another_shape_are_refused(core: LakeCore, column: str) -> None:
    with pytest.raises(Invalid, match="not of the lake"):
        core.append(1, "events", table_of([event("a")]).drop_columns([column]), 1, LOAD_APP)


def test_a_needed_value_may_not_be_missing(core: LakeCore) -> None:
    rows = table_of([event("a")])
    at = rows.schema.get_field_index("context")
    rows = rows.set_column(at, pa.field("context", pa.string()), pa.array([None], pa.string()))
    with pytest.raises(Invalid):
        core.append(1, "events", rows, 1, LOAD_APP)


def test_a_lake_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file where the folder should be")
    lake = LakeCore(str(tmp_path / "lake"), None, 256)
    with pytest.raises(Unavailable, match="KIZUNA_LAKE_URL"):
        lake.append(1, "events", table_of([event("a")]), 1, LOAD_APP)
    with pytest.raises(Unavailable):
        lake.check()


def append_many(url: str, writer: int, loads: int) -> None:
    lake = LakeCore(url, None, 256)
    for load in range(loads):
        lake.append(1, "events", table_of([event(f"w{writer}-{load}")]), load, f"writer-{writer}")


def test_two_processes_append_at_once_and_nothing_is_lost(core: LakeCore, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=append_many, args=(str(tmp_path / "lake"), n, 15)) for n in (1, 2)]
    for writer in writers:
        writer.start()
    append_many(str(tmp_path / "lake"), 0, 15)
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert len({row[1] for row in identities(read_rows(core))}) == 45
