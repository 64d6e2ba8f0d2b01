"""Signing in through the company's own provider."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from litestar import Litestar
from tests.cast import PASSWORD, Person, Visitor, sign_in, started
from tests.domains.workspace.authenticator import enrol
from tests.domains.workspace.provider import CLIENT_ID, CLIENT_SECRET, Provider, run_provider

from kizuna.domains.workspace.rules import oidc as rules
from kizuna.domains.workspace.rules.inputs import FieldError
from kizuna.domains.workspace.rules.tickets import PROVIDER_TICKET_LIFE
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings

PATH = "/api/workspace/sign-in/provider"
MIRA = {"sub": "u-1", "email": "Mira@Example.com", "email_verified": True, "name": "Mira Sato"}


@pytest.fixture
def provider(clock: ManualClock) -> Iterator[Provider]:
    with run_provider(clock, dict(MIRA)) as running:
        yield running


def entry(provider: Provider, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Example ID",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "email_domains": ["example.com"],
        "join_role": "agent",
    } | changes


async def set_up(ada: Person, provider: Provider, **changes: Any) -> None:
    answer = await ada.put(PATH, json=entry(provider, **changes))
    assert answer.status_code == 200, answer.text


async def go(visitor: Visitor, provider: Provider) -> dict[str, str]:
    """To the provider and back: what the page then sends."""
    answer = await visitor.post("/api/session/provider", json={"workspace": "aoyama-tea"})
    assert answer.status_code == 201, answer.text
    return provider.sign_in(answer.json()["url"])


async def come_back(visitor: Visitor, arrival: dict[str, str]) -> tuple[int, str]:
    answer = await visitor.post("/api/session/provider/return", json=arrival)
    return answer.status_code, answer.json().get("code", "")


async def test_an_unknown_person_of_the_domain_joins(ada: Person, visitor: Visitor, provider: Provider) -> None:
    await set_up(ada, provider)
    offered = (await visitor.get("/api/session/providers")).json()
    assert offered == [{"workspace": "aoyama-tea", "workspace_name": "Aoyama Tea", "name": "Example ID"}]
    answer = await visitor.post("/api/session/provider/return", json=await go(visitor, provider))
    assert answer.status_code == 201, answer.text
    me = (await visitor.get("/api/me")).json()
    assert me["member"] | {"id": 0} == {
        "id": 0, "name": "Mira Sato", "email": "mira@example.com", "role": "agent", "language": "en",
        "totp": False, "has_password": False,
    }  # fmt: skip
    (added,) = (await ada.get("/api/workspace/audit?action=member.added")).json()["items"]
    assert added["summary"] == "“Mira Sato” joined as agent by Example ID"
    for password in ("", "nobody has this password"):
        body = {"email": "mira@example.com", "password": password}
        assert (await visitor.post("/api/session", json=body)).status_code == 401
    assert (await come_back(visitor, await go(visitor, provider)))[0] == 201  # the second time as a member
    assert len((await ada.get("/api/workspace/members")).json()["items"]) == 2


async def test_a_member_is_known_by_address_then_by_subject(
    ada: Person, ben: Person, visitor: Visitor, provider: Provider
) -> None:
    await set_up(ada, provider, join_role=None)
    provider.person |= {"sub": "u-ben", "email": ben.email}
    assert (await come_back(visitor, await go(visitor, provider)))[0] == 201
    assert (await visitor.get("/api/me")).json()["member"]["id"] == ben.member_id
    provider.person |= {"email": "ben.married@example.com"}
    assert (await come_back(visitor, await go(visitor, provider)))[0] == 201
    assert (await visitor.get("/api/me")).json()["member"]["id"] == ben.member_id
    provider.person |= {"sub": "u-another", "email": ben.email}  # his old address went to somebody else
    assert await come_back(visitor, await go(visitor, provider)) == (403, "other_person")


async def test_a_member_whose_account_was_made_anew_is_released(
    ada: Person, ben: Person, dan: Person, visitor: Visitor, provider: Provider
) -> None:
    await set_up(ada, provider, join_role=None)
    provider.person |= {"sub": "u-ben", "email": ben.email}
    assert (await come_back(visitor, await go(visitor, provider)))[0] == 201
    provider.person["sub"] = "u-ben-anew"
    assert await come_back(visitor, await go(visitor, provider)) == (403, "other_person")
    path = f"/api/workspace/members/{ben.member_id}/provider-link"
    assert [one.get("linked") for one in (await ben.get("/api/workspace/members")).json()["items"]] == [None, None]
    assert [one["linked"] for one in (await ada.get("/api/workspace/members")).json()["items"]] == [False, True]
    assert (await ben.delete(path)).status_code == 403
    assert (await dan.delete(path)).status_code == 404
    assert (await ada.delete(path)).status_code == 204
    assert (await ben.get("/api/me")).status_code == 401
    assert (await ada.delete(path)).json()["code"] == "not_linked"
    assert (await come_back(visitor, await go(visitor, provider)))[0] == 201
    assert (await visitor.get("/api/me")).json()["member"]["id"] == ben.member_id


async def test_those_who_may_not_come_in(ada: Person, ben: Person, visitor: Visitor, provider: Provider) -> None:
    await set_up(ada, provider, join_role=None)
    assert await come_back(visitor, await go(visitor, provider)) == (403, "not_invited")
    for verified in (False, None, "false", 1.5):
        provider.person["email_verified"] = verified
        assert await come_back(visitor, await go(visitor, provider)) == (403, "email_unverified")
    provider.person |= {"email": "ada@evil.example", "email_verified": True}
    assert await come_back(visitor, await go(visitor, provider)) == (403, "domain_not_allowed")
    provider.person["email"] = ben.email
    await ada.patch(f"/api/workspace/members/{ben.member_id}", json={"disabled": True})
    assert await come_back(visitor, await go(visitor, provider)) == (403, "member_disabled")
    assert (await visitor.get("/api/me")).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": CLIENT_ID, "azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"iat": 4_000_000_000},
        {"sub": 7},
        {"sub": ""},
    ],
)
async def test_a_token_that_says_something_else_is_not_believed(
    ada: Person, visitor: Visitor, provider: Provider, claims: dict[str, Any]
) -> None:
    await set_up(ada, provider)
    provider.claims = claims
    assert await come_back(visitor, await go(visitor, provider)) == (401, "provider_token_invalid")


async def test_a_token_of_another_key_is_not_believed(ada: Person, visitor: Visitor, provider: Provider) -> None:
    await set_up(ada, provider)
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert await come_back(visitor, await go(visitor, provider)) == (401, "provider_token_invalid")
    provider.published = [provider.key]  # the provider has changed its keys, and now says so
    assert (await come_back(visitor, await go(visitor, provider)))[0] == 201


async def test_a_token_has_an_age(ada: Person, visitor: Visitor, provider: Provider, clock: ManualClock) -> None:
    await set_up(ada, provider)
    now = int(clock.now().timestamp())
    provider.claims = {"iat": now - 600, "exp": now - 61}
    assert await come_back(visitor, await go(visitor, provider)) == (401, "provider_token_invalid")
    provider.claims = {"iat": now - 600, "exp": now - 59}  # clocks differ a little
    assert (await come_back(visitor, await go(visitor, provider)))[0] == 201


async def test_an_answer_belongs_to_the_browser_that_began(
    app: Litestar, ada: Person, visitor: Visitor, provider: Provider, clock: ManualClock
) -> None:
    await set_up(ada, provider)
    arrival = await go(visitor, provider)
    async with Visitor(app) as victim:
        assert await come_back(victim, arrival) == (401, "sign_in_not_begun")
        await go(victim, provider)
        assert await come_back(victim, arrival) == (401, "sign_in_not_begun")
    body, _, signature = arrival["state"].partition(".")
    for forged in ("", "x", f"{body}A.{signature}", f"{body}.{signature[:-2]}"):
        assert await come_back(visitor, arrival | {"state": forged}) == (401, "sign_in_not_begun")
    assert "/token" not in provider.asked
    clock.advance(PROVIDER_TICKET_LIFE)
    assert await come_back(visitor, arrival) == (401, "sign_in_not_begun")


async def test_a_code_works_once(ada: Person, visitor: Visitor, provider: Provider) -> None:
    await set_up(ada, provider)
    arrival = await go(visitor, provider)
    cookie = visitor.cookies["kizuna_provider"]
    assert (await come_back(visitor, arrival))[0] == 201
    visitor.cookies.set("kizuna_provider", cookie, path="/api/session/provider")
    assert await come_back(visitor, arrival) == (401, "provider_refused")
    assert await come_back(visitor, arrival | {"code": "invented"}) == (401, "provider_refused")


async def test_the_second_factor_is_asked_for_all_the_same(
    ada: Person, visitor: Visitor, provider: Provider, clock: ManualClock
) -> None:
    await set_up(ada, provider)
    app, _ = await enrol(ada, clock)
    clock.advance(timedelta(seconds=30))
    provider.person["email"] = ada.email
    answer = await visitor.post("/api/session/provider/return", json=await go(visitor, provider))
    assert answer.json()["code"] == "code_needed"
    body = {"ticket": answer.json()["errors"][0]["message"], "code": app.code}
    assert (await visitor.post("/api/session/code", json=body)).status_code == 201


async def test_passwords_can_be_left_to_owners(ada: Person, ben: Person, visitor: Visitor, provider: Provider) -> None:
    await set_up(ada, provider, password_allowed=False)
    refused = await visitor.post("/api/session", json={"email": ben.email, "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (403, "password_off")
    assert "Example ID" in refused.json()["detail"]
    assert (await visitor.post("/api/session", json={"email": ada.email, "password": PASSWORD})).status_code == 201
    assert (await ada.delete(PATH)).status_code == 204
    assert (await visitor.post("/api/session", json={"email": ben.email, "password": PASSWORD})).status_code == 201


async def test_only_an_owner_chooses_the_provider(
    app: Litestar, runtime: Runtime, ada: Person, ben: Person, dan: Person, visitor: Visitor, provider: Provider
) -> None:
    key = (await ada.post("/api/workspace/keys", json={"name": "K", "scopes": ["workspace.manage"]})).json()["secret"]
    assert (await ben.put(PATH, json=entry(provider))).json()["code"] == "no_permission"
    async with await sign_in(app, runtime, ada.workspace_id, "Abe", "admin") as abe:
        assert (await abe.put(PATH, json=entry(provider))).json()["code"] == "role_too_high"
        assert (await abe.delete(PATH)).json()["code"] == "role_too_high"
    bearer = {"Authorization": f"Bearer {key}"}
    assert (await visitor.put(PATH, json=entry(provider), headers=bearer)).json()["code"] == "role_too_high"
    assert provider.asked == []
    await set_up(ada, provider)
    assert (await dan.get("/api/workspace/sign-in")).json()["provider"] is None
    assert (await dan.delete(PATH)).status_code == 404
    assert (await visitor.get("/api/session/providers")).json() == []  # two workspaces: strangers are told nothing
    by_domain = await visitor.get("/api/session/providers", params={"domain": "Example.com"})
    assert [one["workspace"] for one in by_domain.json()] == ["aoyama-tea"]


async def test_the_secret_is_sealed_kept_and_never_shown(
    ada: Person, visitor: Visitor, provider: Provider, owner_db: Any
) -> None:
    await set_up(ada, provider)
    shown = await ada.get("/api/workspace/sign-in")
    log = await ada.get("/api/workspace/audit")
    (kept,) = owner_db.execute("SELECT client_secret_sealed FROM workspace_oidc").fetchone()
    assert CLIENT_SECRET not in shown.text + log.text
    assert CLIENT_SECRET.encode() not in kept
    assert log.json()["items"][0]["after"]["client_secret"] == "(hidden)"
    await set_up(ada, provider, client_secret=None, name="Renamed")
    assert (await come_back(visitor, await go(visitor, provider)))[0] == 201
    with run_provider(provider.clock, {}) as other:
        moved = await ada.put(PATH, json=entry(other, client_secret=None))
        assert moved.json()["code"] == "client_secret_missing"  # a kept secret goes nowhere else


async def test_a_provider_may_tell_the_address_apart(ada: Person, visitor: Visitor, provider: Provider) -> None:
    await set_up(ada, provider)
    provider.email_in_token = False
    assert (await come_back(visitor, await go(visitor, provider)))[0] == 201
    assert (await visitor.get("/api/me")).json()["member"]["email"] == "mira@example.com"
    assert provider.asked.count("/.well-known/openid-configuration") == 1  # kept


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"issuer": "https://evil.example"}, "it says that it is https://evil.example"),
        ({"token_endpoint": "http://10.0.0.1/token"}, "lacks addresses"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "lacks addresses"),
        ({"jwks_uri": None}, "lacks addresses"),
        ({"padding": "x" * 600_000}, "too large"),
    ],
)
async def test_a_document_that_is_not_right_is_refused(
    ada: Person, provider: Provider, document: dict[str, Any], reason: str
) -> None:
    provider.document = document
    answer = await ada.put(PATH, json=entry(provider))
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unreachable")
    assert reason in answer.json()["detail"]
    assert (await ada.get("/api/workspace/sign-in")).json()["provider"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issuer": "http://accounts.example.com"}, "issuer"),
        ({"issuer": "https://user:pass@accounts.example.com"}, "issuer"),
        ({"issuer": "https://[::1"}, "issuer"),
        ({"issuer": "file:///etc/passwd"}, "issuer"),
        ({"email_domains": []}, "email_domains"),
        ({"email_domains": ["example.com", "com"]}, "email_domains"),
        ({"client_id": " "}, "client_id"),
        ({"name": ""}, "name"),
    ],
)
async def test_what_cannot_be_a_provider(ada: Person, provider: Provider, changes: dict[str, Any], field: str) -> None:
    answer = await ada.put(PATH, json=entry(provider, **changes))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert (await ada.put(PATH, json=entry(provider, join_role="admin"))).status_code in (400, 422)


async def test_on_a_public_server_nothing_inside_is_called(
    settings: Settings, runtime: Runtime, ada: Person, provider: Provider
) -> None:
    from kizuna.app.asgi import create_app

    app = create_app(replace(settings, public_url="https://kizuna.example.com"), runtime.clock)
    async with started(app), await sign_in(app, runtime, ada.workspace_id, "Eve", "owner") as eve:
        plain = await eve.put(PATH, json=entry(provider))
        assert plain.json()["errors"][0]["field"] == "issuer"
        inner = await eve.put(PATH, json=entry(provider, issuer=provider.issuer.replace("http:", "https:")))
        assert (inner.status_code, inner.json()["code"]) == (503, "provider_unreachable")
        assert "not a public one" in inner.json()["detail"]
    assert provider.asked == []


@pytest.mark.parametrize(
    ("address", "open_", "development"),
    [
        ("93.184.216.34", True, True),
        ("2606:4700::1111", True, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("10.1.2.3", False, False),
        ("192.168.1.1", False, False),
        ("169.254.169.254", False, False),
        ("100.64.0.1", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("fe80::1%eth0", False, False),
        ("fd00::1", False, False),
        ("::ffff:10.0.0.1", False, False),
        ("224.0.0.1", False, False),
        ("64:ff9b::a00:1", False, False),
    ],
)
def test_only_public_addresses_are_called(address: str, open_: bool, development: bool) -> None:
    assert rules.may_connect(address, development=False) is open_
    assert rules.may_connect(address, development=True) is development


@pytest.mark.parametrize(
    "url", ["https://a.example/x y", "https://a.example\\@b", "https://a.example#x", "https://", ""]
)
def test_addresses_that_parsers_may_read_differently_are_refused(url: str) -> None:
    with pytest.raises(FieldError):
        rules.check_url(url, development=True)
