"""The wire format by the cases in ``spec/events``."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kizuna.domains.collect.contracts import Source
from kizuna.domains.collect.rules.events import list_pairs
from kizuna.domains.collect.rules.items import Arrival, ItemRefused, read_item
from kizuna.domains.collect.rules.times import correct_time, judge_time, read_time

SPEC = Path(__file__).parents[4] / "spec" / "events"

SERVER = Source(1, 1, "server", "web", True, "secret")
BROWSER = Source(2, 1, "browser", "web", True, "secret")


def load(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in json.loads((SPEC / name).read_text(encoding="utf-8"))]


def microseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


RECEIVED = microseconds("2026-04-01T09:00:00Z")


@pytest.mark.parametrize("case", load("times.json"))
def test_times(case: dict[str, Any]) -> None:
    received = microseconds(case["received"])
    time = correct_time(read_time(case["timestamp"]), read_time(case["sentAt"]), received)
    assert (time, judge_time(time, received)) == (microseconds(case["time"]), case.get("set_aside"))


@pytest.mark.parametrize("case", load("items.json"))
def test_items(case: dict[str, Any]) -> None:
    raw = json.dumps(case["item"]).encode()
    arrival = Arrival(SERVER, RECEIVED)
    if "refused" in case:
        with pytest.raises(ItemRefused) as refused:
            read_item(raw, arrival)
        assert refused.value.code == case["refused"]
        assert refused.value.message.endswith(".")
        return
    event = read_item(raw, arrival)
    if case.get("ignored"):
        assert event is None
        return
    assert event is not None
    found = msgspec.structs.asdict(event)
    found |= {field: msgspec.json.decode(found[field]) for field in ("properties", "context")}
    found["found"] = [list(pair) for pair in list_pairs((event.user_id, event.anonymous_id, *event.others))]
    assert {field: found[field] for field in case["event"]} == case["event"]


def test_a_message_without_id_gets_one() -> None:
    raw = b'{"type": "track", "event": "A", "userId": "u1"}'
    first, second = (read_item(raw, Arrival(SERVER, RECEIVED)) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.message_id != second.message_id


@pytest.mark.parametrize(
    ("field", "length", "code"),
    [("messageId", 101, "message_id_too_long"), ("userId", 513, "id_too_long"), ("event", 201, "event_too_long")],
)
def test_long_texts_are_refused(field: str, length: int, code: str) -> None:
    item = {"type": "track", "event": "A", "userId": "u1", field: "x" * length}
    with pytest.raises(ItemRefused) as refused:
        read_item(json.dumps(item).encode(), Arrival(SERVER, RECEIVED))
    assert refused.value.code == code


def test_an_item_may_have_32_kb_and_not_much_more() -> None:
    def item(size: int) -> bytes:
        return json.dumps({"type": "track", "event": "A", "userId": "u1", "properties": {"x": "y" * size}}).encode()

    assert read_item(item(32_768), Arrival(SERVER, RECEIVED)) is not None
    with pytest.raises(ItemRefused, match="larger than"):
        read_item(item(40_000), Arrival(SERVER, RECEIVED))


@pytest.mark.parametrize("depth", [40, 500])
def test_deep_properties_are_refused(depth: int) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    raw = f'{{"type":"track","event":"A","userId":"u1","properties":{deep}}}'.encode()
    with pytest.raises(ItemRefused) as refused:
        read_item(raw, Arrival(SERVER, RECEIVED))
    assert refused.value.code == "too_deep"


def test_many_braces_are_not_depth() -> None:
    products = [{"id": number} for number in range(100)]
    raw = json.dumps({"type": "track", "event": "A", "userId": "u1", "properties": {"products": products}}).encode()
    assert read_item(raw, Arrival(SERVER, RECEIVED)) is not None


def test_the_senders_address_goes_into_contexts_of_browsers() -> None:
    raw = b'{"type": "page", "anonymousId": "a1", "context": {}}'
    event = read_item(raw, Arrival(BROWSER, RECEIVED, ip="203.0.113.9"))
    assert event is not None
    assert msgspec.json.decode(event.context) == {"ip": "203.0.113.9"}
    server = read_item(raw, Arrival(SERVER, RECEIVED, ip="203.0.113.9"))
    assert server is not None
    assert msgspec.json.decode(server.context) == {}


def test_a_given_address_stays() -> None:
    raw = b'{"type": "page", "anonymousId": "a1", "context": {"ip": "198.51.100.1"}}'
    event = read_item(raw, Arrival(BROWSER, RECEIVED, ip="203.0.113.9"))
    assert event is not None
    assert msgspec.json.decode(event.context) == {"ip": "198.51.100.1"}


def test_the_batch_gives_defaults_to_contexts() -> None:
    raw = b'{"type": "page", "anonymousId": "a1", "context": {"locale": "ja-JP"}}'
    event = read_item(raw, Arrival(SERVER, RECEIVED, defaults={"locale": "en", "app": {"name": "x"}}))
    assert event is not None
    assert msgspec.json.decode(event.context) == {"locale": "ja-JP", "app": {"name": "x"}}


def test_a_signed_user_id_is_trusted_more() -> None:
    import hmac

    signature = hmac.new(b"secret", b"u1", "sha256").hexdigest()

    def trust(user_id: str, source: Source = BROWSER) -> int:
        item = {"type": "identify", "userId": user_id, "context": {"user_signature": signature}}
        event = read_item(json.dumps(item).encode(), Arrival(source, RECEIVED))
        assert event is not None
        return int(event.trust)

    assert (trust("u1"), trust("u2"), trust("u2", SERVER)) == (1, 0, 2)
