"""Churn risk: what it learns, how it is measured, and that it never looks ahead."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.domains.analytics.crowds import rows_of
from tests.domains.analytics.golden import Case, fill_lake, make_ask

from kizuna.adapters.engines.local import LocalEngine
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.conditions.moments import At, to_us
from kizuna.domains.analytics.metrics import churn_risk
from kizuna.domains.analytics.queries.churn_features import ChurnParams, read_features, read_left
from kizuna.domains.analytics.queries.rows import Crowd
from kizuna.domains.analytics.rules.churn_reasons import FEATURES

NOW = datetime(2026, 4, 1, tzinfo=UTC)
PARAMS = {"horizon_days": 30, "lookback_days": 90}


def case_of(events: list[list[Any]], params: dict[str, Any] = PARAMS) -> Case:
    query = {
        "metric": "churn_risk",
        "params": params,
        "range": {"kind": "dates", "first": "2026-03-01", "last": "2026-03-31"},
    }
    return Case("shop", At(to_us(NOW)), {}, events, {}, query, {})


def shop() -> list[list[Any]]:
    """360 customers who buy every 8 to 25 days for 150 days, of whom two in five stop for good some day; whoever is
    about to stop looks at fewer pages before."""
    dice = random.Random(11)
    events: list[list[Any]] = []
    for key in range(1, 361):
        stops = dice.uniform(0, 150) if dice.random() < 0.4 else 1_000.0
        every, day = dice.uniform(8, 25), dice.uniform(0, 20)
        while day < min(stops, 150):
            when = (NOW - timedelta(days=150 - day)).isoformat()
            if day < stops - 20 or dice.random() < 0.3:
                events.append([key, "Page Viewed", when, {}])
            events.append(
                [key, "Order Completed", when, {"total": 10, "products": [{"name": f"p{dice.randrange(5)}"}]}]
            )
            day += every * dice.uniform(0.7, 1.3)
    return events


async def test_it_foretells_better_than_chance_and_says_how_well(lake: DeltaLake) -> None:
    case = case_of(shop())
    await fill_lake(lake, 1, case)
    metric, params, ask = make_ask(LocalEngine(lake), 1, case)
    found = await metric.compute(ask, params)
    msgspec.json.encode(found)

    figures: dict[str, Any] = {one.key: one for one in found.figures}
    auc = figures["auc"]
    assert auc.low is not None
    assert auc.high is not None
    assert 0.6 < auc.low < auc.value < auc.high < 1
    assert figures["brier"].value < 0.25
    assert figures["skill"].value > 0.1
    rows = rows_of(found)
    assert sum(row["people"] for row in rows) == figures["people"].value
    assert sum(row["then"] for row in rows) == auc.n
    assert [row["from"] for row in rows] == sorted((row["from"] for row in rows), reverse=True)
    assert (rows[0]["to"], rows[-1]["from"]) == (1, 0)
    assert rows[0]["left"] > rows[-1]["left"]
    said = {one.code: one.text for one in ask.caveats}
    assert "it foretells who leaves" in said["foretells"]["en"]
    assert "2026-01-30" in said["learned"]["ja"]
    assert "2026-03-01" in said["learned"]["ja"]

    scored = await churn_risk.score_people(ask, params)
    assert scored.trained is not None
    behind = [await churn_risk.people(ask, params, {"tenth": row["tenth"]}) for row in rows[:1]]
    risks = dict(zip(scored.features.keys.tolist(), scored.risks.tolist(), strict=True))
    assert [len(behind[0])] == [rows[0]["people"]]
    assert min(risks[key] for key in behind[0]) >= rows[0]["from"]

    # Of one person alone, with the model as it is kept: the same risk, and why.
    model = churn_risk.read_model(churn_risk.describe_quality(params, scored.trained)["model"])
    assert model is not None
    key = behind[0][0]
    ask.crowd = Crowd(share=f"profile_key = {key}")
    explained = await churn_risk.explain(ask, params, model)
    assert explained is not None
    risk, reasons = explained
    assert risk == pytest.approx(risks[key])
    assert [one.feature for one in reasons] == [
        one.feature for one in sorted(reasons, key=lambda one: -abs(one.change))
    ]
    assert reasons[0].change > 0
    ask.crowd = Crowd(share="profile_key = 99999")
    assert await churn_risk.explain(ask, params, model) is None


HISTORY: list[list[Any]] = [
    [1, "Order Completed", "2026-01-10T00:00:00Z", {"total": 100, "products": [{"name": "tea"}, {"name": "cup"}]}],
    [1, "Order Completed", "2026-01-30T00:00:00Z", {"total": 300, "products": [{"name": "tea"}]}],
    [1, "Order Refunded", "2026-01-31T00:00:00Z", {"total": 100}],
    [1, "Page Viewed", "2026-01-01T00:00:00Z", {}],
    [1, "Email Link Clicked", "2026-02-02T00:00:00Z", {}, {"touchpoint": "email"}],
    [2, "Order Completed", "2026-02-09T00:00:00Z", {"total": -5}],
    [3, "Order Completed", "2025-01-01T00:00:00Z", {"total": 100}],
    [4, "Page Viewed", "2026-02-01T00:00:00Z", {}],
]
LATER: list[list[Any]] = [
    [1, "Order Completed", "2026-02-11T00:00:00Z", {"total": 900, "products": [{"name": "pot"}]}],
    [2, "Page Viewed", "2026-02-11T00:00:00Z", {}],
    [3, "Order Completed", "2026-02-10T00:00:01Z", {"total": 100}],
    [2, "Order Completed", "2026-03-12T00:00:01Z", {"total": 100}],
]
THEN = At(to_us(datetime(2026, 2, 10, tzinfo=UTC)))


async def read(lake: DeltaLake, events: list[list[Any]]) -> tuple[list[int], list[dict[str, float]], Any, ChurnParams]:
    case = case_of(events)
    await fill_lake(lake, 1, case)
    _, params, ask = make_ask(LocalEngine(lake), 1, case)
    found = await read_features(ask, params, THEN)
    return found.keys.tolist(), [dict(zip(FEATURES, row, strict=True)) for row in found.values.tolist()], ask, params


async def test_features_are_those_of_the_moment(lake: DeltaLake) -> None:
    keys, [first, second], _, _ = await read(lake, HISTORY)
    assert keys == [1, 2]
    log = np.log
    assert first == pytest.approx(
        {
            "since_last": log(1 + 11),
            "overdue": log((11 + 1) / (20 + 1)),
            "orders": log(1 + 2),
            "only_once": 0,
            "amount": log(1 + 150),
            "tenure": log(1 + 31),
            "activity": log(1 + 3),
            "trend": log((3 + 1) / (2 + 1)),
            "touchpoints": 2,
            "variety": log(1 + 2),
            "messages": log(1 + 1),
        }
    )
    assert (second["only_once"], second["overdue"], second["amount"], second["variety"]) == (1, 0, 0, 0)


async def test_nothing_that_comes_later_is_known_yet(lake: DeltaLake, tmp_path: Path) -> None:
    keys, before, _, _ = await read(lake, HISTORY)
    other = DeltaLake(str(tmp_path / "other"))
    later_keys, after, ask, params = await read(other, HISTORY + LATER)
    assert (keys, before) == (later_keys, after)
    # Who bought within the 30 days after stayed; the one who came a second later left.
    assert (await read_left(ask, params, THEN, np.array([1, 2]))).tolist() == [False, True]
    silent = msgspec.structs.replace(params, left="silent")
    assert (await read_left(ask, silent, THEN, np.array([1, 2, 4]))).tolist() == [False, False, True]
    await other.close()
