"""Computed traits over HTTP: made, previewed, changed, used and deleted; and those that follow a schedule."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.cast import Person
from tests.domains.segments.shop import Shop, condition, has_trait

from kizuna.domains.segments.rules.spread import Bin, spread
from kizuna.domains.segments.service import traits_build, traits_run
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime

ORDERS: dict[str, Any] = {"kind": "count", "event": {"name": "Order Completed"}}


async def make(shop: Shop, name: str, figure: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = await shop.owner.post("/api/segments/traits", json={"name": name, "figure": figure} | more)
    assert made.status_code == 201, made.text
    await shop.run_jobs()
    return (await shop.owner.get(f"/api/segments/traits/{made.json()['id']}")).json()


def problems(answer: Any) -> dict[str, str]:
    return {one["field"]: one["message"] for one in answer.json()["errors"]}


async def values(shop: Shop, name: str) -> dict[str, Any]:
    """By customer's name, as profiles show them."""
    found: dict[str, Any] = {}
    for one in (await shop.owner.get("/api/profiles")).json()["items"]:
        shown = (await shop.owner.get(f"/api/profiles/{one['id']}")).json()
        found.update((one["name"], trait["value"]) for trait in shown["traits"] if trait["name"] == name)
    return found


async def test_a_trait_is_made_shown_and_changed(shop: Shop, ada: Person, ben: Person, cleo: Person) -> None:
    made = await make(shop, "orders", ORDERS, description="All time")
    assert (made["state"], made["people"], made["everybody"], made["every"]) == ("ready", 2, 4, None)
    assert made["sentence"] == "the number of “Order Completed”"
    assert made["figure"] == ORDERS
    assert await values(shop, "orders") == {"Hanako": 2, "Ken": 1}

    place = f"/api/segments/traits/{made['id']}"
    changed = await ben.patch(place, json={"figure": ORDERS | {"kind": "sum", "property": "total"}})
    assert (changed.status_code, changed.json()["state"], changed.json()["description"]) == (
        200,
        "building",
        "All time",
    )
    await shop.run_jobs()
    assert await values(shop, "orders") == {"Hanako": 8_000, "Ken": 800}
    assert (await ada.get(place)).json()["state"] == "ready"
    assert (await ada.patch(place, json={"name": "other"})).status_code == 400

    listed = (await cleo.get("/api/segments/traits", params={"search": "all T"})).json()
    assert ([one["name"] for one in listed["items"]], listed["total"]) == (["orders"], 1)
    assert (await cleo.patch(place, json={"description": "no"})).status_code == 403
    entries = (await ada.get("/api/workspace/audit")).json()["items"]
    assert [one["action"] for one in entries if one["action"].startswith("trait.")] == [
        "trait.changed",
        "trait.created",
    ]


async def test_the_list_goes_on_where_it_ended(shop: Shop, ada: Person) -> None:
    for name in ("c", "a", "b"):
        assert (await ada.post("/api/segments/traits", json={"name": name, "figure": ORDERS})).status_code == 201
    first = (await ada.get("/api/segments/traits", params={"limit": 2})).json()
    rest = (await ada.get("/api/segments/traits", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("name", "figure", "status", "field"),
    [
        ("plan", ORDERS, 409, "name"),  # events bring it
        ("email", ORDERS, 409, "name"),  # Kizuna reads it
        ("a.b", ORDERS, 422, "name"),
        ("spent", {"kind": "sum", "event": {"name": "Order Completed"}}, 422, "$.property"),
        ("spent", {"kind": "total", "event": {"name": "Order Completed"}}, 422, "$.kind"),
        ("spent", ORDERS | {"window": {"since": {"at": "date", "date": "2026-02-31"}}}, 422, "$.window.since.date"),
        ("days", ORDERS | {"kind": "days_since_last"}, 422, "every"),  # no event tells that a day passed
    ],
)
async def test_what_cannot_be_is_refused(
    shop: Shop, ada: Person, name: str, figure: dict[str, Any], status: int, field: str
) -> None:
    answer = await ada.post("/api/segments/traits", json={"name": name, "figure": figure})
    assert answer.status_code == status, answer.text
    assert field in problems(answer)


async def test_a_name_is_given_once(shop: Shop, ada: Person, dan: Person) -> None:
    await make(shop, "orders", ORDERS)
    again = await ada.post("/api/segments/traits", json={"name": "orders", "figure": ORDERS})
    assert (again.status_code, again.json()["code"]) == (409, "computed_trait_taken")
    assert (await dan.post("/api/segments/traits", json={"name": "orders", "figure": ORDERS})).status_code == 201


async def test_no_more_than_there_is_room_for(shop: Shop, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kizuna.domains.segments.service.traits.TRAITS_MAX", 1)
    assert (await ada.post("/api/segments/traits", json={"name": "a", "figure": ORDERS})).status_code == 201
    refused = await ada.post("/api/segments/traits", json={"name": "b", "figure": ORDERS})
    assert (refused.status_code, refused.json()["code"]) == (429, "computed_traits_many")


async def test_one_that_a_segment_asks_for_stays(shop: Shop, ada: Person) -> None:
    made = await make(shop, "orders", ORDERS)
    place = f"/api/segments/traits/{made['id']}"
    segment = await shop.make("Loyal", condition({"kind": "not", "of": has_trait("orders", 0)}, has_trait("orders", 2)))
    assert await shop.names_in(segment["id"]) == ["Hanako"]
    assert (await ada.get(place)).json()["used_by"] == [{"kind": "segment", "id": segment["id"], "name": "Loyal"}]
    refused = await ada.delete(place)
    assert refused.status_code == 409
    assert problems(refused) == {f"segment.{segment['id']}": "Loyal"}

    assert (await ada.delete(f"/api/segments/{segment['id']}")).status_code == 204
    assert (await ada.delete(place)).status_code == 204
    await shop.run_jobs()
    assert await values(shop, "orders") == {}
    assert (await ada.get(place)).status_code == 404


async def test_a_preview_tells_how_a_figure_is_spread(shop: Shop, ada: Person) -> None:
    figure = {"kind": "sum", "event": {"name": "Order Completed"}, "property": "total"}
    found = (await ada.post("/api/segments/traits/preview", json={"figure": figure})).json()
    assert (found["people"], found["found"]) == (4, 2)
    assert (found["least"], found["median"], found["most"]) == (800, 8_000, 8_000)
    assert found["bins"] == [{"low": 800, "high": 800, "people": 1}, {"low": 8_000, "high": 8_000, "people": 1}]
    assert {one["name"]: one["value"] for one in found["sample"]} == {"Hanako": 8_000, "Ken": 800}
    assert await values(shop, "spent") == {}

    named = {"kind": "last", "event": {"name": "Product Viewed"}, "property": "name"}
    found = (await ada.post("/api/segments/traits/preview", json={"figure": named})).json()
    assert (found["common"], found["bins"]) == ([{"value": "Sencha", "people": 1}], [])
    nobody = {"kind": "count", "event": {"name": "Returned"}}
    found = (await ada.post("/api/segments/traits/preview", json={"figure": nobody})).json()
    assert (found["found"], found["median"], found["bins"], found["sample"]) == (0, None, [], [])


async def test_who_may_not_see_a_property_computes_nothing_of_it(shop: Shop, ada: Person, ben: Person) -> None:
    hidden = {"kind": "property", "name": "total", "class": "sensitive"}
    assert (await ada.put("/api/privacy/fields", json=hidden)).status_code == 200
    spent = {"kind": "sum", "event": {"name": "Order Completed"}, "property": "total"}
    for path, body in (("", {"name": "spent", "figure": spent}), ("/preview", {"figure": spent})):
        refused = await ben.post(f"/api/segments/traits{path}", json=body)
        assert (refused.status_code, list(problems(refused))) == (422, ["$.property"])
    test = {"property": "total", "test": {"op": "between", "low": 1_234}}
    made = await make(shop, "large_orders", {"kind": "count", "event": {"name": "Order Completed", "where": [test]}})
    assert (made["masked"], await values(shop, "large_orders")) == (False, {"Hanako": 2})
    shown = await ben.get(f"/api/segments/traits/{made['id']}")
    assert shown.json()["masked"] is True
    assert "1234" not in shown.text
    assert "1,234" not in shown.text
    described = await ben.patch(f"/api/segments/traits/{made['id']}", json={"description": "Over 1"})
    assert described.status_code == 200, "what stays as it is need not be seen"


async def test_scheduled_traits_are_worked_out_when_their_day_begins(
    shop: Shop, ada: Person, runtime: Runtime, clock: ManualClock
) -> None:
    since = await make(shop, "days_since_order", ORDERS | {"kind": "days_since_last"}, every="day")
    assert (since["state"], since["people"]) == ("ready", 2)
    items = {"kind": "unique_list", "event": {"name": "Order Completed"}, "property": "total"}
    await make(shop, "totals", items, every="hour")
    assert await values(shop, "days_since_order") == {"Hanako": 2, "Ken": 100}  # 09:00 UTC, 18:00 in Tokyo
    assert await values(shop, "totals") == {"Hanako": [3_000, 5_000], "Ken": [800]}

    async def run() -> None:
        await traits_run.queue_due(runtime)
        await traits_run.queue_due(runtime)  # what waits is not queued twice
        await shop.run_jobs()

    await shop.send(shop.did("ken", days_ago=0, total=900))
    await run()
    assert await values(shop, "totals") == {"Hanako": [3_000, 5_000], "Ken": [800]}, "before its hour"
    clock.advance(timedelta(hours=1))
    await run()
    assert await values(shop, "totals") == {"Hanako": [3_000, 5_000], "Ken": [800, 900]}
    assert await values(shop, "days_since_order") == {"Hanako": 2, "Ken": 100}, "before its day"
    clock.advance(timedelta(hours=5))  # midnight in Tokyo
    await run()
    assert await values(shop, "days_since_order") == {"Hanako": 3, "Ken": 1}


async def test_a_scheduled_value_goes_when_its_events_left_the_window(
    shop: Shop, ada: Person, runtime: Runtime, clock: ManualClock
) -> None:
    window = {"since": {"at": "ago", "span": {"n": 7, "unit": "day"}}}
    last = {"kind": "last", "event": {"name": "Order Completed"}, "property": "total", "window": window}
    made = await make(shop, "last_total", last, every="hour")
    assert await values(shop, "last_total") == {"Hanako": 5_000}
    clock.advance(timedelta(days=6))
    await traits_run.queue_due(runtime)
    await shop.run_jobs()
    assert await values(shop, "last_total") == {}
    assert (await ada.get(f"/api/segments/traits/{made['id']}")).json()["people"] == 0


async def test_how_many_have_a_live_trait_is_counted_now_and_then(shop: Shop, ada: Person, runtime: Runtime) -> None:
    made = await make(shop, "orders", ORDERS)
    await shop.send(shop.did("ryo"))
    await shop.run_jobs()
    rebuilt = (await ada.post(f"/api/segments/traits/{made['id']}/rebuild")).json()
    assert rebuilt["state"] == "building"
    await shop.run_jobs()
    assert (await ada.get(f"/api/segments/traits/{made['id']}")).json()["people"] == 3
    await traits_build.count_everywhere(runtime)
    assert (await ada.get(f"/api/segments/traits/{made['id']}")).json()["people"] == 3


def test_a_spread_is_not_flattened_by_a_few_giants() -> None:
    assert spread([]) == []
    assert spread([1, 1, 5]) == [Bin(1, 1, 2), Bin(5, 5, 1)]
    many = sorted([*range(7, 1_000), 10**9])
    bins = spread(many)
    assert bins[0] == Bin(0, 99, 93)
    assert bins[-1] == Bin(900, 10**9, 101)
    assert sum(one.people for one in bins) == len(many)
    assert all(one.high + 1 == after.low for one, after in pairwise(bins))
    assert [one.low for one in spread(range(-30, 30))] == [*range(-30, 30, 5)]
