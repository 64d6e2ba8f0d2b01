"""Purposes and answers over HTTP, and what is left out because of them."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import Person
from tests.domains.profiles.crowd import Crowd

from kizuna.app.worker import run_jobs_once
from kizuna.domains.privacy.service import consent
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import Identifier
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime

NEW = {
    "key": "loyalty",
    "channels": [],
    "terms": {region: {"basis": "consent", "default": "refused"} for region in ("APPI", "GDPR", "other")},
    "texts": {"en": {"title": "Points", "body": "Points for orders."}, "ja": {"title": "ポイント", "body": "付与"}},
}


@pytest.fixture
def crowd(runtime: Runtime, ada: Person) -> Crowd:
    return Crowd(runtime, ada.workspace_id)


@pytest.fixture
async def yuki(crowd: Crowd) -> str:
    """A customer's profile id."""
    await crowd.see([("user_id", "u-1"), ("email", "yuki@example.com")], traits={"plan": "gold"})
    return str(await crowd.profile_id("user_id", "u-1"))


def answers(granted: bool, purpose: str = "marketing", channel: str = "email", **more: Any) -> dict[str, Any]:
    one = {"purpose": purpose, "channel": channel, "granted": granted, "note": "told us on the phone", **more}
    return {"answers": [one]}


async def held(person: Person, profile_id: str, purpose: str, channel: str = "") -> tuple[bool, str]:
    view = (await person.get(f"/api/privacy/people/{profile_id}/consent")).json()
    (item,) = [one for one in view["items"] if (one["purpose"], one["channel"]) == (purpose, channel)]
    return item["allowed"], item["reason"]


async def test_an_answer_is_recorded_with_who_when_and_how(ada: Person, cleo: Person, yuki: str) -> None:
    path = f"/api/privacy/people/{yuki}"
    assert await held(cleo, yuki, "marketing", "email") == (False, "not_asked")

    recorded = await cleo.post(f"{path}/consent", json=answers(True))
    assert recorded.status_code == 200, recorded.text
    assert await held(cleo, yuki, "marketing", "email") == (True, "granted")
    assert await held(cleo, yuki, "marketing", "sms") == (False, "not_asked")
    (one,) = (await ada.get(f"{path}/answers")).json()["items"]
    assert (one["recorded_by"], one["source"], one["knowing"]) == ("Cleo", "member", True)
    assert one["proof"] == {"note": "told us on the phone"}


async def test_the_log_is_only_added_to(ada: Person, yuki: str, clock: ManualClock) -> None:
    path = f"/api/privacy/people/{yuki}"
    for granted in (True, False, True):
        clock.advance(timedelta(minutes=1))
        await ada.post(f"{path}/consent", json=answers(granted))
    assert [one["granted"] for one in (await ada.get(f"{path}/answers")).json()["items"]] == [True, False, True]
    first = (await ada.get(f"{path}/answers", params={"limit": 2})).json()
    rest = (await ada.get(f"{path}/answers", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (answers(True, "marketing", "fax"), "channel_unknown"),
        (answers(True, "analytics", "email"), "channel_unknown"),
        (answers(True, "spying", ""), "purpose_unknown"),
        (answers(False, "service", ""), "purpose_essential"),
        (answers(True, at="2026-04-02T09:00:00Z"), "answer_in_future"),
        (answers(True, note="  "), "note_missing"),
        ({"answers": []}, "answers_invalid"),
    ],
)
async def test_a_wrong_answer_is_refused_with_a_sentence(
    ada: Person, yuki: str, body: dict[str, Any], code: str
) -> None:
    refused = await ada.post(f"/api/privacy/people/{yuki}/consent", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await ada.get(f"/api/privacy/people/{yuki}/answers")).json()["items"] == []


async def test_neither_analysts_nor_strangers_answer_for_a_customer(
    ada: Person, ben: Person, dan: Person, yuki: str
) -> None:
    path = f"/api/privacy/people/{yuki}"
    assert (await ben.post(f"{path}/consent", json=answers(True))).status_code == 403
    assert (await dan.post(f"{path}/consent", json=answers(True))).status_code == 404
    assert (await dan.get(f"{path}/consent")).status_code == 404
    assert (await dan.get(f"{path}/answers")).status_code == 404


async def test_a_purpose_is_added_changed_and_archived(ada: Person, ben: Person, dan: Person, yuki: str) -> None:
    assert (await ben.post("/api/privacy/purposes", json=NEW)).status_code == 403
    made = await ada.post("/api/privacy/purposes", json=NEW)
    assert made.status_code == 201, made.text
    assert (await ada.post("/api/privacy/purposes", json=NEW)).json()["code"] == "purpose_exists"
    await ada.post(f"/api/privacy/people/{yuki}/consent", json=answers(True, "loyalty", ""))
    assert await held(ada, yuki, "loyalty") == (True, "granted")

    texts = NEW["texts"] | {"en": {"title": "Points", "body": "Points for orders and reviews."}}
    changed = (await ada.patch("/api/privacy/purposes/loyalty", json={"texts": texts})).json()
    assert changed["version"] == 2
    versions = (await ada.get("/api/privacy/purposes/loyalty/versions")).json()["items"]
    assert [(one["version"], one["language"]) for one in versions] == [(2, "en"), (2, "ja"), (1, "en"), (1, "ja")]

    await ada.patch("/api/privacy/purposes/loyalty", json={"archived": True})
    view = (await ada.get(f"/api/privacy/people/{yuki}/consent")).json()
    assert "loyalty" not in {one["purpose"] for one in view["items"]}
    assert "loyalty" not in {one["key"] for one in (await dan.get("/api/privacy/purposes")).json()["items"]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "With Space"}, None),
        ({"texts": {"en": {"title": "Points", "body": "x"}}}, "texts"),
        ({"terms": {"APPI": {"basis": "consent", "default": "refused"}}}, "terms"),
        ({"channels": ["fax"]}, "channels"),
    ],
)
async def test_an_incomplete_purpose_is_refused(ada: Person, change: dict[str, Any], field: str | None) -> None:
    refused = await ada.post("/api/privacy/purposes", json=NEW | change)
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == ([field] if field else [])


async def test_what_decides_over_storing_cannot_be_archived(ada: Person) -> None:
    refused = await ada.patch("/api/privacy/purposes/analytics", json={"archived": True})
    assert (refused.status_code, refused.json()["code"]) == (422, "purpose_needed")


async def export(person: Person, runtime: Runtime, database_url: str, **more: Any) -> tuple[list[str], str, Any]:
    order = {"columns": ["user_id"], "reason": "The spring letter", **more}
    started = await person.post("/api/profiles/exports", json=order)
    assert started.status_code == 202, started.text
    await run_jobs_once(runtime, database_url)
    job = (await person.get(f"/api/jobs/{started.json()['id']}")).json()
    archive = (await person.get(f"/api/jobs/{job['id']}/file")).content
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        table = opened.read("profiles.csv").decode("utf-8-sig")
        note = opened.read("README.txt").decode("utf-8-sig")
    return [row[0] for row in csv.reader(io.StringIO(table))][1:], note, job["result"]


async def test_a_list_for_a_purpose_leaves_out_who_has_not_agreed(
    ada: Person, crowd: Crowd, yuki: str, runtime: Runtime, database_url: str
) -> None:
    await crowd.see([("user_id", "u-2")])
    await ada.post(f"/api/privacy/people/{yuki}/consent", json=answers(True))

    rows, note, result = await export(ada, runtime, database_url, purpose="marketing.email")
    assert rows == ["u-1"]
    assert "Left out because of consent: 1" in note
    assert result["withheld"] == 1
    counted = (await ada.get("/api/privacy/withheld")).json()["items"]
    assert [(one["place"], one["reason"], one["number"]) for one in counted] == [("activation", "not_asked", 1)]

    assert (await export(ada, runtime, database_url))[0] == ["u-1", "u-2"], "a list for no such purpose has all"
    for wrong in ("marketing", "marketing.fax", "spying"):
        order = {"reason": "The spring letter", "purpose": wrong}
        assert (await ada.post("/api/profiles/exports", json=order)).json()["code"] == "purpose_unknown"


async def test_who_asked_to_stop_is_in_no_list_and_hidden_from_staff(
    ada: Person, cleo: Person, crowd: Crowd, yuki: str, runtime: Runtime, database_url: str
) -> None:
    await crowd.see([("user_id", "u-2")])
    async with ada.unit() as ctx:
        found = await profiles.find_keys(ctx, [Identifier("user_id", "u-1")])
        (keys,) = (await profiles.member_keys(ctx, found.values())).values()
        await consent.restrict(ctx, keys)

    assert (await export(ada, runtime, database_url))[0] == ["u-2"]
    shown = (await cleo.get(f"/api/profiles/{yuki}")).json()
    assert (shown["restricted"], shown["traits"]) == (True, [])
    refused = await cleo.get(f"/api/profiles/{yuki}/timeline")
    assert (refused.status_code, refused.json()["code"]) == (403, "profile_restricted")
    assert (await ada.get(f"/api/profiles/{yuki}/timeline")).status_code == 200

    async with ada.unit() as ctx:
        await consent.release(ctx, keys)
    assert (await cleo.get(f"/api/profiles/{yuki}/timeline")).status_code == 200


async def test_a_merge_keeps_the_refusal_and_taking_apart_gives_each_its_own(
    ada: Person, crowd: Crowd, yuki: str, clock: ManualClock, add_answer: Callable[..., Any]
) -> None:
    await crowd.see([("user_id", "u-2")])
    other = str(await crowd.profile_id("user_id", "u-2"))
    await add_answer("u-2", False, minute=1, knowing=True)
    await add_answer("u-1", True, minute=2, knowing=False)
    merged = await ada.post("/api/profiles/merge", json={"into": yuki, "from": other})
    assert merged.status_code == 200, merged.text
    assert await held(ada, yuki, "analytics") == (False, "refused")

    (link,) = (await ada.get(f"/api/profiles/{yuki}/identity")).json()["links"][-1:]
    apart = await ada.post(f"/api/profiles/{yuki}/unmerge", json={"link_id": link["id"]})
    assert apart.status_code == 200, apart.text
    ids = {str(await crowd.profile_id("user_id", user)): user for user in ("u-1", "u-2")}
    found = {user: (await held(ada, id_, "analytics"))[1] for id_, user in ids.items()}
    assert found == {"u-1": "granted", "u-2": "refused"}


@pytest.fixture
def add_answer(ada: Person) -> Callable[..., Any]:
    async def add(user_id: str, granted: bool, *, minute: int, knowing: bool) -> None:
        async with ada.unit() as ctx:
            (key,) = (await profiles.find_keys(ctx, [Identifier("user_id", user_id)])).values()
            people = await profiles.member_keys(ctx, [key])
            one = consent.Answer(
                key=key,
                purpose="analytics",
                channel="",
                granted=granted,
                knowing=knowing,
                at=ctx.clock.now() - timedelta(hours=1) + timedelta(minutes=minute),
            )
            await consent.record_answers(ctx, [one], list(people.values()))

    return add
