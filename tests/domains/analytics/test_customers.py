"""From a number of a customer metric to who is behind it: as many people as the number says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.domains.analytics.crowds import open_case, rows_of
from tests.domains.analytics.golden import Case, read_cases

from kizuna.adapters.lake.delta import DeltaLake


@pytest.fixture
async def lake(tmp_path: Path) -> AsyncIterator[DeltaLake]:
    opened = DeltaLake(str(tmp_path / "lake"))
    yield opened
    await opened.close()


def case_of(metric: str, start: str) -> Case:
    return next(case for case in read_cases(metric) if case.id.startswith(f"{metric}: {start}"))


async def test_every_number_of_the_rfm_map_opens(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("rfm", "each group"))
    for row in rows_of(found):
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("people", group="champions", recency=5, value=4) == [2]
    assert await behind("people", group="lost", recency=None, value=None) == [9, 10]
    assert await behind("people", group="loyal", recency=5, value=4) == []
    assert await behind("people", group="unheard of") == []
    assert list(await behind("people")) == list(range(1, 11))


async def test_every_move_between_groups_opens(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("rfm_migration", "by the end"))
    for row in rows_of(found):
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("people", source="no_purchase") == [11]
    assert await behind("people", source="lost", target="champions") == [1]
    assert await behind("people", period="2020-01-01T00:00:00+00:00") == []


@pytest.mark.parametrize("case", ["by number", "by a property", "who is in two"])
async def test_every_count_of_orders_opens(lake: DeltaLake, case: str) -> None:
    found, behind = await open_case(lake, case_of("repeat", case))
    for row in rows_of(found):
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("people", orders="0") == await behind("people", orders="x") == []


async def test_every_tenth_opens(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("concentration", "tenths"))
    for row in rows_of(found):
        assert len(await behind("people", **row)) == row["people"]
    # Of seven with the same, the first to be known stands first.
    assert [await behind("people", tenth=tenth) for tenth in ("1", "2", "10", "11")] == [[1, 11], [3], [2], []]
    assert list(await behind("people")) == list(range(1, 12))
