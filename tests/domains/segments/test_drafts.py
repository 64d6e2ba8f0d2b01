"""Conditions while they are written: checked, estimated, previewed, with what there is to choose from."""

from typing import Any

import pytest
from tests.cast import Person
from tests.domains.segments.shop import BOUGHT, Shop, condition, has_trait

from kizuna.domains.segments.service import estimate

GOLD = condition(has_trait("plan", "gold"))


async def check(person: Person, given: Any) -> dict[str, Any]:
    answer = await person.post("/api/segments/check", json={"condition": given})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_good_condition_is_said_in_both_languages(shop: Shop, ada: Person) -> None:
    found = await check(ada, condition(BOUGHT, has_trait("plan", "gold")))
    assert found["problems"] == []
    assert found["live"] == {"possible": True, "reasons": []}
    assert "Order Completed" in found["sentence"]["en"]
    assert "Order Completed" in found["sentence"]["ja"]
    assert found["sentence"]["en"] != found["sentence"]["ja"]


@pytest.mark.parametrize("given", [None, 3, [], {}, {"where": {"kind": "dance"}}, {"where": {"kind": "trait"}}])
async def test_what_is_no_condition_is_a_problem_and_no_error(given: Any, ada: Person) -> None:
    found = await check(ada, given)
    assert [one["severity"] for one in found["problems"]] == ["error"]
    assert found["sentence"] is None
    assert found["live"]["possible"] is False


async def test_names_nobody_has_seen_are_odd_and_suggested(shop: Shop, ada: Person) -> None:
    (event, trait) = (
        await check(ada, condition({"kind": "did", "event": {"name": "Order Complete"}}, has_trait("plam", "gold")))
    )["problems"]
    assert (event["code"], event["severity"], event["suggestion"]) == ("event_unknown", "warning", "Order Completed")
    assert event["place"] == "$.where.of[0].event.name"
    assert (trait["code"], trait["suggestion"]) == ("trait_unknown", "plan")


async def test_a_condition_with_facts_is_not_live(shop: Shop, ada: Person) -> None:
    fact = {"kind": "fact", "name": "loyalty.tier", "test": {"op": "is", "value": "gold"}}
    found = await check(ada, condition(fact))
    assert found["live"] == {"possible": False, "reasons": ["fact"]}
    assert [one["code"] for one in found["problems"]] == ["fact_unknown"]


async def test_a_small_shop_is_counted_and_not_estimated(shop: Shop, ada: Person) -> None:
    for wanted, size in ((condition(BOUGHT), 2), (GOLD, 1), (condition(), 4)):
        found = (await ada.post("/api/segments/estimate", json={"condition": wanted})).json()
        assert (found["size"], found["low"], found["high"]) == (size, size, size)
        assert (found["sampled"], found["people"], found["exact"]) == (4, 4, True)


async def test_a_crowd_is_estimated_from_a_sample(
    empty_shop: Shop, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = empty_shop
    await shop.send(*(shop.knows(f"c-{number}", plan="gold" if number % 4 == 0 else "free") for number in range(400)))
    monkeypatch.setattr(estimate, "EXACT_MAX", 100)
    monkeypatch.setattr(estimate, "FIRST_SAMPLE", 100)
    monkeypatch.setattr(estimate, "BUDGET_S", 0.0)  # the first sample is the last
    found = (await ada.post("/api/segments/estimate", json={"condition": GOLD})).json()
    assert not found["exact"]
    assert 60 <= found["sampled"] <= 140
    assert found["low"] <= 100 <= found["high"]
    assert found["low"] < found["size"] < found["high"]
    monkeypatch.setattr(estimate, "BUDGET_S", 1_000.0)  # it grows until everybody was asked
    monkeypatch.setattr(estimate, "NARROW", 0.0)
    found = (await ada.post("/api/segments/estimate", json={"condition": GOLD})).json()
    assert (found["size"], found["exact"], found["people"]) == (100, True, 400)


async def test_a_preview_shows_who_and_what_they_share(shop: Shop, ada: Person, ben: Person) -> None:
    await shop.upload("Two", "hanako", "yui")
    await shop.upload("All", "hanako", "ken", "ryo", "yui")
    await shop.upload("Other", "yui")
    found = (await ada.post("/api/segments/preview", json={"condition": condition(BOUGHT)})).json()
    assert (found["size"], found["people"]) == (2, 4)
    assert [one["name"] for one in found["sample"]] == ["Hanako", "Ken"]
    assert found["sample"][0]["traits"]["city"] == "東京"
    assert [(one["name"], one["both"]) for one in found["overlap"]] == [("All", 2), ("Two", 1)]
    seen = await ben.post("/api/segments/preview", json={"condition": condition(BOUGHT)})
    assert "hanako@example.jp" not in seen.text


async def test_a_wrong_condition_is_neither_estimated_nor_previewed(shop: Shop, ada: Person) -> None:
    for path in ("estimate", "preview"):
        refused = await ada.post(f"/api/segments/{path}", json={"condition": {"where": {"kind": "any", "of": []}}})
        assert (refused.status_code, refused.json()["code"]) == (422, "condition_invalid")


async def test_the_catalogue_lists_what_can_be_asked(shop: Shop, ada: Person, ben: Person) -> None:
    made = await shop.upload("Some", "hanako")
    found = (await ada.get("/api/segments/catalogue")).json()
    events = {one["name"]: one for one in found["events"]}
    assert events["Order Completed"]["volume"] == 3
    assert {"path": "total", "type": "number", "hidden": False} in events["Order Completed"]["properties"]
    assert {"name": "plan", "type": "string", "hidden": False} in found["traits"]
    assert found["segments"] == [{"id": made["id"], "name": "Some"}]
    assert {"email", "user_id", "line_id"} <= {one["type"] for one in found["identifier_types"]}
    marketing = next(one for one in found["purposes"] if one["key"] == "marketing")
    assert "email" in marketing["channels"]
    assert set(marketing["title"]) == {"en", "ja"}
    assert "store" in found["touchpoints"]
    assert found["truncated"] is False
    seen = (await ben.get("/api/segments/catalogue")).json()
    hidden = {one["name"] for one in seen["traits"] if one["hidden"]}
    assert "email" in hidden
    assert "plan" not in hidden


async def test_values_are_counted_and_searched(shop: Shop, ada: Person) -> None:
    async def values(**query: str) -> list[tuple[Any, int]]:
        answer = await ada.get("/api/segments/catalogue/values", params=query)
        assert answer.status_code == 200, answer.text
        return [(one["value"], one["count"]) for one in answer.json()["values"]]

    assert await values(kind="trait", name="plan") == [("free", 3), ("gold", 1)]
    assert await values(kind="trait", name="plan", search="ＧＯ") == [("gold", 1)]
    assert await values(kind="property", name="total", event="Order Completed") == [
        (3_000, 1),
        (5_000, 1),
        (800, 1),
    ]
    assert await values(kind="trait", name="nothing") == []
    assert await values(kind="property", name="total", event="x' OR name = 'Order Completed") == []
    missing = await ada.get("/api/segments/catalogue/values", params={"kind": "property", "name": "total"})
    assert (missing.status_code, missing.json()["code"]) == (422, "event_missing")


async def test_values_within_lists_and_objects_are_found(empty_shop: Shop, ada: Person) -> None:
    shop = empty_shop
    await shop.send(
        shop.knows("hanako", tags=["tea", "cup"], address={"city": "東京"}, plan="call 090-1234-5678"),
        shop.knows("ken", tags=["tea"], address={"city": "大阪"}, plan="free"),
        shop.did("ken", products=[{"sku": "s1"}, {"sku": "s2"}]),
        shop.did("hanako", products=[{"sku": "s1"}]),
    )

    async def values(person: Person, **query: str) -> list[Any]:
        answer = await person.get("/api/segments/catalogue/values", params=query)
        return [one["value"] for one in answer.json()["values"]]

    assert await values(ada, kind="trait", name="tags") == ["tea", "cup"]
    assert sorted(await values(ada, kind="trait", name="address.city")) == ["大阪", "東京"]
    assert await values(ada, kind="property", name="products[].sku", event="Order Completed") == ["s1", "s2"]
    assert sorted(await values(ada, kind="trait", name="plan")) == ["call 090-1234-5678", "free"]


async def test_hidden_fields_offer_no_values(shop: Shop, ben: Person, ada: Person) -> None:
    await shop.send(shop.knows("mai", plan="call 090-1234-5678"))
    hidden = (await ben.get("/api/segments/catalogue/values", params={"kind": "trait", "name": "email"})).json()
    assert hidden == {"values": [], "sampled": 0, "hidden": True}
    shown = await ben.get("/api/segments/catalogue/values", params={"kind": "trait", "name": "plan"})
    assert "5678" not in shown.text
    assert shown.json()["values"]
    seen = await ada.get("/api/segments/catalogue/values", params={"kind": "trait", "name": "plan"})
    assert "5678" in seen.text


async def test_templates_say_whether_they_can_be_used(shop: Shop, ada: Person) -> None:
    found = {one["key"]: one for one in (await ada.get("/api/segments/templates")).json()["items"]}
    assert found["loyal"]["usable"]
    assert (found["cart_abandoners"]["usable"], found["cart_abandoners"]["missing"]) == (False, ["Product Added"])
    assert found["birthday_soon"]["missing"] == ["trait:birthday"]
    assert found["reachable_by_email"]["usable"]
    for one in found.values():
        checked = await check(ada, one["condition"])
        assert not [each for each in checked["problems"] if each["severity"] == "error"], one["key"]
        assert checked["live"]["possible"]
