"""Segments by the hour and day: asked of the whole lake, with consent, other segments and facts beside it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from pyroaring import BitMap
from tests.cast import Person
from tests.domains.segments.shop import BOUGHT, Shop, condition, has_trait

from kizuna.app.asgi import runtime_of
from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments.service import scheduled
from kizuna.domains.segments.service.consented import read_consented
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.conditions import ConditionFact
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Invalid

DAILY = {"kind": "scheduled", "every": "day"}
HOURLY = {"kind": "scheduled", "every": "hour"}


async def agree(person: Person, name: str, *, granted: bool = True, purpose: str = "marketing") -> None:
    (found,) = (await person.get("/api/profiles", params={"search": name})).json()["items"]
    answer = {"purpose": purpose, "granted": granted, "note": "said so at the till"}
    if purpose == "marketing":
        answer["channel"] = "email"
    done = await person.post(f"/api/privacy/people/{found['id']}/consent", json={"answers": [answer]})
    assert done.status_code in (200, 201), done.text


async def keys_of(ctx: Context, *user_ids: str) -> dict[str, int]:
    nodes = await profiles.find_keys(ctx, [("user_id", one) for one in user_ids])
    refs = await profiles.profile_ids(ctx, nodes.values())
    return {one.value: refs[key].profile_key for one, key in nodes.items()}


async def test_a_scheduled_segment_is_worked_out_once_it_is_made(shop: Shop, ada: Person) -> None:
    made = await shop.make("Buyers", condition(BOUGHT), **DAILY)
    assert (made["state"], made["size"], made["every"], made["error"]) == ("ready", 2, "day", None)
    assert made["ran_at"] is not None
    assert await shop.names_in(made["id"]) == ["Hanako", "Ken"]
    assert (made["entered_24h"], made["left_24h"]) == (2, 0)


async def test_it_runs_anew_when_its_day_or_hour_begins(
    shop: Shop, ada: Person, runtime: Runtime, clock: ManualClock
) -> None:
    async def sizes() -> list[int]:
        await scheduled.queue_due(runtime)
        await scheduled.queue_due(runtime)  # what waits is not queued twice
        await shop.run_jobs()
        return [(await ada.get(f"/api/segments/{one['id']}")).json()["size"] for one in (daily, hourly)]

    daily = await shop.make("By day", condition(BOUGHT), **DAILY)  # 09:00 UTC, 18:00 in Tokyo
    hourly = await shop.make("By hour", condition(BOUGHT), **HOURLY)
    await shop.send(shop.did("yui", days_ago=0))
    clock.advance(timedelta(minutes=59))
    assert await sizes() == [2, 2]
    clock.advance(timedelta(minutes=1))
    assert await sizes() == [2, 3]
    clock.advance(timedelta(hours=4, minutes=59))  # 23:59 in Tokyo
    assert await sizes() == [2, 3]
    clock.advance(timedelta(minutes=1))
    assert await sizes() == [3, 3]
    moves = (await ada.get(f"/api/segments/{daily['id']}/moves")).json()["items"]
    assert [one["name"] for one in moves] == ["Yui", "Hanako", "Ken"]


async def test_a_run_beside_the_schedule(shop: Shop, ada: Person) -> None:
    made = await shop.make("Buyers", condition(BOUGHT), **DAILY)
    await shop.send(shop.did("yui", days_ago=0))
    ran = await ada.post(f"/api/segments/{made['id']}/run")
    assert ran.status_code == 200, ran.text
    await shop.run_jobs()
    job = (await ada.get(f"/api/jobs/{ran.json()['job_id']}")).json()
    assert (job["kind"], job["state"], job["result"]) == ("segments.run", "done", {"entered": 1, "left": 0})
    live = await ada.post("/api/segments", json={"name": "Live", "condition": condition(BOUGHT)})
    refused = await ada.post(f"/api/segments/{live.json()['id']}/run")
    assert (refused.status_code, refused.json()["code"]) == (422, "segment_not_scheduled")


async def test_consent_is_asked_of_everybody_as_it_is_decided_for_one(
    shop: Shop, ada: Person, runtime: Runtime
) -> None:
    await agree(ada, "Hanako")
    await agree(ada, "Yui")
    await agree(ada, "Yui", granted=False)
    await agree(ada, "Ken", granted=False, purpose="personalisation")
    may_mail = {"kind": "consent", "purpose": "marketing", "channel": "email"}
    made = await shop.make("May be mailed", condition(may_mail), **DAILY)
    assert await shop.names_in(made["id"]) == ["Hanako"]
    # Without an answer personalisation is allowed in Japan: everybody but Ken, and who is restricted.
    (ryo,) = (await ada.get("/api/profiles", params={"search": "Ryo"})).json()["items"]
    asked = (await ada.post("/api/privacy/requests", json={"kind": "restriction", "profile_id": ryo["id"]})).json()
    await ada.post(f"/api/privacy/requests/{asked['id']}/start")
    await shop.run_jobs()
    open_to = condition({"kind": "consent", "purpose": "personalisation"})
    made = await shop.make("Open to it", open_to, **DAILY)
    assert await shop.names_in(made["id"]) == ["Hanako", "Yui"]
    async with ada.unit() as ctx:
        keys = await keys_of(ctx, "hanako", "ken", "ryo", "yui")
        universe = BitMap(keys.values())
        assert await read_consented(ctx, "service", "", universe) == universe
        assert await read_consented(ctx, "nothing", "", universe) == BitMap()
        assert await read_consented(ctx, "marketing", "email", BitMap([keys["ken"]])) == BitMap()


async def test_other_segments_are_asked_too(shop: Shop, ada: Person) -> None:
    listed = await shop.upload("Guests", "hanako", "yui")
    guest = {"kind": "segment", "id": listed["id"]}
    made = await shop.make("Guests without order", condition(guest, {"kind": "not", "of": BOUGHT}), **DAILY)
    assert await shop.names_in(made["id"]) == ["Yui"]


@pytest.fixture
def tiers(app: Litestar, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> ConditionFact:
    """Another domain that knows of Hanako and Ken."""

    async def read(ctx: Context, profile_keys: Sequence[int]) -> Mapping[int, Any]:
        keys = await keys_of(ctx, "hanako", "ken")
        known = {keys["hanako"]: "gold", keys["ken"]: "silver"}
        return {key: known[key] for key in profile_keys if key in known}

    fact = ConditionFact("loyalty.tier", {"en": "Tier", "ja": "会員ランク"}, "string", read)
    for one in (runtime, runtime_of(app)):
        monkeypatch.setitem(one.registry.__dict__, "condition_facts", {fact.name: fact})
    return fact


def has_tier(*tiers: str) -> dict[str, Any]:
    return condition({"kind": "fact", "name": "loyalty.tier", "test": {"op": "in", "values": list(tiers)}})


async def test_facts_of_other_domains_are_asked_by_schedule(shop: Shop, ada: Person, tiers: ConditionFact) -> None:
    found = (await ada.get("/api/segments/catalogue")).json()["facts"]
    assert found == [{"name": "loyalty.tier", "title": {"en": "Tier", "ja": "会員ランク"}, "type": "string"}]
    refused = await ada.post("/api/segments", json={"name": "Gold", "condition": has_tier("gold")})
    assert (refused.status_code, refused.json()["code"]) == (422, "condition_not_live")
    for wanted, members in ((("gold",), ["Hanako"]), (("gold", "silver"), ["Hanako", "Ken"]), (("none",), [])):
        made = await shop.make(" ".join(wanted), has_tier(*wanted), **DAILY)
        assert (made["state"], await shop.names_in(made["id"])) == ("ready", members)


async def test_what_goes_wrong_stands_at_the_segment_and_mends_itself(
    shop: Shop, ada: Person, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    made = await shop.make("Buyers", condition(BOUGHT), **HOURLY)

    async def fail(*_: Any) -> BitMap:
        raise Invalid("sql_failed", "The lake said no.")

    async def read() -> dict[str, Any]:
        return (await ada.get(f"/api/segments/{made['id']}")).json()

    with monkeypatch.context() as broken:
        broken.setattr(scheduled, "ask", fail)
        await scheduled.run_due(runtime, ada.workspace_id, made["id"])
    found = await read()
    assert (found["state"], found["error"], found["size"]) == ("failed", "The lake said no.", 2)
    await scheduled.run_due(runtime, ada.workspace_id, made["id"])
    found = await read()
    assert (found["state"], found["error"]) == ("ready", None)


async def test_a_run_that_ends_late_undoes_no_newer_condition(
    shop: Shop, ada: Person, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, owner_db: psycopg.Connection[Any]
) -> None:
    made = await shop.make("Buyers", condition(BOUGHT), **HOURLY)
    path = f"/api/segments/{made['id']}"

    async def change_meanwhile(*_: Any) -> BitMap:
        answer = await ada.patch(path, json={"condition": condition(has_trait("plan", "free"))})
        assert answer.status_code == 200, answer.text
        return BitMap()

    with monkeypatch.context() as late:
        late.setattr(scheduled, "ask", change_meanwhile)
        await scheduled.run_due(runtime, ada.workspace_id, made["id"])
    assert (await ada.get(path)).json()["state"] == "building"
    assert await shop.names_in(made["id"]) == ["Hanako", "Ken"]
    await shop.run_jobs()
    assert await shop.names_in(made["id"]) == ["Ken", "Ryo", "Yui"]
    assert (await ada.delete(path)).status_code == 204
    assert await scheduled.run_segment(runtime, ada.workspace_id, made["id"]) is None


async def test_a_day_begins_where_the_workspace_is(ada: Person, clock: ManualClock) -> None:
    async with ada.unit() as ctx:
        hour, day = scheduled.period_starts(ctx)
    assert hour == datetime(2026, 4, 1, 9, tzinfo=UTC)
    assert day == datetime(2026, 3, 31, 15, tzinfo=UTC)
