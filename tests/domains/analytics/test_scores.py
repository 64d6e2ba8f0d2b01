"""Scores over HTTP: turned on and off, previewed, written to profiles, and run every night."""

import math
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.cast import Person
from tests.domains.segments.shop import Shop, condition, has_trait

from kizuna.domains.analytics.rules.churn_reasons import FEATURES
from kizuna.domains.analytics.service import scores_run
from kizuna.domains.analytics.service.scores import SCORES
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Invalid

PLACE = "/api/analytics/scores"


async def values(shop: Shop, name: str) -> dict[str, Any]:
    """By customer's name, as profiles show them."""
    found: dict[str, Any] = {}
    for one in (await shop.owner.get("/api/profiles")).json()["items"]:
        shown = (await shop.owner.get(f"/api/profiles/{one['id']}")).json()
        found.update((one["name"], trait["value"]) for trait in shown["traits"] if trait["name"] == name)
    return found


async def turn(shop: Shop, key: str, *, on: bool = True, **more: Any) -> dict[str, Any]:
    changed = await shop.owner.put(f"{PLACE}/{key}", json={"enabled": on} | more)
    assert changed.status_code == 200, changed.text
    await shop.run_jobs()
    return (await shop.owner.get(f"{PLACE}/{key}")).json()


async def test_every_score_describes_itself_and_is_off_at_first(shop: Shop, cleo: Person) -> None:
    listed = (await cleo.get(PLACE)).json()["items"]
    assert [one["key"] for one in listed] == list(SCORES)
    for one in listed:
        assert (one["enabled"], one["people"], one["ran_at"], one["hidden"]) == (False, 0, None, None)
        assert all({"en", "ja"} == set(one[text]) for text in ("title", "description"))
        assert set(one["params"]) == set(one["params_schema"]["properties"])
    assert (await cleo.get(f"{PLACE}/nothing")).status_code == 404
    assert (await cleo.put(f"{PLACE}/rfm_group", json={"enabled": True})).status_code == 403


async def test_a_score_that_is_on_is_a_trait_of_each_customer(
    shop: Shop, ben: Person, ada: Person, dan: Person
) -> None:
    lines = [{"category": "tea"}, {"category": "cup"}]
    await shop.send(
        shop.did("ken", days_ago=9, products=lines),
        shop.did("ken", days_ago=8, products=lines[:1]),
        shop.did("hanako", days_ago=7, products=lines),
        shop.did("hanako", days_ago=400, products=lines[:1] * 5),
    )
    started = await ben.put(f"{PLACE}/favourite_category", json={"enabled": True})
    assert started.status_code == 200
    await shop.run_jobs()
    # As often and as late: the first of the texts. What is longer ago than the days is not looked at.
    assert await values(shop, "favourite_category") == {"Ken": "tea", "Hanako": "cup"}
    found = (await ben.get(f"{PLACE}/favourite_category")).json()
    assert (found["enabled"], found["people"], found["days"], found["error"]) == (True, 2, 365, None)
    job = (await ada.get(f"/api/jobs/{found['job_id']}")).json()
    assert (job["state"], job["result"], job["done"]) == ("done", {"people": 2}, 2)

    buyers = await shop.make("Tea", condition(has_trait("favourite_category", "tea")))
    assert await shop.names_in(buyers["id"]) == ["Ken"]
    assert [one["enabled"] for one in (await dan.get(PLACE)).json()["items"]] == [False] * len(SCORES)
    entries = (await ada.get("/api/workspace/audit")).json()["items"]
    assert next(one for one in entries if one["action"] == "score.changed")["after"] == {
        "enabled": True,
        "days": 365,
        "as_of": "now",
    }

    await turn(shop, "favourite_category", on=False)
    assert await values(shop, "favourite_category") == {}


async def test_when_somebody_bought_last(shop: Shop, runtime: Runtime) -> None:
    found = await turn(shop, "last_purchase_at")
    bought = (runtime.clock.now() - timedelta(days=2)).isoformat().replace("+00:00", "Z")
    assert await values(shop, "last_purchase_at") == {"Hanako": bought, "Ken": bought}
    assert found["days"] is None
    refused = await shop.owner.put(f"{PLACE}/last_purchase_at", json={"enabled": True, "days": 30})
    assert (refused.status_code, refused.json()["code"]) == (422, "days_not_used")


async def test_in_which_stage_everybody_is(shop: Shop) -> None:
    found = await turn(shop, "stage")
    # Ryo looked at a product, Ken bought once, Hanako twice.
    assert await values(shop, "stage") == {"Ryo": "consideration", "Ken": "purchase", "Hanako": "use"}
    assert found["quality"]["stages"] == {"awareness": 0, "consideration": 1, "purchase": 1, "use": 1, "loyalty": 0}
    assert found["words"]["use"] == {"en": "Use", "ja": "利用"}


async def test_the_first_run_fixes_the_scale_of_engagement(shop: Shop, ben: Person) -> None:
    params = {"behaviours": [{"event": {"name": "Order Completed"}, "points": 10}], "half_life_days": 100}
    previewed = await ben.post(f"{PLACE}/engagement_score/preview", json={"params": params})
    assert previewed.status_code == 200, previewed.text
    preview = previewed.json()
    # Hanako has 10 · (2^-0.02 + 2^-0.2) points, Ken 10 · 2^-0.02: half way between is the scale.
    assert preview["quality"]["scale"] == pytest.approx(14.215, abs=0.01)
    assert (preview["found"], preview["least"], preview["most"]) == (2, 38, 60)
    assert [(one["low"], one["people"]) for one in preview["bins"] if one["people"]] == [(35, 1), (60, 1)]
    assert {one["name"]: one["value"] for one in preview["sample"]} == {"H••••": 60, "K••••": 38}, "as Ben sees them"
    assert preview["quality"]["purchase"] is None
    assert "not_enough_foretells_purchase" in [one["code"] for one in preview["quality"]["caveats"]]
    assert (await ben.get(f"{PLACE}/engagement_score")).json()["params"]["scale"] is None

    found = await turn(shop, "engagement_score", params=params)
    assert found["params"]["scale"] == pytest.approx(14.215, abs=0.01)
    assert await values(shop, "engagement_score") == {"Hanako": 60, "Ken": 38}
    # What others do changes nobody's score.
    await shop.send(*(shop.did("ryo", days_ago=0.1 + number / 100) for number in range(20)))
    assert (await ben.post(f"{PLACE}/engagement_score/run")).status_code == 202
    await shop.run_jobs()
    assert await values(shop, "engagement_score") == {"Hanako": 60, "Ken": 38, "Ryo": 100}


async def test_where_there_is_too_little_nothing_is_written(shop: Shop) -> None:
    for key in ("rfm_group", "churn_risk", "clv", "p_alive"):
        found = await turn(shop, key)
        assert (found["people"], found["error"]) == (0, None)
        assert "not_enough_data" in [one["code"] for one in found["quality"]["caveats"]]
        assert await values(shop, key) == {}


async def test_rfm_groups_follow_what_people_buy(shop: Shop) -> None:
    buyers = [(shop.knows(f"b{n}", name=f"B{n}"), shop.did(f"b{n}", days_ago=30 + n, total=n)) for n in range(10)]
    await shop.send(*(event for pair in buyers for event in pair))
    found = await turn(shop, "rfm_group")
    groups = await values(shop, "rfm_group")
    assert (groups["Hanako"], groups["B9"]) == ("champions", "lost")
    assert found["quality"]["groups"]["champions"] == sum(one == "champions" for one in groups.values())
    # By the days of the last event, everybody is as near to it as before, whatever day it is.
    later = await turn(shop, "rfm_group", as_of="last_event", days=20)
    assert later["people"] == 0
    assert await values(shop, "rfm_group") == {}


async def test_it_runs_every_night_of_the_workspace(
    shop: Shop, ada: Person, runtime: Runtime, clock: ManualClock
) -> None:
    async def night() -> str:
        await scores_run.queue_due(runtime)
        await scores_run.queue_due(runtime)  # what waits is not queued twice
        await shop.run_jobs()
        return (await ada.get(f"{PLACE}/last_purchase_at")).json()["ran_at"]

    first = (await turn(shop, "last_purchase_at"))["ran_at"]  # 18:00 in Tokyo
    clock.advance(timedelta(hours=7, minutes=59))
    assert await night() == first
    clock.advance(timedelta(minutes=1))  # 02:00
    await shop.send(shop.did("ryo", days_ago=0.01))
    second = await night()
    assert second > first
    assert set(await values(shop, "last_purchase_at")) == {"Hanako", "Ken", "Ryo"}
    clock.advance(timedelta(hours=23))
    assert await night() == second


async def test_what_goes_wrong_stands_at_the_score_and_its_values_stay(
    shop: Shop, ada: Person, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    await turn(shop, "last_purchase_at")
    clock.advance(timedelta(days=1))

    async def fail(*_: Any) -> Any:
        raise Invalid("sql_failed", "The lake said no.")

    with monkeypatch.context() as broken:
        broken.setattr(scores_run, "compute_score", fail)
        await scores_run.run_due(runtime, ada.workspace_id)
    found = (await ada.get(f"{PLACE}/last_purchase_at")).json()
    assert (found["error"], found["people"]) == ("The lake said no.", 2)
    assert set(await values(shop, "last_purchase_at")) == {"Hanako", "Ken"}
    await scores_run.run_due(runtime, ada.workspace_id)  # not before the next night
    assert (await ada.get(f"{PLACE}/last_purchase_at")).json()["error"] == "The lake said no."
    clock.advance(timedelta(days=1))
    await scores_run.run_due(runtime, ada.workspace_id)
    assert (await ada.get(f"{PLACE}/last_purchase_at")).json()["error"] is None


async def test_a_run_that_ends_late_writes_nothing_over_newer_settings(
    shop: Shop, ada: Person, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await turn(shop, "last_purchase_at")
    compute = scores_run.compute_score

    async def change_meanwhile(*given: Any) -> Any:
        found = await compute(*given)
        changed = await ada.put(f"{PLACE}/last_purchase_at", json={"enabled": False})
        assert changed.status_code == 200, changed.text
        return found

    async with runtime.unit(ada.workspace_id) as ctx:
        row = await scores_run.repository.find(ctx, "last_purchase_at")
    assert row is not None
    with monkeypatch.context() as slow:
        slow.setattr(scores_run, "compute_score", change_meanwhile)
        assert await scores_run.run_score(runtime, ada.workspace_id, row) is None
    await shop.run_jobs()
    assert await values(shop, "last_purchase_at") == {}


async def test_nobody_else_writes_a_trait_of_that_name(shop: Shop, ada: Person) -> None:
    figure = {"kind": "count", "event": {"name": "Order Completed"}}
    taken = await ada.post("/api/segments/traits", json={"name": "rfm_group", "figure": figure})
    assert (taken.status_code, taken.json()["code"]) == (409, "trait_name_brought")
    await shop.send(shop.knows("ken", churn_risk="high"))
    refused = await ada.put(f"{PLACE}/churn_risk", json={"enabled": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "trait_name_brought")
    off = await ada.post(f"{PLACE}/churn_risk/run")
    assert (off.status_code, off.json()["code"]) == (409, "score_off")


async def test_what_cannot_be_asked_is_refused_with_its_place(ada: Person) -> None:
    takes_away = {"behaviours": [{"event": {"name": "A"}, "points": -1}]}
    for key, params, field in (
        ("engagement_score", {"behaviours": []}, "params.behaviours"),
        ("engagement_score", takes_away, "params.behaviours"),
        ("rfm_group", {"amount_property": "products[].price"}, "params.amount_property"),
        ("rfm_group", {"values": "both"}, "params"),
    ):
        for answer in (
            await ada.put(f"{PLACE}/{key}", json={"enabled": True, "params": params}),
            await ada.post(f"{PLACE}/{key}/preview", json={"params": params}),
        ):
            assert answer.status_code == 422, answer.text
            assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_who_does_not_see_a_field_sees_no_settings_that_read_it(ada: Person, cleo: Person) -> None:
    params = {
        "event": {"name": "Order Completed", "where": [{"property": "total", "test": {"op": "between", "low": 5}}]}
    }
    changed = await ada.put(f"{PLACE}/last_purchase_at", json={"enabled": True, "params": params})
    assert changed.status_code == 200, changed.text
    hidden = {"kind": "property", "name": "total", "class": "sensitive"}
    assert (await ada.put("/api/privacy/fields", json=hidden)).status_code in (200, 204)
    shown = (await cleo.get(f"{PLACE}/last_purchase_at")).json()
    assert (shown["params"], shown["enabled"]) == (None, True)
    assert "total" in shown["hidden"]
    assert (await ada.get(f"{PLACE}/last_purchase_at")).json()["params"]["event"]["where"] != []


async def test_without_a_model_nothing_is_explained(shop: Shop, ada: Person, dan: Person) -> None:
    (ken,) = (await ada.get("/api/profiles", params={"search": "Ken"})).json()["items"]
    place = f"{PLACE}/churn_risk/people/{ken['id']}"
    assert (await ada.get(place)).json()["code"] == "no_model"
    assert (await dan.get(place)).status_code == 404
    assert (await ada.get(place.replace("churn_risk", "rfm_group"))).json()["code"] == "no_reasons"


async def test_a_risk_is_explained_by_the_model_that_is_kept(
    shop: Shop, ada: Person, owner_db: psycopg.Connection[Any]
) -> None:
    await turn(shop, "churn_risk")
    weights = [2.0 if name == "since_last" else -1.0 if name == "orders" else 0.0 for name in FEATURES]
    model = {
        "names": list(FEATURES),
        "means": [1.0] * len(FEATURES),
        "spreads": [1.0] * len(FEATURES),
        "weights": weights,
        "intercept": -1.0,
    }
    owner_db.execute("UPDATE analytics_scores SET quality = %s", [Jsonb({"model": model})])
    owner_db.commit()
    (ken,) = (await ada.get("/api/profiles", params={"search": "Ken"})).json()["items"]
    told = (await ada.get(f"{PLACE}/churn_risk/people/{ken['id']}")).json()
    # Two days since the last purchase, one order: log 3 is a little more than 1, log 2 a little less.
    assert told["usual"] == pytest.approx(1 / (1 + math.e))
    change = 2 * (math.log(3) - 1) - (math.log(2) - 1)
    assert told["risk"] == pytest.approx(1 / (1 + math.exp(1 - change)))
    assert [(one["feature"], one["text"]["en"]) for one in told["reasons"]] == [
        ("orders", "Bought few times"),
        ("since_last", "The last purchase is long ago"),
    ]
    (ryo,) = (await ada.get("/api/profiles", params={"search": "Ryo"})).json()["items"]
    assert (await ada.get(f"{PLACE}/churn_risk/people/{ryo['id']}")).json()["code"] == "not_a_customer"
