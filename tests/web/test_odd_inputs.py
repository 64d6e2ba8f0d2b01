"""What random calls seldom hit: zones that lead out of the calendar, cursors of other lists, broken escapes.

Whatever is asked, the answer is data or a problem that says what to do.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.faults.fuzz_api import running, sign_in

from kizuna.kernel.settings import Settings

TIMELINE = (
    "from=0001-01-01T00:00:00%2B14:00",
    "to=9999-12-31T23:59:59-14:00",
    "from=9999-12-31T23:59:59.999999Z&to=0001-01-01T00:00:00Z",
    "from=0001-01-01",
    "from=nan",
    "to=1e300",
    "to=-6e10",
    "to=253402300800",
    "event=%00",
    "event=%ED%A0%80&touchpoint='%22%5C",
    f"event={'a' * 5000}",
    "cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwieCJd",
    "cursor=W10",
    "cursor=bnVsbA",
    "cursor=%00%ff",
    "limit=99999999999999999999999",
    "limit=2.5",
)
PROFILES = (
    "search=%00",
    "search=%ED%A0%80",
    "search=%25_%5C*",
    "search=%28%5B%C2%AD",
    f"search={'a' * 10_000}",
    "search=%F0%9F%8D%B5",
    "sort=%00",
    "sort=-name&cursor=WyJhIiwxXQ",
    "sort=name&cursor=WzEsMl0",
    "identified=maybe",
)
AUDIT = (
    "actor=%00",
    "actor=99999999999999999999",
    "action=%25",
    "target=a:b:c",
    "target=:",
    "cursor=WzkyMjMzNzIwMzY4NTQ3NzU4MDhd",
)
ADDRESSES = (
    "/api/collect/flow?minutes=99999999999999999999",
    "/api/collect/refusals?source_id=99999999999",
    "/api/collect/refusals?cursor=WzEuNV0",
    "/api/collect/catalogue?search=%00",
    "/api/collect/catalogue?cursor=WyJhIiwiYiJd",
    "/api/collect/catalogue/%00",
    f"/api/collect/catalogue/{'a' * 5000}",
    "/api/collect/sources/9223372036854775808",
    "/api/collect/sources/9223372036854775808/requests",
    "/api/collect/imports/9223372036854775808/refused",
    "/api/collect/uploads/00000000-0000-0000-0000-000000000000",
    "/api/jobs/9223372036854775808/file",
    "/api/jobs/-0",
    "/api/jobs/١",
    "/api/invitations/%ED%A0%80",
    f"/api/invitations/{'a' * 5000}",
    "//api//me",
)
TRAITS: tuple[str, ...] = (
    '{"a": 1e308}',
    '{"a": 1e309}',
    '{"a": ' + "9" * 400 + "}",
    '{"a": NaN}',
    '{"a": "\\ud83d"}',
    '{"a\\u0000b": 1}',
    '{"a": "\\\\u0000"}',
    '{"": 1}',
    json.dumps({"a" * 5000: 1}),
    json.dumps({"a": {"b": [1] * 5000}}),
    json.dumps({str(number): number for number in range(2000)}),
    '{"a":' * 5000 + "1" + "}" * 5000,
    '{"birthday": "9999-99-99", "email": ["x"]}',
    '{"a": 1, "a": 2}',
    "\ufeff{}",
)


@pytest.fixture
def ask(settings: Settings) -> Iterator[Any]:
    """Asks as owner of a workspace with three people; returns the answer when it is one of the kinds there are."""
    with running(settings) as (_, client):
        headers = sign_in(client)

        def ask(method: str, path: str, body: str | None = None) -> Any:
            data = None if body is None else body.encode()
            answer = client.request(method, path, data=data, headers=headers | {"Content-Type": "application/json"})
            assert answer.status_code < 500, (method, path[:100], (body or "")[:100], answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["detail"].endswith("."), answer.text
            return answer

        yield ask


def test_odd_inputs_are_answered(ask: Any) -> None:
    person = ask("GET", "/api/profiles").json()["items"][0]["id"]
    for query in TIMELINE:
        ask("GET", f"/api/profiles/{person}/timeline?{query}")
    for query in PROFILES:
        ask("GET", f"/api/profiles?{query}")
    for query in AUDIT:
        ask("GET", f"/api/workspace/audit?{query}")
    for address in ADDRESSES:
        ask("GET", address)
    for body in TRAITS:
        ask("PATCH", f"/api/profiles/{person}/traits", body)


def test_times_at_the_ends_of_the_calendar(ask: Any) -> None:
    ken = next(p["id"] for p in ask("GET", "/api/profiles").json()["items"] if p["user_id"] == "ken")
    address = f"/api/profiles/{ken}/timeline"
    everything = ask("GET", address).json()["items"]
    assert "Visited" in {event["name"] for event in everything}
    wide = ask("GET", f"{address}?from=0001-01-01T00:00:00%2B14:00&to=9999-12-31T23:59:59-14:00")
    assert wide.json()["items"] == everything
    wrong = ask("GET", f"{address}?from=1e300").json()
    assert [error["field"] for error in wrong["errors"]] == ["from"]
    none = ask("GET", f"{address}?from=9999-12-31T23:59:59Z&to=0001-01-01T00:00:00Z")
    assert none.json()["items"] == []


@pytest.mark.parametrize(
    "mapping", [{"event": "[" * 3000}, {"event": "length(a)", "user_id": "a.b[*]"}, {"events": "a[].{event:'x'}"}, {}]
)
def test_odd_mappings_are_answered(ask: Any, mapping: dict[str, str]) -> None:
    source = json.dumps({"name": "Hook", "kind": "webhook", "touchpoint": "web", "settings": {"mapping": mapping}})
    made = ask("POST", "/api/collect/sources", source)
    number = made.json().get("id") or ask("GET", "/api/collect/sources").json()["items"][0]["id"]
    for body in ('{"a": [{}, 1, null]}', '"{"', "null", "9" * 400):
        ask("POST", f"/api/collect/sources/{number}/try", f'{{"body": {body}, "mapping": {json.dumps(mapping)}}}')
