"""Customer lifetimes from events to answers: the published customers, and who is behind a number."""

import csv
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from tests.domains.analytics.crowds import open_case, rows_of
from tests.domains.analytics.golden import Case, case_of, compute, fill_lake, make_ask
from tests.measures.lifetimes.cdnow import data_file, read_cdnow

from kizuna.adapters.engines.local import LocalEngine
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.conditions.moments import At, to_us
from kizuna.domains.analytics.metrics.clv import score_people


def cdnow(**params: Any) -> Case:
    """All purchases of the sample's 2,357 customers until the end of June 1998, a half after the published split."""
    events: list[list[Any]] = []
    with data_file("CDNOW_sample.txt").open() as file:
        for _, key, day, _, amount in csv.reader(file, delimiter=" ", skipinitialspace=True):
            time = datetime.strptime(day, "%Y%m%d").replace(hour=12, tzinfo=UTC)
            events.append([int(key), "Order Completed", time.isoformat(), {"total": float(amount)}])
    query = {
        "metric": "clv",
        "params": params,
        "range": {"kind": "dates", "first": "1997-01-01", "last": params.pop("last", "1997-09-30")},
    }
    return Case("cdnow", At(to_us(datetime(1998, 7, 1, tzinfo=UTC))), {}, events, {}, query, {})


async def test_orders_of_the_cdnow_sample_give_the_published_model(lake: DeltaLake) -> None:
    """From single orders, those of a day together, to the parameters of Fader, Hardie & Lee 2005 and of Gamma-Gamma."""
    case = cdnow()
    await fill_lake(lake, 1, case)
    found, ask = await compute(LocalEngine(lake), 1, case)
    figures = {one.key: one for one in found.figures}
    parameters = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    for name, value in parameters.items():
        assert figures[f"parameter_{name}"].value == pytest.approx(value, abs=1e-3)
    assert figures["log_likelihood"].value == pytest.approx(-9582.4, abs=0.05)
    for name, value in {"p": 6.25, "q": 3.74, "v": 15.44}.items():
        assert figures[f"parameter_{name}"].value == pytest.approx(value, abs=0.02)
    assert (figures["people"].value, figures["repeat_buyers"].value) == (2357, 946)
    assert abs(figures["correlation"].value) < 0.3  # type: ignore[arg-type]
    assert "amounts_related" not in [caveat.code for caveat in ask.caveats]

    scores = await score_people(make_ask(LocalEngine(lake), 1, case)[2], make_ask(LocalEngine(lake), 1, case)[1])
    assert scores.column_names == ["profile_key", "clv", "p_alive", "expected_orders"]
    assert scores.column("profile_key").to_pylist() == list(dict.fromkeys(sorted(event[0] for event in case.events)))
    assert sum(scores.column("clv").to_pylist()) == pytest.approx(figures["clv"].value)
    assert sum(scores.column("expected_orders").to_pylist()) == pytest.approx(figures["purchases"].value)
    first = scores.to_pylist()[0]  # x = 2, t_x = 30.43, T = 38.86
    assert first["p_alive"] == pytest.approx(0.726, abs=0.01)


async def test_the_second_39_weeks_are_held_against_the_first(lake: DeltaLake) -> None:
    """The published split: fitted to 39 weeks, held against the 39 that came then."""
    case = cdnow(last="1998-06-30", holdout_weeks=39, show="calibration")
    await fill_lake(lake, 1, case)
    found, _ = await compute(LocalEngine(lake), 1, case)
    groups = {(row["repeats"], row["which"]): row for row in rows_of(found)}
    counts = np.bincount(np.minimum(read_cdnow()[:, 1].astype(int), 7)).tolist()
    assert [groups[name, "came"]["people"] for name in ("0", "1", "2", "3", "4", "5", "6", "7+")] == counts
    # FHL 2005, figure 4 reads 0.24 and 0.23 of those who never came back, and 0.70 and 0.52 of who did once.
    assert groups["0", "came"]["purchases"] == pytest.approx(0.237, abs=0.002)
    assert groups["0", "foretold"]["purchases"] == pytest.approx(0.225, abs=0.01)
    assert groups["1", "came"]["purchases"] == pytest.approx(0.70, abs=0.02)
    held = {one.key: one for one in found.figures}["held_out"]
    assert held.value == pytest.approx(0.9, abs=0.1)


async def test_who_is_behind_tenths_and_groups(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("clv", "tenths"))
    rows = rows_of(found)
    for row in (rows[0], rows[4], rows[9]):
        assert len(await behind("people", **row)) == row["people"]
    # Of those from whom the same is expected the first to be known stand first.
    assert await behind("people", tenth="5") == list(range(10, 48))
    assert await behind("people", tenth="11") == await behind("people", tenth="x") == []


async def test_who_is_behind_groups_of_the_calibration(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("clv", "held against"))
    for row in rows_of(found)[::5]:
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("people", repeats="many") == []


async def test_who_is_behind_chances(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("alive", "bands"))
    for row in rows_of(found)[:4]:
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("people", band="some") == []


async def test_who_is_behind_renewals(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("contract_retention", "a period ends"))
    for row in rows_of(found):
        assert len(await behind("known", **row)) == row["known"]
        assert len(await behind("left", **row)) == row["left"]
    assert await behind("left", age="1") == [1, 5]
    assert await behind("left", age="x") == []


async def test_who_is_behind_renewals_of_a_label(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("contract_retention", "by what was said"))
    for row in rows_of(found):
        assert len(await behind("known", **row)) == row["known"]
    assert await behind("left", age="1", label="a") == [1, 5]
    assert await behind("left", age="1", label="unheard of") == []


async def test_nobody_has_a_score_where_nothing_can_be_said(lake: DeltaLake) -> None:
    case = case_of("clv", "too few")
    await fill_lake(lake, 1, case)
    _, params, ask = make_ask(LocalEngine(lake), 1, case)
    scores = (await score_people(ask, params)).to_pylist()
    assert scores == [{"profile_key": key, "clv": None, "p_alive": None, "expected_orders": None} for key in (1, 3)]
    assert "not_enough_data" in [caveat.code for caveat in ask.caveats]
