"""Folders of work in hand: gone at the end, and after a kill."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from kizuna.adapters.lake.scratch import open_scratch, sweep_scratch


def spill_and_die(parent: str) -> None:
    with open_scratch("kizuna-merge-", parent) as folder:
        Path(folder, "0.arrow").write_text("ada@aoyama.example")
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_folder_goes_with_its_work(tmp_path: Path) -> None:
    with open_scratch("kizuna-work-", str(tmp_path)) as folder:
        Path(folder, "spill").write_text("rows")
        assert sweep_scratch(str(tmp_path)) == 0
        assert Path(folder, "spill").exists()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(target=spill_and_die, args=(str(tmp_path),))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert list(tmp_path.rglob("*.arrow"))
    with open_scratch("kizuna-sql-", str(tmp_path)) as mine:
        assert sweep_scratch(str(tmp_path)) == 1
        assert list(tmp_path.iterdir()) == [Path(mine)]


def test_a_folder_without_lock_goes_when_it_is_old(tmp_path: Path) -> None:
    """From before there were locks; a young one may be about to get its lock."""
    young, old = tmp_path / "kizuna-sql-young", tmp_path / "kizuna-sql-old"
    for folder in (young, old, tmp_path / "something-else"):
        folder.mkdir()
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    assert sweep_scratch(str(tmp_path)) == 1
    assert not old.exists()
    assert young.exists()


async def test_opening_a_lake_sweeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    from kizuna.adapters.lake.delta import DeltaLake

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    test_what_left = tmp_path / "kizuna-merge-left"
    test_what_left.mkdir()
    (test_what_left / ".lock").touch()
    lake = DeltaLake(str(tmp_path / "lake"))
    await lake.check()
    await lake.close()
    assert not test_what_left.exists()
