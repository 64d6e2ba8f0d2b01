"""Changes of a segment on their way: what receivers get, and what becomes of what they do not take."""

import asyncio
import hmac
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from tests.cast import Person
from tests.domains.segments.receivers import Outpost
from tests.receiver import Got, receiving, reply

from kizuna.domains.segments.signals import SegmentMove, SegmentsChanged
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings
from kizuna.kernel.signals import publish


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, outbound_private=True)


@pytest.fixture
async def outpost(ada: Person, runtime: Runtime, database_url: str) -> AsyncIterator[Outpost]:
    async with receiving() as receiver:
        made = Outpost(ada, runtime, database_url, receiver)
        await made.open("yuki", "ken", "hana")
        yield made


def verify(got: Got, secret: str, now: float) -> bool:
    """As the documentation tells receivers to do it."""
    parts = [part.split("=", 1) for part in got.headers["kizuna-signature"].split(",")]
    at = next(value for name, value in parts if name == "t")
    expected = hmac.new(secret.encode(), at.encode() + b"." + got.body, sha256).hexdigest()
    known = any(hmac.compare_digest(value, expected) for name, value in parts if name == "v1")
    return known and abs(now - int(at)) <= 300


async def test_who_enters_and_who_leaves_is_told_and_signed(outpost: Outpost, clock: ManualClock) -> None:
    made = await outpost.make()
    await outpost.become("yuki", "ken")
    await outpost.become("yuki")
    assert outpost.told() == [("entered", ["yuki", "ken"]), ("left", ["ken"])]

    entered, left = outpost.receiver.requests
    assert all(verify(got, made["secret"], clock.now().timestamp()) for got in (entered, left))
    assert not verify(replace(entered, body=entered.body + b" "), made["secret"], clock.now().timestamp())
    assert entered.json["segment"] == {"id": outpost.segment_id, "name": "Friends"}
    assert entered.json["people"][0] == {
        "profile_id": outpost.ids["yuki"],
        "identifiers": {"user_id": ["yuki"], "email": ["yuki@example.jp"]},
        "traits": {"plan": "gold"},
    }
    assert left.json["people"][0]["traits"] == {}
    first, second = await outpost.log(made)
    assert (first["state"], first["people"], first["sent"], first["status"]) == ("sent", 2, 2, 200)
    assert first["delivery_id"] == entered.json["id"] == entered.headers["kizuna-delivery"]
    assert second["change"] == "left"


async def test_deliveries_hold_nothing_of_anybody(outpost: Outpost, owner_db: psycopg.Connection[Any]) -> None:
    await outpost.make()
    await outpost.become("yuki", "ken")
    rows = owner_db.execute("SELECT to_jsonb(one)::text FROM segments_deliveries AS one").fetchall()
    text = " ".join(row for (row,) in rows)
    assert not any(secret in text for secret in ("yuki", outpost.ids["yuki"], "gold"))


async def test_what_fails_is_tried_again_later_with_the_same_id(outpost: Outpost, clock: ManualClock) -> None:
    made = await outpost.make()
    outpost.receiver.answers = [reply(500, b"yuki@example.jp is no good"), reply(503), reply(200)]
    await outpost.become("yuki")
    (failed,) = await outpost.log(made)
    assert (failed["state"], failed["tries"], failed["status"], failed["reason"]) == ("failed", 1, 500, "answered")
    assert (await outpost.read(made))["state"] == "failing"

    await outpost.retry()
    assert len(outpost.receiver.requests) == 1, "not before its time"
    clock.advance(timedelta(seconds=38))
    await outpost.retry()
    (failed,) = await outpost.log(made)
    assert (failed["state"], failed["tries"]) == ("failed", 2)
    clock.advance(timedelta(seconds=38))
    await outpost.retry()
    assert len(outpost.receiver.requests) == 2, "twice as long the second time"
    clock.advance(timedelta(seconds=38))
    await outpost.retry()
    assert {got.json["id"] for got in outpost.receiver.requests} == {failed["delivery_id"]}
    (sent,) = await outpost.log(made)
    assert (sent["state"], sent["sent"]) == ("sent", 1)
    assert (await outpost.read(made))["state"] == "ready"


async def test_a_receiver_says_when_to_come_again(outpost: Outpost, clock: ManualClock) -> None:
    made = await outpost.make()
    outpost.receiver.answers = [reply(429, Retry_After="600")]
    await outpost.become("yuki")
    clock.advance(timedelta(seconds=599))
    await outpost.retry()
    assert len(outpost.receiver.requests) == 1
    clock.advance(timedelta(seconds=1))
    await outpost.retry()
    assert [one["state"] for one in await outpost.log(made)] == ["sent"]


@pytest.mark.parametrize(("answer", "reason"), [(reply(400), "answered"), (reply(301, Location="/new"), "redirect")])
async def test_what_is_refused_for_good_is_given_up_and_the_next_goes_on(
    outpost: Outpost, answer: bytes, reason: str
) -> None:
    made = await outpost.make()
    outpost.receiver.answers = [answer]
    await outpost.become("yuki")
    await outpost.become("yuki", "ken")
    first, second = await outpost.log(made)
    assert (first["state"], first["reason"], first["next_at"], second["state"]) == ("given_up", reason, None, "sent")
    assert (await outpost.read(made))["missed_at"] is not None

    job = await outpost.sync(made)
    assert (job["state"], job["result"]["sent"]) == ("done", 2)
    assert (await outpost.read(made))["missed_at"] is None


async def test_a_huge_answer_is_taken_for_what_its_status_says(outpost: Outpost) -> None:
    made = await outpost.make()
    outpost.receiver.answers = [reply(200, b"x" * 2_000_000)]
    await outpost.become("yuki")
    assert [one["state"] for one in await outpost.log(made)] == ["sent"]


async def test_a_closed_door_waits(outpost: Outpost) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    made = await outpost.make(settings={"url": url})
    await outpost.become("yuki")
    (failed,) = await outpost.log(made)
    assert (failed["state"], failed["reason"], failed["status"]) == ("failed", "unreachable", None)


async def test_a_later_change_never_overtakes_an_earlier_one(outpost: Outpost, clock: ManualClock) -> None:
    made = await outpost.make()
    outpost.receiver.answers = [reply(500)]
    await outpost.become("yuki")
    await outpost.become()
    await outpost.become("yuki", "ken")
    assert len(outpost.receiver.requests) == 1, "the lane waits for its first"
    assert (await outpost.read(made))["waiting"] == 3
    clock.advance(timedelta(minutes=1))
    await outpost.retry()
    assert outpost.told()[1:] == [("entered", ["yuki"]), ("left", ["yuki"]), ("entered", ["yuki", "ken"])]


async def test_signals_that_come_in_another_order_or_twice_change_nothing(
    outpost: Outpost, ada: Person, owner_db: psycopg.Connection[Any]
) -> None:
    made = await outpost.make(enabled=False)
    await outpost.become("yuki")
    await outpost.become()
    moves = owner_db.execute("SELECT id, entered, keys FROM segments_moves ORDER BY id DESC LIMIT 2").fetchall()
    owner_db.execute("UPDATE segments_destinations SET enabled = true, missed_at = NULL")
    for id_, entered, keys in (*moves, moves[0]):
        async with ada.unit() as ctx:
            move = SegmentMove(outpost.segment_id, id_, entered, tuple(keys))
            await publish(ctx, SegmentsChanged((move,)))
        await outpost.work()  # after the first, the later one's: the earlier move goes before it
        assert outpost.told() == [("entered", ["yuki"]), ("left", ["yuki"])]
    assert len(await outpost.log(made)) == 2


async def test_who_has_not_agreed_is_withheld_and_counted(outpost: Outpost, ada: Person) -> None:
    await outpost.answer("ken", False)
    made = await outpost.make()
    await outpost.become("yuki", "ken")
    await outpost.become("yuki")
    assert outpost.told() == [("entered", ["yuki"])], "nobody leaves who was never told of"
    entered, left = await outpost.log(made)
    assert (entered["people"], entered["sent"], entered["withheld"]) == (2, 1, 1)
    assert (left["state"], left["sent"]) == ("sent", 0)
    counted = (await ada.get("/api/privacy/withheld")).json()
    assert "activation" in str(counted)


async def test_who_withdraws_is_told_as_leaving_by_the_next_full_sync(outpost: Outpost) -> None:
    made = await outpost.make()
    await outpost.become("yuki", "ken")
    await outpost.answer("ken", False)
    outpost.receiver.requests.clear()
    job = await outpost.sync(made)
    assert outpost.told() == [("snapshot", ["yuki"]), ("left", ["ken"])]
    assert job["result"] == {"sent": 1, "left": 1, "withheld": 1}
    outpost.receiver.requests.clear()
    await outpost.become("yuki")
    assert outpost.told() == [], "it knows already"


async def test_a_full_sync_brings_what_was_missed(outpost: Outpost) -> None:
    made = await outpost.make()
    await outpost.become("yuki", "ken")
    await outpost.change(made, enabled=False)
    await outpost.become("ken", "hana")
    outpost.receiver.requests.clear()
    assert (await outpost.read(made))["missed_at"] is not None

    changed = await outpost.change(made, enabled=True)
    assert changed["job_id"] is not None, "it starts by itself"
    await outpost.work()
    assert outpost.told() == [("snapshot", ["ken", "hana"]), ("left", ["yuki"])]
    assert outpost.receiver.requests[0].json["sync"]["part"] == 0
    snapshot = (await outpost.log(made))[-1]
    assert (snapshot["change"], snapshot["state"], snapshot["sent"]) == ("snapshot", "sent", 3)


async def test_a_full_sync_that_was_cut_goes_on_with_the_same_ids(outpost: Outpost, clock: ManualClock) -> None:
    made = await outpost.make(settings={"url": f"{outpost.receiver.url}/hook", "people_per_request": 1})
    await outpost.become("yuki", "ken")
    outpost.receiver.requests.clear()
    outpost.receiver.answers = [reply(200), reply(400)]
    job = await outpost.sync(made)
    assert (job["state"], "400" in job["message"]) == ("failed", True)
    await outpost.ada.post(f"/api/jobs/{job['id']}/resume")
    await outpost.work()
    ids = [got.json["id"] for got in outpost.receiver.requests]
    assert ids[:2] == ids[2:4]
    assert len(ids) == 4
    assert (await outpost.ada.get(f"/api/jobs/{job['id']}")).json()["state"] == "done"


async def test_a_worker_that_dies_after_sending_sends_again_with_the_same_id(
    outpost: Outpost, clock: ManualClock, owner_db: psycopg.Connection[Any]
) -> None:
    made = await outpost.make()
    outpost.receiver.answers = [None]
    await outpost.become()
    owner_db.execute("UPDATE segments_destinations SET lease_id = gen_random_uuid(), lease_until = '2030-01-01'")
    await outpost.become("yuki")  # queued, and nobody sends
    owner_db.execute("UPDATE segments_destinations SET lease_id = NULL, lease_until = NULL")
    outpost.receiver.asked.clear()
    sending = asyncio.create_task(outpost.send(made["id"]))
    await asyncio.wait_for(outpost.receiver.asked.wait(), 10)
    owner_db.execute("UPDATE segments_destinations SET lease_id = gen_random_uuid()")  # it cannot give it back
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)

    await outpost.retry()
    assert len(outpost.receiver.requests) == 1, "the lease is the dead worker's still"
    clock.advance(timedelta(minutes=6))
    await outpost.retry()
    first, second = outpost.receiver.requests
    assert first.json["id"] == second.json["id"]
    assert [one["state"] for one in await outpost.log(made)] == ["sent"]


async def test_two_workers_do_not_send_by_one_destination(outpost: Outpost, owner_db: psycopg.Connection[Any]) -> None:
    made = await outpost.make()
    owner_db.execute("UPDATE segments_destinations SET lease_id = gen_random_uuid(), lease_until = '2030-01-01'")
    await outpost.become("yuki")
    await outpost.send(made["id"])
    assert outpost.receiver.requests == []


async def test_a_destination_that_takes_nothing_for_a_day_is_paused_and_says_so(
    outpost: Outpost, ada: Person, clock: ManualClock
) -> None:
    made = await outpost.make()
    outpost.receiver.answers = [reply(503)] * 40
    await outpost.become("yuki")
    for _ in range(30):
        clock.advance(timedelta(hours=1, minutes=20))
        await outpost.retry()
        if not (await outpost.read(made))["enabled"]:
            break
    paused = await outpost.read(made)
    assert (paused["state"], paused["missed_at"] is not None) == ("paused", True)
    asked = len(outpost.receiver.requests)
    assert 10 < asked < 40
    await outpost.become("yuki", "ken")
    assert len(outpost.receiver.requests) == asked
    entries = (await ada.get("/api/workspace/audit")).json()["items"]
    assert "destination.paused" in [one["action"] for one in entries]

    outpost.receiver.answers = []
    await outpost.change(made, enabled=True)
    await outpost.work()
    assert outpost.told()[asked:] == [("snapshot", ["yuki", "ken"])]
    assert (await outpost.read(made))["state"] == "ready"


async def test_a_changed_secret_signs_beside_the_old_one_for_a_day(outpost: Outpost, clock: ManualClock) -> None:
    made = await outpost.make()
    fresh = (await outpost.ada.post(f"/api/segments/destinations/{made['id']}/rotate-secret")).json()["secret"]
    await outpost.become("yuki")
    clock.advance(timedelta(days=1))
    await outpost.become("yuki", "ken")
    soon, later = outpost.receiver.requests
    now = clock.now().timestamp()
    assert verify(soon, made["secret"], now - 86_400)
    assert verify(soon, fresh, now - 86_400)
    assert (verify(later, made["secret"], now), verify(later, fresh, now)) == (False, True)


async def test_disclosures_are_written_down_with_whom_they_were_about(outpost: Outpost, ada: Person) -> None:
    await outpost.make(recipient="Tokyo Ads K.K.", recipient_address="Tokyo")
    await outpost.become("yuki", "ken")
    (one,) = (await ada.get("/api/privacy/disclosures")).json()["items"]
    assert (one["recipient"], one["people"], one["purpose"]) == ("Tokyo Ads K.K.", 2, "personalisation")
    assert one["items"] == ["profile_id", "user_id", "email", "traits.plan"]
    about = {"profile_id": outpost.ids["hana"]}
    assert (await ada.get("/api/privacy/disclosures", params=about)).json()["items"] == []
    about = {"profile_id": outpost.ids["ken"]}
    assert len((await ada.get("/api/privacy/disclosures", params=about)).json()["items"]) == 1


async def test_people_that_were_joined_are_one_and_do_not_leave(outpost: Outpost, ada: Person) -> None:
    made = await outpost.make()
    await outpost.become("ken")
    merged = await ada.post("/api/profiles/merge", json={"into": outpost.ids["yuki"], "from": outpost.ids["ken"]})
    assert merged.status_code == 200, merged.text
    outpost.receiver.requests.clear()
    await outpost.sync(made)
    assert outpost.told() == [("snapshot", ["yuki"])], "whether the segment knows of it already or not"
    outpost.receiver.requests.clear()
    await outpost.become()
    assert outpost.told() == [("left", ["yuki"])]


async def test_an_http_api_is_called_for_each_person_with_a_body_of_ones_own(outpost: Outpost) -> None:
    settings = {
        "url": f"{outpost.receiver.url}/members",
        "method": "PUT",
        "send": "person",
        "body": '{"mail": "{{ identifiers.email }}", "text": "{{change}}: {{traits.city}}", "n": "{{ traits.age }}"}',
        "headers": ["X-Brand: tea"],
        "secret_header": "Authorization: Bearer s3cret",
        "success": ["200-299", "409"],
        "rate_per_s": 200,
    }
    made = await outpost.make(kind="http", settings=settings)
    assert made["secrets"] == ["secret_header"]
    assert "s3cret" not in str(made)
    outpost.receiver.answers = [reply(409), reply(200), reply(404)]
    await outpost.become("yuki", "ken", "hana")
    first, second, _ = outpost.receiver.requests
    assert (first.method, first.path, first.headers["x-brand"]) == ("PUT", "/members", "tea")
    assert first.headers["authorization"] == "Bearer s3cret"
    assert first.json == {"mail": "yuki@example.jp", "text": "entered: 東京", "n": None}
    assert second.headers["idempotency-key"] != first.headers["idempotency-key"]
    (entered,) = await outpost.log(made)
    assert (entered["state"], entered["sent"], entered["status"]) == ("given_up", 2, 404)


async def test_a_try_tells_of_nobody_and_stands_in_the_log(outpost: Outpost) -> None:
    made = await outpost.make()
    path = f"/api/segments/destinations/{made['id']}/test"
    outpost.receiver.answers = [reply(204), reply(401)]
    assert (await outpost.ada.post(path)).json()["ok"] is True
    refused = (await outpost.ada.post(path)).json()
    assert (refused["ok"], refused["status"], refused["reason"]) == (False, 401, "answered")
    assert outpost.told() == [("test", []), ("test", [])]
    assert [one["state"] for one in await outpost.log(made)] == ["sent", "given_up"]
    assert (await outpost.read(made))["state"] == "ready", "a try is no failure"
