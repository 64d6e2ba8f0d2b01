"""Kernels are compiled before anybody asks."""

import asyncio
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher
from tests.domains.analytics.golden import compute, fill_lake, read_cases

from kizuna.adapters.engines.local import LocalEngine
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.app import kernels
from kizuna.measures import funnel_scan, masks, order


def test_questions_of_each_kind_were_asked_before(tmp_path: Path) -> None:
    """What a first question of a dashboard needs was called with the types that it is called with then."""

    async def ask() -> None:
        await kernels._ask(str(tmp_path / "made-up"))
        known = {one: set(one.signatures) for one in _compiled()}
        assert all(known.values()), "each was called"
        lake = DeltaLake(str(tmp_path / "lake"))
        for number, metric in enumerate(("funnel", "retention", "lifecycle"), start=1):
            case = read_cases(metric)[0]
            await fill_lake(lake, number, case)
            await compute(LocalEngine(lake), number, case)
        await lake.close()
        assert {one: set(one.signatures) for one in _compiled()} == known

    asyncio.run(ask())


def _compiled() -> list[Dispatcher]:
    return [funnel_scan.scan, masks._mark, order._count, order._scatter]


def test_they_stand_in_files_then() -> None:
    kernels.compile_kernels()
    assert kernels.compile_kernels() is None


def test_it_is_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def ask(folder: str) -> int:
        asked.append(folder)
        return 7

    monkeypatch.setattr(kernels, "_ask", ask)
    monkeypatch.setattr(kernels, "_folder", lambda _: tmp_path)
    assert [kernels.compile_kernels(), kernels.compile_kernels()] == [7, None]
    assert len(asked) == 1
    assert not Path(asked[0]).exists()


def test_nobody_compiles_beside_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside: list[int | None] = []

    async def ask(folder: str) -> int:
        beside.append(await asyncio.to_thread(kernels.compile_kernels))
        return 7

    monkeypatch.setattr(kernels, "_ask", ask)
    monkeypatch.setattr(kernels, "_folder", lambda _: tmp_path)
    assert kernels.compile_kernels() == 7
    assert beside == [None]
