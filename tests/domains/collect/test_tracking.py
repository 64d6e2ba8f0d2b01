"""The tracking API over HTTP: statuses, keys, encodings, browsers."""

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import Person, Visitor
from tests.domains.collect.conftest import Sender, make_event

CASES = json.loads((Path(__file__).parents[3] / "spec" / "events" / "bodies.json").read_text(encoding="utf-8"))


def count_inbox(db: psycopg.Connection[Any]) -> int:
    row = db.execute("SELECT coalesce(sum(events), 0) FROM collect_inbox").fetchone()
    assert row is not None
    return int(row[0])


async def test_bodies_are_answered_as_the_spec_says(shop: Sender) -> None:
    for case in CASES:
        answer = await shop.send(case["path"], case["body"].encode())
        assert answer.status_code == case["status"], (case["name"], answer.text)
        body = answer.json()
        if "code" in case:
            assert body["code"] == case["code"], case["name"]
            assert body["message"].endswith(".")
            assert body["success"] is False
        elif "refused" in case:
            assert [error["code"] for error in body["errors"]] == case["refused"], case["name"]
        else:
            assert answer.content == b'{"success": true}', case["name"]


async def test_the_write_key_may_come_in_three_ways(shop: Sender, visitor: Visitor) -> None:
    event = make_event()
    basic = base64.b64encode(shop.key.encode()).decode()  # without the colon
    for headers, body in [
        ({"authorization": f"Basic {basic}"}, event),
        ({}, event | {"writeKey": shop.key}),
        ({"authorization": "Bearer something"}, event | {"writeKey": shop.key}),
        ({"authorization": "Basic %%%"}, event | {"writeKey": shop.key}),
    ]:
        assert (await visitor.post("/v1/track", json=body, headers=headers)).status_code == 200


async def test_wrong_keys_are_401_and_switched_off_sources_403(shop: Sender, visitor: Visitor, ada: Person) -> None:
    for body in (make_event(), make_event(writeKey="kzw_nobody"), make_event(writeKey="x\x00"), make_event(writeKey=7)):
        answer = await visitor.post("/v1/track", json=body)
        assert answer.status_code == 401
        assert answer.json()["code"] in ("write_key_missing", "write_key_unknown")
    await ada.patch(f"/api/collect/sources/{shop.source['id']}", json={"enabled": False})
    answer = await shop.send("/v1/track", make_event())
    assert (answer.status_code, answer.json()["code"]) == (403, "source_disabled")


@pytest.mark.parametrize("encode", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
async def test_packed_bodies(shop: Sender, visitor: Visitor, encode: Any) -> None:
    body = encode(json.dumps({"batch": [make_event()]}).encode())
    name = "gzip" if encode is gzip.compress else "deflate"
    answer = await visitor.post("/v1/batch", content=body, headers=shop.headers | {"content-encoding": name})
    assert answer.status_code == 200


async def test_bombs_and_broken_packing(shop: Sender, visitor: Visitor) -> None:
    packed = gzip.compress(b" " * 50_000_000)
    for body, encoding, status in [
        (packed, "gzip", 413),
        (b"not gzip", "gzip", 400),
        (gzip.compress(b"{}")[:-4], "gzip", 400),
        (b"{}", "br", 415),
    ]:
        answer = await visitor.post("/v1/batch", content=body, headers=shop.headers | {"content-encoding": encoding})
        assert (answer.status_code, answer.json()["success"]) == (status, False)


async def test_large_bodies_are_413_and_500_kb_is_not_large(shop: Sender) -> None:
    item = make_event(properties={"text": "x" * 30_000})
    fits = {"batch": [item | {"messageId": f"m{number}"} for number in range(16)]}
    assert len(json.dumps(fits)) > 475_000
    assert (await shop.send("/v1/batch", fits)).status_code == 200
    large = {"batch": [item | {"messageId": f"l{number}"} for number in range(400)]}
    assert (await shop.send("/v1/batch", large)).status_code == 413
    many = {"batch": [{"type": "track"}] * 2_501}
    assert (await shop.send("/v1/batch", many)).status_code == 413


async def test_charsets(shop: Sender, visitor: Visitor, owner_db: psycopg.Connection[Any]) -> None:
    text = json.dumps(make_event("購入"), ensure_ascii=False)
    for charset, status in [("utf-8", 200), ("UTF8", 200), ("shift_jis", 200), ("klingon", 400)]:
        body = text.encode("shift_jis" if charset == "shift_jis" else "utf-8")
        headers = shop.headers | {"content-type": f"text/plain; charset={charset}"}
        assert (await visitor.post("/v1/track", content=body, headers=headers)).status_code == status
    broken = await visitor.post("/v1/track", content=text.encode("shift_jis"), headers=shop.headers)
    assert broken.status_code == 400


async def test_browsers_may_ask_and_send_from_any_site(shop: Sender, visitor: Visitor) -> None:
    asked = await visitor.options(
        "/v1/t",
        headers={
            "origin": "https://shop.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization, content-type, x-retry-count",
        },
    )
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "https://shop.example"
    allowed = asked.headers["access-control-allow-headers"]
    assert all(name in allowed for name in ("authorization", "content-type", "x-retry-count"))
    assert asked.headers["access-control-max-age"] == "86400"
    sent = await visitor.post("/v1/t", json=make_event(), headers=shop.headers | {"origin": "https://shop.example"})
    assert sent.headers["access-control-allow-origin"] == "https://shop.example"


async def test_settings_name_one_integration_and_no_metrics(shop: Sender, visitor: Visitor) -> None:
    answer = await visitor.get(f"/v1/projects/{shop.key}/settings")
    settings_ = answer.json()
    assert list(settings_["integrations"]) == ["Segment.io"]
    assert settings_["integrations"]["Segment.io"]["apiKey"] == shop.key
    assert settings_["integrations"]["Segment.io"]["apiHost"].endswith("/v1")
    assert settings_["metrics"] == {"sampleRate": 0}
    assert (await visitor.get("/v1/projects/kzw_nobody/settings")).status_code == 401


async def test_a_picture_carries_an_event(shop: Sender, visitor: Visitor, owner_db: psycopg.Connection[Any]) -> None:
    data = base64.urlsafe_b64encode(json.dumps(make_event(writeKey=shop.key)).encode()).decode()
    answer = await visitor.get("/v1/pixel/track", params={"data": data})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert count_inbox(owner_db) == 1
    assert (await visitor.get("/v1/pixel/track", params={"data": "%%"})).status_code == 200


async def test_refused_items_are_shown(shop: Sender, ada: Person) -> None:
    await shop.batch({"type": "track", "userId": "u1"}, make_event())
    await shop.send("/v1/batch", b"no json")
    answer = await ada.get("/api/collect/refusals")
    assert [item["reason_code"] for item in answer.json()["items"]] == ["bad_json", "event_missing"]
    assert answer.json()["items"][0]["sample"] == "no json"


async def test_placeholder_ids_are_dropped_with_a_note(shop: Sender, ada: Person) -> None:
    refused = await shop.send("/v1/track", make_event(userId="undefined"))
    assert (refused.status_code, refused.json()["code"]) == (400, "id_blocked")
    taken = await shop.send("/v1/track", make_event(userId="null", anonymousId="a-1"))
    assert taken.status_code == 200
    codes = [item["reason_code"] for item in (await ada.get("/api/collect/refusals")).json()["items"]]
    assert codes == ["id_dropped", "id_blocked"]


NASTY = [
    b"\x00",
    b"\xff\xfe",
    b"null",
    b"true",
    b'"x"',
    b"{" * 100_000,
    b"[" * 100_000,
    b'{"batch":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    b'{"batch": [' + b'{"a":' * 2_000 + b"1" + b"}" * 2_000 + b"]}",
    b'{"batch": [NaN, Infinity, -Infinity]}',
    b'{"batch": ["\\ud800"]}',
    b'{"batch": [1e999]}',
    b'{"batch": [{"type": "track", "event": "\\u0000", "userId": "u"}]}',
    b'{"batch": null}',
    b'{"batch": [null, 1, "x", [], {}]}',
    b'{"userId": ' + b"9" * 5_000 + b', "event": "A", "type": "track"}',
    b'{"batch": [{"type": "track", "event": "A", "userId": 1e400}]}',
    "{“batch”: []}".encode(),
]


@pytest.mark.parametrize("body", NASTY, ids=range(len(NASTY)))
async def test_nasty_bodies_are_refused_with_a_sentence(shop: Sender, body: bytes) -> None:
    for path in ("/v1/batch", "/v1/track"):
        answer = await shop.send(path, body)
        assert 400 <= answer.status_code < 500, (path, answer.text)
        assert answer.json()["message"].endswith(".")
    assert (await shop.send("/v1/track", make_event())).status_code == 200


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "type",
    "event",
    "userId",
    "anonymousId",
    "messageId",
    "timestamp",
    "sentAt",
    "properties",
    "traits",
    "context",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(
        st.dictionaries(st.sampled_from(FIELDS), VALUES).map(lambda item: {"type": "track", "userId": "u1"} | item)
        | VALUES,
        min_size=1,
        max_size=4,
    )
)
async def test_any_items_are_answered(shop: Sender, items: list[Any]) -> None:
    body = json.dumps({"batch": items}).encode()
    answer = await shop.send("/v1/batch", body)
    assert answer.status_code in (200, 400), answer.text
    errors = answer.json().get("errors", [])
    assert all(0 <= error["index"] < len(items) for error in errors)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
async def test_any_bytes_are_answered(shop: Sender, body: bytes) -> None:
    answer = await shop.send("/v1/batch", body)
    assert 400 <= answer.status_code < 500
