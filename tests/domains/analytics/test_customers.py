"""From a number of a customer metric to who is behind it: as many people as the number says."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from tests.domains.analytics.crowds import open_case, rows_of
from tests.domains.analytics.golden import Case, case_of, compute, fill_lake, make_ask

from kizuna.adapters.engines.local import LocalEngine
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.conditions.moments import At, to_us
from kizuna.domains.analytics.service.scores import SCORES


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


async def test_every_band_of_scores_opens(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("engagement", "points fade"))
    for row in rows_of(found):
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("people", band="10–19") == [3, 6]
    assert await behind("people", band="x") == []
    assert await behind("people") == [1, 2, 3, 6]


def busy_shop() -> list[list[Any]]:
    """400 people who looked at pages in February, the more the greater their number; of those who looked at many
    most bought in March, of the others few. Whoever has an even number also came back in March."""
    events: list[list[Any]] = []
    for key in range(1, 401):
        events.append([key, "Page Viewed", "2026-02-20T10:00:00Z", {}, {"copies": 1 + key // 50}])
        if (key > 200 and key % 5) or key % 9 == 0:
            events.append([key, "Order Completed", "2026-03-20T10:00:00Z", {}])
        if key % 2 == 0:
            events.append([key, "Page Viewed", "2026-03-21T10:00:00Z", {}])
    return events


async def test_the_answer_says_how_well_scores_foretold(lake: DeltaLake) -> None:
    params = {
        "behaviours": [{"event": {"name": "Page Viewed"}, "points": 1}, {"event": {"name": "Nothing"}, "points": 9}],
        "horizon_days": 30,
    }
    query = {
        "metric": "engagement",
        "params": params,
        "range": {"kind": "dates", "first": "2026-03-01", "last": "2026-03-25"},
    }
    case = Case("busy", At(to_us(datetime(2026, 4, 1, tzinfo=UTC))), {}, busy_shop(), {}, query, {})
    await fill_lake(lake, 1, case)
    found, ask = await compute(LocalEngine(lake), 1, case)
    msgspec.json.encode(found)

    figures: dict[str, Any] = {one.key: one for one in found.figures}
    purchase, silence = figures["auc_purchase"], figures["auc_churn"]
    yes = [1 + key // 50 for key in range(1, 401) if (key > 200 and key % 5) or key % 9 == 0]
    no = [1 + key // 50 for key in range(1, 401) if not ((key > 200 and key % 5) or key % 9 == 0)]
    right = sum((one > other) + (one == other) / 2 for one in yes for other in no) / len(yes) / len(no)
    assert purchase.value == pytest.approx(right)
    assert purchase.n == 400
    assert purchase.low is not None
    assert purchase.low < right
    # Numbers that are even say nothing of how many pages somebody looked at: no better than chance.
    assert silence.low is not None
    assert silence.high is not None
    assert silence.low < 0.5 < silence.high
    said = {one.code: one.text for one in ask.caveats}
    assert "it foretells purchases well" in said["foretells_purchase"]["en"]
    assert "no better than chance" in said["foretells_silence"]["en"]
    assert "2026-02-23時点" in said["foretells_purchase"]["ja"]
    assert sum(row["before"] for row in rows_of(found)) == 400
    # One looked at nine pages, fifty at eight: of those who are known longest first.
    top = sum(key % 5 > 0 or key % 9 == 0 for key in [400, *range(350, 389)])
    assert figures["lift_top"].value == pytest.approx(top / 40 / (len(yes) / 400))


async def test_lifetime_values_become_scores_of_who_has_one(lake: DeltaLake) -> None:
    case = case_of("clv", "tenths")
    await fill_lake(lake, 1, case)
    _, params, ask = make_ask(LocalEngine(lake), 1, case)
    worth, alive = await SCORES["clv"].compute(ask, params), await SCORES["p_alive"].compute(ask, params)

    assert worth.quality["total"] == pytest.approx(12168.51, rel=1e-4)  # as the metric answers
    assert sum(worth.values) == pytest.approx(12168.51, rel=0.02)
    assert len(worth.keys) == len(alive.keys) == 386
    assert all(0 <= one <= 1 and one == round(one, 2) for one in alive.values)
    few = case_of("clv", "too few")
    _, params, ask = make_ask(LocalEngine(lake), 1, few)
    nothing = await SCORES["clv"].compute(ask, params)
    assert (nothing.keys, nothing.values) == ([], [])
