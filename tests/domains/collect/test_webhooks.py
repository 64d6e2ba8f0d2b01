"""Webhooks in: signatures, mappings, the console."""

import json
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest
from tests.cast import Person, Visitor

from kizuna.domains.collect.rules.chunks import read_chunk
from kizuna.domains.collect.rules.webhooks import check_mapping, map_body, sign_body
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.errors import Invalid

MAPPING = {
    "items": "orders[?paid]",
    "event": "'Order Completed'",
    "userId": "customer.id",
    "messageId": "id",
    "timestamp": "at",
    "properties": "{order_id: id, total: total}",
    "context": "{traits: {email: customer.email}}",
}
BODY = {
    "orders": [
        {
            "id": "o-1",
            "paid": True,
            "total": 1200,
            "at": "2026-04-01T08:00:00Z",
            "customer": {"id": 7, "email": "a@b.jp"},
        },
        {"id": "o-2", "paid": False, "total": 10, "customer": {"id": 8}},
    ]
}


class Till:
    """A system that sends signed webhooks."""

    def __init__(self, visitor: Visitor, source: dict[str, Any], secret: str, clock: ManualClock) -> None:
        self.visitor, self.source, self.secret, self.clock = visitor, source, secret, clock

    @property
    def path(self) -> str:
        return f"/in/{self.source['write_key']}"

    async def send(self, body: Any, *, secret: str | None = None, age_s: int = 0) -> httpx.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = str(int(self.clock.now().timestamp()) - age_s)
        header = f"t={stamp},v1={sign_body(data, secret or self.secret, stamp)}"
        return await self.visitor.post(self.path, content=data, headers={"X-Kizuna-Signature": header})


@pytest.fixture
async def till(ada: Person, visitor: Visitor, clock: ManualClock) -> Till:
    new = {"name": "Till", "kind": "webhook", "touchpoint": "store", "settings": {"mapping": MAPPING}}
    source = (await ada.post("/api/collect/sources", json=new)).json()
    secret = (await ada.get(f"/api/collect/sources/{source['id']}/secret")).json()["signing_secret"]
    return Till(visitor, source, secret, clock)


async def test_a_signed_body_becomes_events(till: Till, ada: Person, owner_db: psycopg.Connection[Any]) -> None:
    answer = await till.send(BODY)
    assert (answer.status_code, answer.json()["events"]) == (200, 1), answer.text
    [(payload,)] = owner_db.execute("SELECT payload FROM collect_inbox").fetchall()
    chunk = read_chunk(payload)
    assert (chunk.message_ids, chunk.names, chunk.user_ids) == (["o-1"], ["Order Completed"], ["7"])
    assert json.loads(chunk.properties) == {"order_id": "o-1", "total": 1200}
    assert '["email","a@b.jp"]' in chunk.identifiers[0]
    [seen] = (await ada.get(f"/api/collect/sources/{till.source['id']}/requests")).json()["items"]
    assert (seen["status"], json.loads(seen["body"]), seen["errors"]) == (200, BODY, [])
    assert seen["events"][0]["event"] == "Order Completed"


async def test_what_is_not_signed_well_does_not_come_in(
    till: Till, ada: Person, visitor: Visitor, owner_db: psycopg.Connection[Any]
) -> None:
    answers = [
        await till.send(BODY, secret="guess"),
        await till.send(BODY, age_s=301),
        await till.send(BODY, age_s=-301),
        await visitor.post(till.path, json=BODY),
        await visitor.post(till.path, json=BODY, headers={"X-Kizuna-Signature": "t=x,v1=é".encode()}),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert owner_db.execute("SELECT count(*) FROM collect_inbox").fetchone() == (0,)
    assert (await ada.get(f"/api/collect/sources/{till.source['id']}/requests")).json()["items"] == []
    assert (await till.send(BODY, age_s=299)).status_code == 200


async def test_a_body_sent_again_counts_once(till: Till, owner_db: psycopg.Connection[Any]) -> None:
    await till.send(BODY)
    await till.send(BODY)
    assert owner_db.execute("SELECT sum(events) FROM collect_inbox").fetchone() == (1,)


@pytest.mark.parametrize(
    ("body", "error"), [(b"no json", "not valid JSON"), ({"orders": []}, "nothing was found"), ({"x": "\x00"}, "found")]
)
async def test_what_means_nothing_is_400_and_shown(till: Till, ada: Person, body: Any, error: str) -> None:
    answer = await till.send(body)
    assert answer.status_code == 400
    [seen] = (await ada.get(f"/api/collect/sources/{till.source['id']}/requests")).json()["items"]
    assert error in seen["errors"][0]


async def test_the_last_requests_are_kept(till: Till, ada: Person) -> None:
    for number in range(53):
        await till.send({"orders": [], "number": number})
    items = (await ada.get(f"/api/collect/sources/{till.source['id']}/requests")).json()["items"]
    assert [json.loads(item["body"])["number"] for item in items] == list(range(52, 2, -1))


async def test_a_mapping_can_be_tried(till: Till, ada: Person) -> None:
    path = f"/api/collect/sources/{till.source['id']}/try"
    own = (await ada.post(path, json={"body": BODY})).json()
    assert [event["userId"] for event in own["events"]] == [7]
    other = await ada.post(path, json={"body": json.dumps(BODY), "mapping": {"event": "'X'", "userId": "orders[1].id"}})
    assert other.json() == {"events": [{"type": "track", "event": "X", "userId": "o-2"}], "errors": []}
    wrong = await ada.post(path, json={"body": {}, "mapping": {"event": "a[", "color": "b"}})
    assert wrong.status_code == 422
    assert {error["field"] for error in wrong.json()["errors"]} == {"event", "color"}


async def test_tracking_sources_take_no_webhooks(visitor: Visitor, ada: Person) -> None:
    source = (await ada.post("/api/collect/sources", json={"name": "S", "kind": "server", "touchpoint": "web"})).json()
    assert (await visitor.post(f"/in/{source['write_key']}", json={})).status_code == 404
    assert (await visitor.post("/in/nobody", json={})).status_code == 404


def test_without_a_mapping_bodies_are_events() -> None:
    event = {"type": "track", "event": "A", "userId": "u"}
    assert map_body(event, {}).events == [event]
    assert map_body([event, 3], {}).events == [event]
    assert map_body({"batch": [event]}, {}).events == [event]


@pytest.mark.parametrize("mapping", [[], {"event": 3}, {"event": "a" * 3_000}, {"event": "[" * 500}, {"nothing": "a"}])
def test_mappings_that_cannot_work(mapping: Any) -> None:
    with pytest.raises(Invalid):
        check_mapping(mapping)


def test_what_goes_wrong_in_a_mapping_is_told_once() -> None:
    result = map_body({"items": [{"a": 1}, {"a": 2}]}, {"items": "items", "event": "join(',', a)", "userId": "a"})
    assert [event["userId"] for event in result.events] == [1, 2]
    assert len(result.errors) <= 2


async def test_signatures_age_by_the_servers_clock(till: Till, clock: ManualClock) -> None:
    clock.advance(timedelta(days=400))
    assert (await till.send(BODY)).status_code == 200
