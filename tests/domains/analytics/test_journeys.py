"""Sessions, paths, attribution and the journey map: from each number to who is behind it, and what is refused."""

from typing import Any

import pytest
from tests.cast import Person
from tests.domains.analytics.crowds import open_case, rows_of
from tests.domains.analytics.golden import case_of
from tests.domains.segments.shop import Shop

from kizuna.adapters.lake.delta import DeltaLake
from kizuna.conditions.ast import Condition
from kizuna.conditions.check import check
from kizuna.domains.analytics.rules.stages import PRESETS
from kizuna.domains.analytics.service.metrics import find_metric
from kizuna.kernel.errors import Invalid
from kizuna.measures.node_names import clean_names


@pytest.mark.parametrize("case", ["a session goes on", "a session has the touchpoint", "who is in two segments"])
async def test_every_number_of_sessions_opens(lake: DeltaLake, case: str) -> None:
    found, behind = await open_case(lake, case_of("sessions", case))
    for row in rows_of(found):
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("sessions", period="2020-01-01T00:00:00+00:00") == []


async def test_who_bounced_and_who_bought_in_a_session(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("sessions", "a session goes on"))
    first = rows_of(found)[0]["period"]
    assert await behind("bounce_share", period=first) == [1]
    assert await behind("conversion_share", period=first) == await behind("goals", period=first) == [1]
    assert await behind("people") == [1, 2, 3]


@pytest.mark.parametrize("case", ["by event", "by page", "to an end", "from a start to an end", "rare nodes"])
async def test_every_edge_of_paths_opens(lake: DeltaLake, case: str) -> None:
    found, behind = await open_case(lake, case_of("paths", case))
    assert found.rows
    for row in rows_of(found):
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("people", step=1, source="1_never", target="2_never") == []


async def test_every_channel_opens(lake: DeltaLake) -> None:
    found, behind = await open_case(lake, case_of("attribution", "the textbook"))
    for row in rows_of(found)[:-1]:
        assert len(await behind("people", **row)) == row["people"]
    assert await behind("first", channel="c1") == await behind("first_value", channel="c1") == [1]
    assert await behind("first", channel="c2") == []
    assert await behind("markov", channel="c2") == await behind("involved", channel="c2") == [1]
    assert await behind("first", channel="\ue000untouched") == await behind("first", channel="c9") == []


async def test_who_was_never_touched_opens(lake: DeltaLake) -> None:
    _, behind = await open_case(lake, case_of("attribution", "every event with a campaign"))
    assert await behind("last", channel="\ue000untouched") == [2]
    assert await behind("last", channel="news") == [1]


@pytest.mark.parametrize("case", ["who is where", "stays by"])
async def test_every_number_of_the_map_opens(lake: DeltaLake, case: str) -> None:
    found, behind = await open_case(lake, case_of("journey", case))
    for row in rows_of(found):
        if row["part"] in ("stage", "flow", "stalled", "touchpoint"):
            assert len(await behind("people", **row)) == (row["people"] or 0), row
        elif row["part"] in ("moves_on", "falls_back"):
            # Who does so several times counts each time.
            people = await behind("people", **row)
            assert (len(people) > 0, len(people) <= row["people"]) == (row["people"] > 0, True), row
    assert await behind("people", part="stage", stage="never") == []


def refusal(metric: str, params: dict[str, Any]) -> Invalid:
    import msgspec

    found = find_metric(metric)
    assert found.check is not None
    with pytest.raises(Invalid) as raised:
        found.check(msgspec.convert(params, found.params))
    return raised.value


@pytest.mark.parametrize(
    ("metric", "params", "field"),
    [
        ("paths", {"clean": [{"pattern": "ok"}, {"pattern": "(a+)\\1"}]}, "params.clean.1"),
        ("paths", {"clean": [{"pattern": "a(?=b)"}]}, "params.clean.0"),
        ("paths", {"clean": [{"pattern": "a", "replacement": "\\2"}]}, "params.clean.0"),
        ("paths", {"name_property": "products[].name"}, "params.name_property"),
        ("attribution", {"properties": ["products[].name"]}, "params"),
        ("journey", {"stages": [{"name": "a", "condition": {"kind": "all", "of": []}}]}, "params.stages"),
        ("journey", {"stages": [{"name": "a", "condition": {"kind": "all", "of": []}}] * 2}, "params.stages"),
        (
            "journey",
            {
                "stages": [
                    {"name": "a", "condition": {"kind": "all", "of": []}},
                    {"name": "b", "condition": {"kind": "not", "of": {"kind": "segment", "id": 1}}},
                ]
            },
            "params.stages.1.condition",
        ),
    ],
)
def test_what_cannot_be_answered_is_said_with_its_place(metric: str, params: dict[str, Any], field: str) -> None:
    assert field in (refusal(metric, params).fields or {})


def test_names_of_nodes() -> None:
    names = ["/a/?x=1", "/", "//", "/shop/12/", "https://x.jp/", "日本/#a", "/shop/(1)", "a.b", "a\n?b"]
    cleaned = clean_names(
        names, tidy=True, cleanings=[(r"/(\d+)$", r"/:\1")], wildcards=["/shop/:*", "日*", "*.b", "/*"]
    )
    assert cleaned == ["/*", "/*", "/*", "/shop/:*", "https://x.jp", "日*", "/*", "*.b", "a\n"]
    assert clean_names(["/a/?x=1"], tidy=False, cleanings=[], wildcards=["axb"]) == ["/a/?x=1"]


def test_stages_that_are_meant_by_default_are_sound_conditions() -> None:
    for stages in PRESETS.values():
        assert [stage.name for stage in stages] == ["awareness", "consideration", "purchase", "use", "loyalty"]
        assert not any(problem for stage in stages for problem in check(Condition(stage.condition)))


async def test_a_stage_asks_for_nothing_that_whoever_asks_does_not_see(shop: Shop, ben: Person) -> None:
    hidden = {"kind": "trait", "name": "plan", "class": "sensitive"}
    assert (await shop.owner.put("/api/privacy/fields", json=hidden)).status_code == 200
    gold = {"kind": "trait", "name": "plan", "test": {"op": "is", "value": "gold"}}
    stages = [{"name": "all", "condition": {"kind": "all", "of": []}}, {"name": "gold", "condition": gold}]
    query = {"metric": "journey", "params": {"stages": stages}, "interval": "month"}

    refused = await ben.post("/api/analytics/query", json={"query": query})
    assert (refused.status_code, refused.json()["code"]) == (422, "field_hidden")
    seen = await shop.owner.post("/api/analytics/query", json={"query": query})
    assert seen.status_code == 200, seen.text


async def test_a_stage_with_a_condition_that_is_none_says_so(shop: Shop) -> None:
    never = {
        "kind": "did",
        "event": {"name": "Order Completed"},
        "window": {"since": {"at": "date", "date": "2026-02-30"}},
    }
    stages = [{"name": "all", "condition": {"kind": "all", "of": []}}, {"name": "never", "condition": never}]
    refused = await shop.owner.post(
        "/api/analytics/query", json={"query": {"metric": "journey", "params": {"stages": stages}}}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "condition_invalid")
    assert refused.json()["errors"][0]["field"].startswith("params.stages.1.condition")
