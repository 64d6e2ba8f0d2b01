"""What the admin app shows of what comes in: flow, tail, catalogue, live."""

import json
from datetime import timedelta
from typing import Any

import psycopg
from tests.cast import Person
from tests.domains.collect.conftest import Sender, make_event

from kizuna.domains.collect.service.drain import drain_all
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime


async def test_the_flow_counts_by_minute_source_and_touchpoint(
    shop: Sender, add_source: Any, ada: Person, runtime: Runtime, clock: ManualClock
) -> None:
    till = await add_source(name="Till", touchpoint="store")
    once = make_event(messageId="m-1")
    await shop.batch(once, once, make_event(), {"type": "track"})
    clock.advance(timedelta(minutes=2))
    await till.batch(make_event())
    await till.batch({"type": "nonsense"}, {"type": "track", "event": "A", "userId": "u", "timestamp": "1980-01-01"})
    await drain_all(runtime)
    flow = (await ada.get("/api/collect/flow?minutes=5")).json()
    assert flow["totals"] == {"accepted": 3, "refused": 2, "duplicates": 1, "set_aside": 1}
    assert [minute["accepted"] for minute in flow["minutes"]] == [0, 0, 2, 0, 1]
    assert flow["minutes"][2]["by_source"] == {str(shop.source["id"]): 2}
    assert flow["minutes"][4]["by_touchpoint"] == {"store": 1}
    assert flow["per_minute_now"] == 1
    [first, second] = (await ada.get("/api/collect/sources")).json()["items"]
    assert (first["events_24h"], second["events_24h"]) == (2, 1)
    assert second["last_event_at"] == "2026-04-01T09:02:00Z"


async def test_the_tail_has_the_last_events_newest_first(shop: Sender, ada: Person, runtime: Runtime) -> None:
    for number in range(4):
        await shop.batch(make_event(messageId=f"m-{number}"))
        await drain_all(runtime)
    items = (await ada.get("/api/collect/tail?limit=3")).json()["items"]
    assert [item["message_id"] for item in items] == ["m-3", "m-2", "m-1"]
    assert items[0]["properties"] == {"product_id": "sencha"}
    assert items[0]["profile_id"] == (await ada.get("/api/profiles")).json()["items"][0]["id"]


async def test_the_catalogue_learns_names_and_properties(shop: Sender, ada: Person, runtime: Runtime) -> None:
    await shop.batch(
        make_event("Order Completed", properties={"total": 10, "products": [{"id": "a"}], "mail": "taro@example.jp"}),
        make_event("Order Completed", properties={"total": 20, "coupon": None}),
        make_event("Order Completed", properties={"total": "30"}),
        make_event("Product Viewed"),
    )
    await drain_all(runtime)
    listed = (await ada.get("/api/collect/catalogue")).json()["items"]
    assert [(name["name"], name["volume"], name["flagged"], name["properties_count"]) for name in listed] == [
        ("Order Completed", 3, 1, 5),
        ("Product Viewed", 1, 0, 1),
    ]
    detail = (await ada.get("/api/collect/catalogue/Order%20Completed")).json()
    found = {one["path"]: one for one in detail["properties"]}
    assert sorted(found) == ["coupon", "mail", "products", "products[].id", "total"]
    total = found["total"]
    assert (total["type"], total["types"], total["unexpected"]) == ("number", {"number": 2, "string": 1}, ["string"])
    assert found["mail"]["example"] == "t•••@•••.jp"
    await shop.batch(make_event("Order Completed", properties={"total": 5}))
    await drain_all(runtime)
    again = (await ada.get("/api/collect/catalogue/Order%20Completed")).json()
    assert again["volume"] == 4
    assert {one["path"]: one["volume"] for one in again["properties"]}["total"] == 4


async def test_the_catalogue_is_described_and_searched(
    shop: Sender, ada: Person, ben: Person, runtime: Runtime
) -> None:
    await shop.batch(make_event("注文/完了", properties={"a.b": 1}), make_event("100% Off"), make_event("1000 Off"))
    await drain_all(runtime)
    path = "/api/collect/catalogue/%E6%B3%A8%E6%96%87%252F%E5%AE%8C%E4%BA%86"
    changed = await ada.patch(path, json={"description": "An order was paid", "owner": "Ada"})
    assert (changed.json()["description"], changed.json()["owner"]) == ("An order was paid", "Ada")
    changed = await ada.patch("/api/collect/catalogue/1000%20Off", json={"description": "Sale"})
    assert changed.json()["description"] == "Sale"
    prop = await ada.patch(
        "/api/collect/catalogue/1000%20Off/properties/product_id", json={"description": "Our number"}
    )
    assert prop.json()["properties"][0]["description"] == "Our number"
    found = (await ada.get("/api/collect/catalogue", params={"search": "100%"})).json()["items"]
    assert [one["name"] for one in found] == ["100% Off"]
    assert (await ben.patch("/api/collect/catalogue/1000%20Off", json={"owner": "Ben"})).status_code == 403
    assert (await ada.get("/api/collect/catalogue/nothing")).status_code == 404
    assert (
        await ada.patch("/api/collect/catalogue/1000%20Off/properties/x", json={"description": ""})
    ).status_code == 404


async def test_the_catalogue_is_paged_by_volume(shop: Sender, ada: Person, runtime: Runtime) -> None:
    await shop.batch(*(make_event(f"Event {n}") for n in range(5) for _ in range(n + 1)))
    await drain_all(runtime)
    first = (await ada.get("/api/collect/catalogue?limit=2")).json()
    second = (await ada.get("/api/collect/catalogue", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["name"] for one in first["items"] + second["items"]] == ["Event 4", "Event 3", "Event 2", "Event 1"]
    assert (await ada.get("/api/collect/catalogue?cursor=WyJ4IiwxXQ")).status_code == 422


async def test_dan_finds_nothing_of_ada(shop: Sender, dan: Person, runtime: Runtime) -> None:
    await shop.batch(make_event(), {"type": "track"}, make_event(timestamp="1980-01-01"))
    await drain_all(runtime)
    for path in ("tail", "refusals", "set-aside", "catalogue"):
        assert (await dan.get(f"/api/collect/{path}")).json()["items"] == []
    assert (await dan.get("/api/collect/catalogue/Product%20Viewed")).status_code == 404
    assert (await dan.post("/api/collect/set-aside/1/release")).status_code == 404
    assert (await dan.get("/api/collect/flow")).json()["totals"]["accepted"] == 0


async def watch(db: psycopg.Connection[Any], workspace_id: int, *topics: str) -> None:
    for topic in topics:
        db.execute(
            "INSERT INTO kizuna_live_watches VALUES (%s, %s, gen_random_uuid(), now() + interval '1 minute')",
            (workspace_id, topic),
        )


async def test_open_pages_are_told(
    shop: Sender, ada: Person, runtime: Runtime, owner_db: psycopg.Connection[Any]
) -> None:
    await shop.batch(make_event(userId="u-1"), make_event(userId="u-2"))
    await drain_all(runtime)
    profiles = (await ada.get("/api/profiles")).json()["items"]
    watched = next(profile["id"] for profile in profiles if profile["user_id"] == "u-1")
    await watch(owner_db, ada.workspace_id, "tail", "flow", f"profile:{watched}")
    owner_db.execute("LISTEN kizuna_live")
    await shop.batch(
        make_event(userId="u-1", messageId="m-1", properties={"text": "長" * 2_000}),
        make_event(userId="u-2", messageId="m-2"),
        *(make_event(userId="u-2") for _ in range(60)),
    )
    await drain_all(runtime)
    messages = [json.loads(notice.payload) for notice in owner_db.notifies(timeout=2, stop_after=5)]
    by_topic: dict[str, list[Any]] = {}
    for message in messages:
        assert message["w"] == ada.workspace_id
        assert message["d"] is not None
        by_topic.setdefault(message["t"], []).append(message["d"])
    assert [event["message_id"] for event in by_topic[f"profile:{watched}"][0]] == ["m-1"]
    tail = [event for data in by_topic["tail"] for event in data]
    assert len(tail) == 20
    assert by_topic["flow"][0]["accepted"] == 64
