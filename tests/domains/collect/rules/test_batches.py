"""Items read a field at a time are the items read one by one."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizuna.domains.collect.contracts import Source
from kizuna.domains.collect.rules import batches
from kizuna.domains.collect.rules.batches import check_items
from kizuna.domains.collect.rules.bodies import BadBody, Body, read_batch
from kizuna.domains.collect.rules.items import Arrival, measure_depth

SPEC = Path(__file__).parents[4] / "spec" / "events" / "items.json"
RECEIVED = 1_775_034_000_000_000  # 2026-04-01T09:00:00Z

SERVER = Source(1, 1, "server", "web", True, "secret")
BROWSER = Source(2, 1, "browser", "web", True, "secret")

times = st.sampled_from(
    [
        None,
        "2026-04-01T08:59:59.123Z",
        "2026-04-01T08:59:59Z",
        "2026-04-01T17:59:59+09:00",
        "2031-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.000Z",
        "0001-01-01T00:00:00.000Z",
        "yesterday",
        17,
        1e300,
    ]
)
ids = st.sampled_from([None, "u1", " u1 ", "", 42, "u" * 513, "利用者"])
objects = st.sampled_from([None, {}, {"a": 1}, {"name": "x", "b": [1, {"c": 2}]}, [1], "x", {"深": [[[{}]]] * 12}])
contexts = st.sampled_from(
    [
        None,
        {},
        {"ip": "198.51.100.1"},
        {"direct": True},
        {"active": False},
        {"sessionId": 7},
        {"session": {"id": 3}},
        {"traits": {"email": "a@example.com"}},
        {"device": {"id": "d1"}},
        {"device": 3},
        {"user_signature": "x"},
        {"externalIds": [{"type": "crm_id", "id": "c1"}]},
        "x",
    ]
)
items = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "page", "identify", "group", "screen", "alias", "else"])},
    optional={
        "event": st.sampled_from(["Viewed", " Viewed ", "", 404, None]),
        "userId": ids,
        "anonymousId": ids,
        "messageId": st.sampled_from(["m1", "m2", " m3 ", 4]),
        "timestamp": times,
        "originalTimestamp": times,
        "sentAt": times,
        "properties": objects,
        "traits": objects,
        "context": contexts,
        "name": st.sampled_from([None, "Cart", 3]),
        "category": st.sampled_from([None, "Shop"]),
        "previousId": ids,
        "groupId": ids,
    },
)
plain_items = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["track", "page", "identify", "screen"]),
        "event": st.just("Viewed"),
        "messageId": st.sampled_from(["m1", "m2"]),
        "anonymousId": st.just("a1"),
    },
    optional={
        "userId": st.sampled_from([None, "u1"]),
        "timestamp": times,
        "sentAt": times,
        "properties": objects.filter(lambda value: value is None or isinstance(value, dict)),
        "traits": objects.filter(lambda value: value is None or isinstance(value, dict)),
        "context": contexts.filter(lambda value: value != "x"),
        "name": st.sampled_from([None, "Cart", 3]),
    },
)


def read_both(body: bytes, source: Source, sent_us: int | None, call: str | None) -> tuple[Any, Any]:
    arrival = Arrival(source, RECEIVED, sent_us=sent_us, ip="203.0.113.9")
    together = read_batch(body)
    alone = Body(together.items, plain=False, nul=together.nul)
    return check_items(together, arrival, call), check_items(alone, arrival, call)


arrivals = (
    st.sampled_from([SERVER, BROWSER]),
    st.sampled_from([None, RECEIVED, RECEIVED - 90_000_000]),
    st.sampled_from([None, None, "track"]),
)


@given(st.lists(items, max_size=4) | st.lists(plain_items, max_size=6), *arrivals)
def test_any_batch_is_the_same_read_together_or_one_by_one(
    given_items: list[Any], source: Source, sent_us: int | None, call: str | None
) -> None:
    for number, item in enumerate(given_items):
        item.setdefault("messageId", f"made-{number}")  # else each reading makes its own
    together, alone = read_both(json.dumps({"batch": given_items}).encode(), source, sent_us, call)
    assert together == alone


@given(st.lists(plain_items, min_size=1, max_size=6), *arrivals)
def test_usual_batches_are_read_together(
    given_items: list[Any], source: Source, sent_us: int | None, call: str | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(batches, "_read_one_by_one")
        arrival = Arrival(source, RECEIVED, sent_us=sent_us, ip="203.0.113.9")
        events, refused = check_items(read_batch(json.dumps({"batch": given_items}).encode()), arrival, call)
    assert (len(events), refused) == (len(given_items), [])


def test_every_case_of_the_wire_format_is_the_same_in_a_batch() -> None:
    cases = [case["item"] for case in json.loads(SPEC.read_text(encoding="utf-8"))]
    for number, item in enumerate(cases):
        if isinstance(item, dict):
            item["messageId"] = f"m{number}"
    usual = {"type": "track", "event": "Viewed", "messageId": "usual", "userId": "u1"}
    for item in cases:
        together, alone = read_both(json.dumps({"batch": [usual, item]}).encode(), SERVER, None, None)
        assert together == alone


@pytest.mark.parametrize("field", ["context", "properties", "traits"])
def test_no_depth_breaks_the_reader(field: str) -> None:
    """Near the interpreter's own limit one reader may still manage what the next one does not."""
    limit, unread = sys.getrecursionlimit(), set[str]()
    for depth in [*range(30, 36), *range(limit - 130, limit + 10)]:
        deep = '{"a":' * depth + "1" + "}" * depth
        body = f'{{"batch":[{{"type":"identify","messageId":"m","userId":"u","{field}":{deep}}}]}}'.encode()
        try:
            together, alone = read_both(body, SERVER, None, None)
        except BadBody as error:
            unread.add(error.code)
            continue
        assert together == alone
        taken, refused = together
        assert [len(taken), *(item.code for _, item in refused)] == ([1] if depth <= 32 else [0, "too_deep"])
    assert unread == {"too_deep"}


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        (b"{}", 1),
        (b'{"a":[{"b":1},{"c":[]}]}', 4),
        (rb'{"a":"[[[","b":"\"[[{","c":{}}', 2),
        (rb'{"a":"\\","b":[[]]}', 3),
    ],
)
def test_depth_counts_brackets_outside_of_texts(text: bytes, depth: int) -> None:
    assert measure_depth(text) == depth
