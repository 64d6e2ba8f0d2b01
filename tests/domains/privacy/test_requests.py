"""Requests of persons: received, extended, refused, carried out; Segment's regulations; archives."""

import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.attack.erasure_world import World
from tests.cast import Person, Visitor

from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.privacy.contracts import STATE_RESTRICTED
from kizuna.domains.privacy.rules.archive_links import ArchiveLink, read_link, sign_link
from kizuna.domains.privacy.rules.deadlines import add_months, due_at, extended_due_at
from kizuna.domains.privacy.service.retention import start_retention
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.ids import new_id
from kizuna.kernel.needles import ERASED, Needles


@pytest.fixture
async def world(
    ada: Person, visitor: Visitor, runtime: Runtime, database_url: str, owner_db: psycopg.Connection[Any]
) -> World:
    made = World(ada, visitor, runtime, database_url, owner_db)
    await made.open()
    return made


async def ask(world: World, kind: str, **more: Any) -> dict[str, Any]:
    body = {"kind": kind, "profile_id": str(await world.profile_id(world.person)), **more}
    answer = await world.ada.post("/api/privacy/requests", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


class Keyed:
    """Ada's API key, for months in which no session lasts."""

    def __init__(self, visitor: Visitor, secret: str) -> None:
        self.visitor, self.headers = visitor, {"Authorization": f"Bearer {secret}"}

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        answer = await self.visitor.request(method, f"/api/privacy/{path}", headers=self.headers, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def keyed(ada: Person, visitor: Visitor) -> Keyed:
    made = await ada.post("/api/workspace/keys", json={"name": "till", "scopes": ["privacy.manage", "privacy.read"]})
    return Keyed(visitor, made.json()["secret"])


def test_a_month_ends_where_the_calendar_says() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 12, 15), 2) == date(2027, 2, 15)
    received = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)  # the first of April in Tokyo
    assert due_at("GDPR", received, "Asia/Tokyo") == datetime(2026, 5, 1, 15, 0, tzinfo=UTC)
    assert due_at("APPI", received, "Asia/Tokyo", 10) == datetime(2026, 4, 11, 15, 0, tzinfo=UTC)
    assert due_at("other", received, "UTC") == datetime(2026, 5, 1, tzinfo=UTC)
    extended = extended_due_at("GDPR", due_at("GDPR", received, "Asia/Tokyo"), "Asia/Tokyo")
    assert extended == datetime(2026, 7, 1, 15, 0, tzinfo=UTC)


def test_texts_lose_those_who_are_named_and_nobody_else() -> None:
    needles = Needles(["u-1", "cust-7", "hana@example.jp", "山田 花子"], ["+819012345678"])
    assert needles.redact_text("asked cust-7, not cust-77") == f"asked {ERASED}, not cust-77"
    assert needles.redact_text("Mail to Hana@Example.jp.") == f"Mail to {ERASED}."
    assert needles.redact_text("call 090-1234-5678 now") == f"call {ERASED} now"
    assert needles.redact_text("call 190-1234-5678 now") == "call 190-1234-5678 now"
    assert needles.redact_text("u-1 is too short for a text") == "u-1 is too short for a text"
    assert needles.redact_json({"id": "u-1", "who": ["山田 花子様"]}) == {"id": ERASED, "who": [f"{ERASED}様"]}
    assert needles.in_text(json.dumps({"name": "山田 花子"}))
    assert needles.in_text("email=hana%40example.jp")
    assert not needles.in_text(json.dumps({"name": "山田 太郎"}))


def test_a_link_cannot_be_forged() -> None:
    link = ArchiveLink(7, new_id(), datetime(2026, 5, 1, tzinfo=UTC))
    token = sign_link(link, b"key")
    assert read_link(token, b"key") == link
    assert read_link(token, b"other") is None
    assert read_link(token[:-4] + "AAAA", b"key") is None
    assert read_link("æ", b"key") is None


async def test_the_deadline_is_kept_in_sight(world: World, keyed: Keyed, clock: ManualClock) -> None:
    request = await ask(world, "access", law="GDPR", note="by letter")
    assert (request["state"], request["overdue"], request["subjects"]) == ("received", False, 1)
    assert request["due_at"] == "2026-05-01T15:00:00Z"
    clock.advance(timedelta(days=31))
    listed = await keyed.ask("GET", "requests", params={"overdue": True})
    assert [one["id"] for one in listed["items"]] == [request["id"]]
    assert await keyed.ask("GET", "requests/summary") == {"open": 1, "overdue": 1, "appi_days": 14}
    path = f"requests/{request['id']}/extend"
    extended = await keyed.ask("POST", path, json={"reason": "many systems"})
    assert (extended["due_at"], extended["overdue"]) == ("2026-07-01T15:00:00Z", False)
    for reason in (" ", "again"):
        refused = await keyed.visitor.post(f"/api/privacy/{path}", headers=keyed.headers, json={"reason": reason})
        assert refused.json()["code"] == "request_extended"


async def test_what_is_refused_says_why_and_has_ended(world: World) -> None:
    request = await ask(world, "erasure")
    path = f"/api/privacy/requests/{request['id']}"
    refused = (await world.ada.post(f"{path}/refuse", json={"reason": "Invoices are kept for ten years."})).json()
    assert (refused["state"], refused["receipt"]["reason"]) == ("refused", "Invoices are kept for ten years.")
    assert (await world.ada.post(f"{path}/start")).status_code == 409
    assert world.db.execute("SELECT subjects FROM privacy_requests").fetchone() == (None,)


async def test_a_correction_is_ended_by_hand(world: World) -> None:
    request = await ask(world, "correction")
    path = f"/api/privacy/requests/{request['id']}"
    assert (await world.ada.post(f"{path}/complete", json={"note": ""})).status_code == 422
    done = (await world.ada.post(f"{path}/complete", json={"note": "Name corrected."})).json()
    assert (done["state"], done["receipt"]["note"]) == ("done", "Name corrected.")


async def test_only_who_may_sees_and_starts(world: World, ben: Person, cleo: Person, dan: Person) -> None:
    body = {"kind": "erasure", "profile_id": str(await world.profile_id(world.person))}
    made = await cleo.post("/api/privacy/requests", json=body)  # an agent hears of it first
    assert made.status_code == 201
    path = f"/api/privacy/requests/{made.json()['id']}"
    assert [(await who.get(path)).status_code for who in (ben, cleo, dan)] == [403, 403, 404]
    assert [(await who.post(f"{path}/start")).status_code for who in (ben, cleo, dan)] == [403, 403, 404]
    assert (await dan.post("/api/privacy/requests", json=body)).status_code == 404
    assert (await ben.post("/api/privacy/requests", json=body)).status_code == 403
    nobody = {"kind": "erasure", "identifiers": [{"type": "email", "value": "no address"}]}
    assert (await world.ada.post("/api/privacy/requests", json=nobody)).json()["code"] == "request_about_nobody"


async def test_an_archive_holds_everything_and_opens_by_link(
    world: World, visitor: Visitor, clock: ManualClock
) -> None:
    await world.send(world.event(world.person, properties={"note": "<script>alert(1)</script>"}))
    await drain_inbox(world.runtime)
    await world.send(world.event(world.person, event="On Its Way"))
    request = await ask(world, "access")
    await world.ada.post(f"/api/privacy/requests/{request['id']}/start")
    await world.run_jobs()
    link = (await world.ada.post(f"/api/privacy/requests/{request['id']}/link")).json()
    answer = await visitor.get(link["url"])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        data = json.loads(archive.read("data.json"))
        page = archive.read("index.html").decode()
    told = {store: rows for store, rows in data["stores"].items() if rows}
    values = {row["value"] for row in told["profiles.profiles"] if row["kind"] == "identifier"}
    assert values == set(world.person.identifiers.values())
    assert [row["name"] for row in told["collect.inbox"]] == ["On Its Way"]
    assert len(told["collect.events"]) == 2
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("https://", "http").split("<style>")[0]
    assert world.neighbour.email not in json.dumps(data)
    clock.advance(timedelta(days=8))
    assert (await visitor.get(link["url"])).status_code == 404
    forged = await visitor.get("/p/archive/forged", headers={"Accept-Language": "ja"})
    assert (forged.status_code, forged.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "このダウンロードのリンクは使えません" in forged.text


async def test_segments_regulations(world: World, ben: Person) -> None:
    person = world.person
    body = {"regulationType": "SUPPRESS_ONLY", "subjectType": "USER_ID", "subjectIds": [person.user_id]}
    made = await world.ada.post("/api/privacy/regulations", json=body)
    assert made.status_code == 201, made.text
    id_ = made.json()["data"]["regulateId"]
    found = (await world.ada.get(f"/api/privacy/regulations/{id_}")).json()["data"]["regulation"]
    assert (found["id"], found["overallStatus"]) == (id_, "FINISHED")
    assert world.db.execute("SELECT DISTINCT state FROM privacy_node_states").fetchall() == [(STATE_RESTRICTED,)]
    shown = await world.ada.get("/api/privacy/suppressions")
    assert shown.json()["suppressed"] == len(person.identifiers)
    assert person.user_id not in shown.text
    await world.ada.post("/api/privacy/regulations", json=body | {"regulationType": "UNSUPPRESS"})
    assert world.db.execute("SELECT DISTINCT state FROM privacy_node_states").fetchall() == [(0,)]
    assert world.db.execute("SELECT count(*) FROM privacy_suppressions").fetchone() == (0,)
    deletion = (await world.ada.post("/api/privacy/regulations", json=body | {"regulationType": "DELETE_ONLY"})).json()
    await world.run_jobs()
    id_ = deletion["data"]["regulateId"]
    found = (await world.ada.get(f"/api/privacy/regulations/{id_}")).json()["data"]["regulation"]
    assert found["overallStatus"] == "FINISHED"
    assert world.db.execute("SELECT count(*) FROM privacy_suppressions").fetchone() == (0,)  # new data may come
    listed = (await world.ada.get("/api/privacy/regulations", params={"limit": 2})).json()["data"]
    assert [one["regulationType"] for one in listed["regulations"]] == ["DELETE_ONLY", "UNSUPPRESS"]
    following = (
        await world.ada.get("/api/privacy/regulations", params={"cursor": listed["pagination"]["next"]})
    ).json()
    assert [one["regulationType"] for one in following["data"]["regulations"]] == ["SUPPRESS_ONLY"]
    for wrong in ({"regulationType": "FORGET"}, {"subjectIds": []}, {"subjectIds": ["x"] * 1001}, {"subjectIds": [""]}):
        assert (await world.ada.post("/api/privacy/regulations", json=body | wrong)).status_code == 422
    assert (await ben.post("/api/privacy/regulations", json=body)).status_code == 403


async def test_disclosures_are_on_record(world: World, ben: Person) -> None:
    id_ = str(await world.profile_id(world.person))
    body = {"recipient": "Yamato", "items": ["name"], "basis": "consent", "profile_ids": [id_]}
    made = await world.ada.post("/api/privacy/disclosures", json=body)
    assert (made.status_code, made.json()["people"]) == (201, 1)
    other = {"profile_id": str(await world.profile_id(world.neighbour))}
    assert (await world.ada.get("/api/privacy/disclosures", params=other)).json()["items"] == []
    assert len((await world.ada.get("/api/privacy/disclosures", params={"profile_id": id_})).json()["items"]) == 1
    for wrong in ({"basis": "gut feeling"}, {"items": []}, {"recipient": " "}, {"profile_ids": []}):
        assert (await world.ada.post("/api/privacy/disclosures", json=body | wrong)).status_code == 422, wrong
    assert (await ben.get("/api/privacy/disclosures")).status_code == 403


async def test_retention_says_what_would_go_and_lets_it_go(
    world: World, keyed: Keyed, ben: Person, clock: ManualClock
) -> None:
    slip = {"rules": [{"kind": "inactive_profile", "days": 3}]}
    assert (await world.ada.put("/api/privacy/retention", json=slip)).status_code == 422
    assert (await ben.put("/api/privacy/retention", json={"rules": []})).status_code == 403
    rules = [
        {"kind": "trait", "name": "plan", "days": 30, "enabled": True},
        {"kind": "inactive_profile", "days": 400, "enabled": True},
        {"kind": "event", "name": "Order Completed", "days": 90, "enabled": True},
    ]
    clock.advance(timedelta(days=100))
    await world.send(world.event(world.neighbour, context={}))
    await drain_inbox(world.runtime)
    clock.advance(timedelta(days=350))
    shown = (await keyed.ask("POST", "retention/dry-run", json={"rules": rules}))["items"]
    assert [(one["kind"], one["number"]) for one in shown] == [("trait", 2), ("inactive_profile", 1), ("event", 1)]
    assert all(one["oldest"] < one["before"] for one in shown)
    assert len((await keyed.ask("PUT", "retention", json={"rules": rules}))["rules"]) == 3
    await start_retention(world.runtime)
    await world.run_jobs()
    ran = {one["kind"]: one["last_removed"] for one in (await keyed.ask("GET", "retention"))["rules"]}
    assert ran == {"event": 1, "trait": 1, "inactive_profile": 1}  # the other trait went with its profile
    assert [name for (name,) in world.db.execute("SELECT name FROM profiles_profiles")] == [world.neighbour.name]
    assert world.db.execute("SELECT count(*) FROM privacy_suppressions").fetchone() == (0,)
    shown = (await keyed.ask("POST", "retention/dry-run", json={"rules": rules}))["items"]
    assert [(one["number"], one["oldest"]) for one in shown] == [(0, None)] * 3
