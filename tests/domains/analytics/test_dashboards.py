"""Dashboards that people make and those that are there, and notes on charts."""

from typing import Any

import msgspec
import pytest
from tests.cast import Person
from tests.domains.analytics.test_api import ask, figure, orders
from tests.domains.analytics.test_reports import REPORTS, make
from tests.domains.segments.shop import Shop

from kizuna.domains.analytics.contracts import Query, UntilLast
from kizuna.domains.analytics.rules.ready import READY, choose_range
from kizuna.domains.analytics.service.metrics import find_metric

DASHBOARDS = "/api/analytics/dashboards"
NOTES = "/api/analytics/annotations"


async def test_tiles_are_asked_with_the_dashboards_range(shop: Shop, ben: Person, cleo: Person) -> None:
    report = await make(ben)
    tiles = [{"report_id": report["id"], "width": 12}, {"query": orders(zone="UTC")}, {"text": "**Read me**"}]
    month = {"kind": "dates", "first": "2026-03-01", "last": "2026-03-20"}
    body = {"name": "Overview", "tiles": tiles, "range": month, "interval": "week"}
    made = await ben.post(DASHBOARDS, json=body)
    assert made.status_code == 201, made.text
    read = (await cleo.get(f"{DASHBOARDS}/{made.json()['ref']}")).json()
    first, second, third = read["tiles"]
    assert (first["report_name"], first["shape"], first["width"]) == ("Orders", "series", 12)
    assert (first["query"]["range"], first["query"]["interval"]) == (month, "week")
    assert (second["own_query"]["interval"], second["query"]["interval"]) == ("month", "week")
    assert third["text"] == {"en": "**Read me**", "ja": "**Read me**"}
    assert figure(await ask(cleo, first["query"])) == 1, "one order before the 20th"
    kept = (await ben.patch(f"{DASHBOARDS}/{read['ref']}", json={"range": None})).json()
    assert kept["range"] is None
    assert kept["tiles"][0]["query"]["range"] == {"kind": "last", "n": 30, "unit": "day", "current": False}


@pytest.mark.parametrize(
    ("tile", "field"),
    [
        ({}, "tiles.0"),
        ({"text": "a", "report_id": 1}, "tiles.0"),
        ({"report_id": 99}, "tiles.0.report_id"),
        ({"query": {"metric": "nothing"}}, "tiles.0.query.metric"),
    ],
)
async def test_a_tile_shows_one_thing_that_there_is(ada: Person, tile: dict[str, Any], field: str) -> None:
    answer = await ada.post(DASHBOARDS, json={"name": "Odd", "tiles": [tile]})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_a_report_on_a_dashboard_stays(shop: Shop, ben: Person) -> None:
    report = await make(ben)
    board = (await ben.post(DASHBOARDS, json={"name": "Board", "tiles": [{"report_id": report["id"]}]})).json()
    refused = await ben.delete(f"{REPORTS}/{report['id']}")
    assert (refused.status_code, "Board" in refused.json()["detail"]) == (409, True)
    assert (await ben.get(f"{REPORTS}/{report['id']}")).json()["dashboards"] == [
        {"id": int(board["ref"]), "name": "Board"}
    ]
    await ben.patch(f"{DASHBOARDS}/{board['ref']}", json={"tiles": []})
    assert (await ben.delete(f"{REPORTS}/{report['id']}")).status_code == 204


async def test_who_does_not_see_a_question_may_still_move_its_tile(shop: Shop, ben: Person) -> None:
    hidden = {"query": orders(breakdown={"by": "trait", "trait": "email"})}
    board = (await shop.owner.post(DASHBOARDS, json={"name": "Board", "tiles": [hidden]})).json()
    seen = (await ben.get(f"{DASHBOARDS}/{board['ref']}")).json()["tiles"][0]
    assert seen["query"] is None
    assert "email" in seen["missing"]["en"]
    renamed = await ben.patch(f"{DASHBOARDS}/{board['ref']}", json={"name": "Ours"})
    assert renamed.status_code == 200
    assert (await ben.post(DASHBOARDS, json={"name": "Sly", "tiles": [hidden]})).status_code == 422


async def test_ready_dashboards_are_the_same_everywhere(shop: Shop, ben: Person) -> None:
    listed = (await ben.get(DASHBOARDS)).json()
    assert [one["ref"] for one in listed["items"]] == list(READY)
    assert listed["total"] == 0
    ready = (await ben.get(f"{DASHBOARDS}/commerce")).json()
    assert ready["ready"]
    assert figure(await ask(ben, ready["tiles"][0]["query"])) == 8_800
    assert (await ben.patch(f"{DASHBOARDS}/commerce", json={"name": "Mine"})).json()["code"] == "dashboard_ready"
    assert (await ben.delete(f"{DASHBOARDS}/commerce")).status_code == 422
    copy = (await ben.post(f"{DASHBOARDS}/commerce/duplicate", json={})).json()
    assert (copy["ready"], copy["title"]["en"]) == (False, "Commerce")
    assert copy["tiles"][0]["query"] == ready["tiles"][0]["query"]
    await ben.put(f"{DASHBOARDS}/commerce/pin")
    assert [one["ref"] for one in (await ben.get(DASHBOARDS)).json()["items"] if one["pinned"]] == ["commerce"]


@pytest.mark.parametrize("ref", list(READY))
def test_ready_tiles_ask_what_their_metrics_take(ref: str) -> None:
    usual = {"range": {"kind": "until_last"}, "interval": "month"}
    for tile in READY[ref].tiles:
        query = msgspec.convert(usual | dict(tile.query), Query)
        metric = find_metric(query.metric)
        params = msgspec.convert(query.params, metric.params)
        if metric.check is not None:
            metric.check(params)
        assert query.breakdown is None or metric.breaks_down, tile.title
        asked = {match.name for match in metric.events(params)} if metric.events is not None else set()
        if asked:
            assert set(tile.events) - asked <= {"Page Viewed"}, (tile.title, "needs what it does not ask for")
        assert tile.title["en"] != tile.title["ja"]


DAY_US = 86_400_000_000


@pytest.mark.parametrize(
    ("days", "interval", "whole"), [(0, "day", False), (20, "week", False), (91, "week", False), (365, "month", True)]
)
def test_ready_dashboards_look_back_as_far_as_there_is_something(days: int, interval: str, whole: bool) -> None:
    range_, chosen = choose_range(0, days * DAY_US)
    assert isinstance(range_, UntilLast)
    assert (chosen, range_.unit, not range_.current) == (interval, interval, whole)
    assert choose_range(None, None)[1] == "day"


async def test_a_ready_tile_without_its_events_says_so(dan: Person) -> None:
    for ref in READY:
        for tile in (await dan.get(f"{DASHBOARDS}/{ref}")).json()["tiles"]:
            if tile["query"] is not None:
                answer = await dan.post("/api/analytics/query", json={"query": tile["query"]})
                assert answer.status_code == 200, (ref, tile["title"], answer.text)
            else:
                assert tile["missing"]["en"] != tile["missing"]["ja"]
    first = (await dan.get(f"{DASHBOARDS}/commerce")).json()["tiles"][0]
    assert first["missing"]["en"] == "This needs the event “Order Completed”, which nobody has sent yet."


async def test_notes_stand_at_their_time(ada: Person, ben: Person, cleo: Person) -> None:
    for day, text in (("2026-03-01", "Spring sale"), ("2026-03-05", "Shop was down"), ("2026-04-01", "New shop")):
        body = {"at": f"{day}T09:00:00+09:00", "text": text, "kind": "campaign"}
        assert (await ben.post(NOTES, json=body)).status_code == 201
    march = {"since": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}
    seen = (await cleo.get(NOTES, params=march)).json()["items"]
    assert [one["text"] for one in seen] == ["Shop was down", "Spring sale"]
    first = (await cleo.get(NOTES, params={"limit": 2})).json()
    rest = (await cleo.get(NOTES, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["text"] for one in (*first["items"], *rest["items"])] == ["New shop", "Shop was down", "Spring sale"]
    changed = await ben.patch(f"{NOTES}/{seen[0]['id']}", json={"kind": "outage", "link": "https://status.example.com"})
    assert (changed.json()["text"], changed.json()["kind"]) == ("Shop was down", "outage")
    assert (await ben.patch(f"{NOTES}/{seen[0]['id']}", json={"link": "javascript:alert(1)"})).status_code == 400
    assert (await cleo.delete(f"{NOTES}/{seen[0]['id']}")).status_code == 403
    assert (await ben.delete(f"{NOTES}/{seen[0]['id']}")).status_code == 204
    assert (await ben.patch(f"{NOTES}/{seen[0]['id']}", json={})).status_code == 404
