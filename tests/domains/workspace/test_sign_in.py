"""Signing in and out."""

from datetime import timedelta

import pytest
from tests.cast import PASSWORD, Person, Visitor, make_workspace

from kizuna.domains.workspace.rules import sign_in as rules
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.web.auth import SESSION_COOKIE


async def sign_in(visitor: Visitor, email: str, password: str = PASSWORD, **more: str):
    return await visitor.post("/api/session", json={"email": email, "password": password, **more})


async def test_a_member_signs_in_and_out(ada: Person, visitor: Visitor) -> None:
    answer = await sign_in(visitor, " ADA@Example.com ")
    assert answer.status_code == 201
    me = answer.json()
    assert me["member"]["name"] == "Ada"
    assert me["workspace"]["currency"] == "JPY"
    assert "members.manage" in me["permissions"]
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie

    assert (await visitor.get("/api/me")).json()["csrf_token"] == me["csrf_token"]
    token = visitor.cookies[SESSION_COOKIE]
    out = await visitor.delete("/api/session", headers={"X-CSRF-Token": me["csrf_token"]})
    assert out.status_code == 204
    assert SESSION_COOKIE not in visitor.cookies
    visitor.cookies.set(SESSION_COOKIE, token)
    assert (await visitor.get("/api/me")).status_code == 401


async def test_wrong_password_and_unknown_address_answer_the_same(ada: Person, visitor: Visitor) -> None:
    wrong = await sign_in(visitor, ada.email, "wrong horse battery")
    unknown = await sign_in(visitor, "nobody@example.com")
    nonsense = await sign_in(visitor, "@" * 1000, "")
    assert wrong.status_code == unknown.status_code == nonsense.status_code == 401
    assert wrong.json()["detail"] == unknown.json()["detail"] == nonsense.json()["detail"]


async def test_tries_get_slower_and_a_success_forgives(ada: Person, visitor: Visitor, clock: ManualClock) -> None:
    for _ in range(rules.FREE_FAILURES_EMAIL):
        assert (await sign_in(visitor, ada.email, "wrong horse battery")).status_code == 401
    refused = await sign_in(visitor, ada.email)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "5"
    clock.advance(rules.FIRST_WAIT)
    assert (await sign_in(visitor, ada.email, "wrong horse battery")).status_code == 401
    assert (await sign_in(visitor, ada.email)).headers["retry-after"] == "10"
    clock.advance(rules.FIRST_WAIT * 2)
    assert (await sign_in(visitor, ada.email)).status_code == 201
    assert (await sign_in(visitor, ada.email, "wrong horse battery")).status_code == 401


async def test_one_address_trying_many_members_is_slowed(ada: Person, visitor: Visitor) -> None:
    for number in range(rules.FREE_FAILURES_IP):
        assert (await sign_in(visitor, f"member{number}@example.com")).status_code == 401
    assert (await sign_in(visitor, ada.email)).status_code == 429


async def test_a_member_of_two_workspaces_chooses(runtime: Runtime, ada: Person, visitor: Visitor) -> None:
    await make_workspace(runtime, "Aoyama Coffee", "Ada")
    answer = await sign_in(visitor, ada.email)
    assert answer.status_code == 409
    assert answer.json()["code"] == "choose_workspace"
    assert answer.json()["errors"] == [
        {"field": "aoyama-coffee", "message": "Aoyama Coffee"},
        {"field": "aoyama-tea", "message": "Aoyama Tea"},
    ]
    chosen = await sign_in(visitor, ada.email, workspace="aoyama-coffee")
    assert chosen.json()["workspace"]["name"] == "Aoyama Coffee"


async def test_a_session_slides_but_not_for_ever(ada: Person, clock: ManualClock) -> None:
    for _ in range(8):
        clock.advance(timedelta(days=11))
        assert (await ada.get("/api/me")).status_code == 200
    clock.advance(timedelta(days=3))
    assert (await ada.get("/api/me")).status_code == 401


async def test_an_unused_session_ends(ada: Person, clock: ManualClock) -> None:
    clock.advance(timedelta(days=14))
    assert (await ada.get("/api/me")).status_code == 401


async def test_another_site_cannot_sign_its_visitors_in(ada: Person, visitor: Visitor) -> None:
    body = {"email": ada.email, "password": PASSWORD}
    evil = {"Origin": "https://evil.example"}
    assert (await visitor.post("/api/session", json=body, headers=evil)).status_code == 403
    assert (await visitor.post("/api/session", json=body, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    ours = {"Origin": "http://localhost:8100", "Sec-Fetch-Site": "same-origin"}
    assert (await visitor.post("/api/session", json=body, headers=ours)).status_code == 201


async def test_tokens_are_not_kept_in_clear(ada: Person, owner_db) -> None:
    token = ada.cookies[SESSION_COOKIE]
    rows = owner_db.execute("SELECT workspace_sessions::text FROM workspace_sessions").fetchall()
    assert rows
    assert not any(token in row[0] for row in rows)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 5), (6, 10), (7, 20), (12, 640), (13, 900), (10_000, 900)]
)
def test_waits_double_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    assert rules.wait_after(failures, free=5) == timedelta(seconds=seconds)
