"""Links to reports and dashboards: who may open them, for how long, and what they do not tell."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st
from tests.cast import Person, Visitor
from tests.domains.analytics.test_api import orders
from tests.domains.analytics.test_reports import make
from tests.domains.segments.shop import Shop

from kizuna.domains.analytics.rules.share_tokens import is_genuine, read_token, write_token
from kizuna.kernel.clock import ManualClock

SHARES = "/api/analytics/shares"
SHARED = "/api/analytics/shared"


async def share(person: Person, report: dict[str, Any], audience: str = "anyone", **more: Any) -> dict[str, Any]:
    ends = (person.runtime.clock.now() + timedelta(days=2)).isoformat()
    body = {"kind": "report", "ref": str(report["id"]), "audience": audience, "expires_at": ends, **more}
    made = await person.post(SHARES, json=body)
    assert made.status_code == 201, made.text
    return made.json()


def token_of(made: dict[str, Any]) -> str:
    address, _, token = made["url"].rpartition("/shared/")
    assert address == "http://localhost:8100"
    return token


async def test_anyone_with_the_link_sees_figures_until_it_ends(
    shop: Shop, ben: Person, visitor: Visitor, clock: ManualClock
) -> None:
    made = await share(ben, await make(ben, "Orders", description="By month"))
    token = token_of(made)
    opened = await visitor.get(f"{SHARED}/{token}")
    assert opened.status_code == 200
    assert (opened.headers["cache-control"], opened.headers["referrer-policy"]) == ("no-store", "no-referrer")
    shown = opened.json()
    assert (shown["title"]["en"], shown["description"]["en"], shown["workspace"]) == (
        "Orders",
        "By month",
        "Aoyama Tea",
    )
    assert "query" not in opened.text
    answer = (await visitor.get(f"{SHARED}/{token}/answers/0")).json()
    assert answer["figures"][0]["value"] == 3
    assert (answer["statements"], answer["kernels"]) == ([], [])
    assert not any(column.get("opens") for column in answer["columns"])
    assert (await visitor.get(f"{SHARED}/{token}/answers/1")).status_code == 404
    [listed] = (await ben.get(SHARES)).json()["items"]
    assert (listed["opened"], listed["url"]) == (1, made["url"])
    clock.advance(timedelta(days=2))
    assert (await visitor.get(f"{SHARED}/{token}")).json()["code"] == "link_unknown"


async def test_a_link_tells_what_figures_are_broken_down_by(shop: Shop, visitor: Visitor) -> None:
    guests = await shop.upload("Guests", "hanako")
    report = await make(shop.owner, query=orders(breakdown={"by": "segment", "segments": [guests["id"], 99]}))
    token = token_of(await share(shop.owner, report))
    answer = (await visitor.get(f"{SHARED}/{token}/answers/0")).json()
    labels = next(column["words"] for column in answer["columns"] if column["key"] == "label")
    assert {key: word["en"] for key, word in labels.items()} == {str(guests["id"]): "Guests", "99": "#99"}


async def test_a_revoked_link_opens_nothing(shop: Shop, ben: Person, cleo: Person, visitor: Visitor) -> None:
    report = await make(ben)
    first, second = token_of(made := await share(ben, report)), token_of(await share(ben, report))
    assert (await cleo.delete(f"{SHARES}/{made['id']}")).status_code == 403
    assert (await ben.delete(f"{SHARES}/{made['id']}")).status_code == 204
    assert (await visitor.get(f"{SHARED}/{first}")).status_code == 404
    assert (await visitor.get(f"{SHARED}/{second}")).status_code == 200
    await ben.delete(f"/api/analytics/reports/{report['id']}")
    assert (await visitor.get(f"{SHARED}/{second}")).status_code == 404


async def test_a_link_for_members_is_for_members(
    shop: Shop, ben: Person, cleo: Person, dan: Person, visitor: Visitor
) -> None:
    token = token_of(await share(ben, await make(ben), "members", expires_at=None))
    for path in (f"{SHARED}/{token}", f"{SHARED}/{token}/answers/0"):
        assert (await cleo.get(path)).status_code == 200
        assert (await visitor.get(path)).status_code == 401
        assert (await dan.get(path)).status_code == 403


async def test_strangers_see_what_everybody_may_see(shop: Shop, visitor: Visitor) -> None:
    by_mail = await make(shop.owner, "By mail", query=orders(breakdown={"by": "trait", "trait": "email"}))
    mail_is = {"kind": "trait", "name": "email", "test": {"op": "is", "value": "hanako@example.jp"}}
    of_one = await make(shop.owner, "Hers", query=orders(people=mail_is))
    for report in (by_mail, of_one):
        token = token_of(await share(shop.owner, report))
        opened = await visitor.get(f"{SHARED}/{token}")
        assert "email" in opened.json()["tiles"][0]["missing"]["en"]
        answer = await visitor.get(f"{SHARED}/{token}/answers/0")
        assert answer.status_code == 404
        assert "hanako" not in opened.text + answer.text


async def test_a_dashboard_is_shared_tile_by_tile(shop: Shop, ben: Person, visitor: Visitor) -> None:
    made = await share(ben, {"id": "commerce"}, kind="dashboard", ref="commerce")
    token = token_of(made)
    tiles = (await visitor.get(f"{SHARED}/{token}")).json()["tiles"]
    assert tiles[0]["title"]["ja"] == "売上高"
    answer = await visitor.get(f"{SHARED}/{token}/answers/0")
    assert answer.json()["figures"][0]["value"] == 8_800


async def test_a_link_to_anyone_needs_an_end(shop: Shop, ben: Person, cleo: Person) -> None:
    report = await make(ben)
    for ends in (None, "2026-03-31T00:00:00Z", "2036-03-31T00:00:00Z"):
        body = {"kind": "report", "ref": str(report["id"]), "audience": "anyone", "expires_at": ends}
        answer = await ben.post(SHARES, json=body)
        assert [one["field"] for one in answer.json()["errors"]] == ["expires_at"], ends
    assert (await cleo.post(SHARES, json={"kind": "report", "ref": str(report["id"])})).status_code == 403
    assert (await ben.post(SHARES, json={"kind": "report", "ref": "99"})).status_code == 404


async def test_a_shared_page_is_not_asked_without_end(shop: Shop, ben: Person, visitor: Visitor) -> None:
    token = token_of(await share(ben, await make(ben)))
    codes = {(await visitor.get(f"{SHARED}/{token[:-1]}x")).status_code for _ in range(240)}
    assert codes == {404}
    limited = await visitor.get(f"{SHARED}/{token}")
    assert (limited.status_code, "retry-after" in limited.headers) == (429, True)


KEY = b"k" * 32


@tries(max_examples=100, deadline=None)
@given(st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1), st.binary(min_size=16, max_size=16), st.data())
def test_a_token_is_of_one_link_and_cannot_be_changed(
    workspace: int, number: int, nonce: bytes, data: st.DataObject
) -> None:
    token = write_token(KEY, workspace, number, nonce)
    assert read_token(token) == (workspace, number)
    assert is_genuine(KEY, token, workspace, number, nonce)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_"))
    forged = token[:place] + letter + token[place + 1 :]
    claimed = read_token(forged)
    if forged != token and claimed is not None:
        assert not is_genuine(KEY, forged, *claimed, nonce)
    assert not is_genuine(b"x" * 32, token, workspace, number, nonce)


@pytest.mark.parametrize("token", ["", "a", "é" * 32, "A" * 200, "AAAA%AAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_what_is_no_token_is_nothing(token: str) -> None:
    assert read_token(token) is None
