"""From a number of retention, lifecycle, active people, stickiness and cohorts to who is behind it."""

from typing import Any

import pytest
from tests.domains.analytics.crowds import open_case, rows_of
from tests.domains.analytics.golden import Case, case_of, compute, fill_lake, read_cases

from kizuna.adapters.engines.local import LocalEngine
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.kernel.errors import Invalid
from kizuna.measures import masks


@pytest.mark.parametrize("start", ["recurring", "windows of each person's own: seven", "by a property"])
async def test_every_cell_of_retention_opens(lake: DeltaLake, start: str) -> None:
    found, behind = await open_case(lake, case_of("retention", start))
    for row in rows_of(found):
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("people", cohort="2020-01-01T00:00:00+00:00", number=0) == []
    assert await behind("people", **{**rows_of(found)[0], "number": "x"}) == []
    assert await behind("people", **{**rows_of(found)[0], "label": "unheard of"}) == []


async def test_the_size_of_a_cohort_opens_in_each_of_its_cells(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("retention", "recurring"))
    last = rows_of(found)[2]
    assert last["number"] == 2
    assert await behind("size", **last) == [1, 2]
    assert await behind("people", **last) == [2]


@pytest.mark.parametrize("start", ["new, returning", "by touchpoint"])
async def test_every_stage_opens(lake: DeltaLake, start: str) -> None:
    found, behind = await open_case(lake, case_of("lifecycle", start))
    for row in rows_of(found):
        if row["value"] is not None:
            assert len(await behind("value", **row)) == abs(row["value"])
    assert await behind("value", period=found.rows[0][0], series="unheard of") == []


async def test_who_is_gone_is_named(lake: DeltaLake) -> None:
    _, behind = await open_case(lake, case_of("lifecycle", "new, returning"))
    assert await behind("value", period="2026-03-09T00:00:00+00:00", series="dormant") == [1, 2, 3]


@pytest.mark.parametrize("start", ["on the day", "by month", "weeks of the calendar"])
async def test_every_count_of_active_people_opens(lake: DeltaLake, start: str) -> None:
    found, behind = await open_case(lake, case_of("actives", start))
    for row in rows_of(found):
        if row["series"] != "stickiness":
            assert len(await behind("value", **row)) == row["value"]
    assert await behind("value", period=found.rows[0][0], series="unheard of") == []


async def test_stickiness_opens_on_whom_it_is_a_share_of(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("actives", "by month"))
    assert await behind("value", period=found.rows[0][0], series="stickiness") == [1, 3]


async def test_every_bar_of_stickiness_opens(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("stickiness", "weeks that begin on Sunday"))
    for row in rows_of(found):
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("people", periods="x") == []


@pytest.mark.parametrize("start", ["by the month", "by a property"])
async def test_every_cohort_of_customers_opens(lake: DeltaLake, start: str) -> None:
    found, behind = await open_case(lake, case_of("cohorts", start))
    for row in rows_of(found):
        assert len(await behind("people", **row)) == row["people"]
        assert len(await behind("size", **row)) == row["size"]
    assert await behind("people", cohort="2020-01-01T00:00:00+00:00", number=0) == []


@pytest.mark.parametrize(
    ("metric", "query", "code"),
    [
        ("retention", {"interval": "quarter", "params": {"windows": "rolling", "follow": 3}}, "no_such_window"),
        ("retention", {"params": {"windows": "rolling"}}, "follow_missing"),
        (
            "retention",
            {"range": {"kind": "dates", "first": "2024-01-01", "last": "2026-03-01"}, "params": {"follow": 120}},
            "too_many_cells",
        ),
        ("actives", {"interval": "hour"}, "interval_too_short"),
        (
            "actives",
            {"interval": "year", "range": {"kind": "dates", "first": "2020-01-01", "last": "2026-03-01"}},
            "range_too_long",
        ),
        ("cohorts", {"range": {"kind": "dates", "first": "2024-01-01", "last": "2026-03-01"}}, "too_many_cells"),
        ("cohorts", {"params": {"amount_property": "products[].price"}}, "amount_of_list"),
    ],
)
async def test_what_cannot_be_asked_is_refused(lake: DeltaLake, metric: str, query: dict[str, Any], code: str) -> None:
    case = read_cases(metric)[0]
    asked = Case(case.id, case.at, {}, [], {}, {"metric": metric, "interval": "day", **query}, {})
    with pytest.raises(Invalid) as refused:
        await compute(LocalEngine(lake), 1, asked)
    assert refused.value.code == code
    assert refused.value.fields


@pytest.mark.parametrize("metric", ["retention", "lifecycle", "actives", "stickiness"])
async def test_more_memory_than_allowed_is_refused(
    lake: DeltaLake, monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    case = read_cases(metric)[0]
    await fill_lake(lake, 1, case)
    monkeypatch.setattr(masks, "BYTES_MAX", 1)
    with pytest.raises(Invalid, match="shorter range"):
        await compute(LocalEngine(lake), 1, case)


async def test_a_long_series_of_cohorts_is_followed_as_far_as_it_says(lake: DeltaLake) -> None:
    """Without a number of periods each is followed for at most 120: no cell pretends that nobody came later."""
    case = read_cases("retention")[0]
    year = {"kind": "dates", "first": "2025-11-01", "last": "2026-03-31"}
    asked = Case(case.id, case.at, {}, case.events, {}, {"metric": "retention", "range": year}, {})
    await fill_lake(lake, 1, asked)
    found, ask = await compute(LocalEngine(lake), 1, asked)
    assert len(ask.periods) == 151
    assert max(row["number"] for row in rows_of(found)) == 120


async def test_one_day_is_followed_for_thirty(lake: DeltaLake) -> None:
    case = read_cases("retention")[0]
    params = {"start": {"name": "Signed Up"}, "back": {"name": "Used"}, "follow": 30}
    day = {"kind": "dates", "first": "2026-03-02", "last": "2026-03-02"}
    asked = Case(case.id, case.at, {}, case.events, {}, {"metric": "retention", "range": day, "params": params}, {})
    await fill_lake(lake, 1, asked)
    found, _ = await compute(LocalEngine(lake), 1, asked)
    shares = {figure.key: figure.value for figure in found.figures}
    assert [number for number in range(1, 30) if shares[f"weighted_{number}"]] == [9, 10]
    assert shares["weighted_29"] == 0
    assert shares["weighted_30"] is None  # it is not over
