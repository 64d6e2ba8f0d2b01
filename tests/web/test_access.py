"""Every address of the API asks who is there; the few that do not are listed here with the reason."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import ASGIRoute, HTTPRoute, WebSocketRoute
from tests.cast import Person, Visitor, sign_in

from kizuna.kernel.context import Runtime
from kizuna.web.auth import CSRF_HEADER

PUBLIC = {
    "GET /api/setup": "before the first workspace there is nobody to sign in; tells only whether that is so",
    "POST /api/setup": "works only while there is no workspace",
    "POST /api/session": "signing in",
    "POST /api/session/code": "the ticket of the first step and the code are the proof",
    "GET /api/session/providers": "which button the sign-in page shows",
    "POST /api/session/provider": "begins to sign in; tells where the provider is",
    "POST /api/session/provider/return": "the provider's answer and this browser's cookie are the proof",
    "POST /api/password-resets": "asked by those who cannot sign in; tells nothing",
    "POST /api/password-resets/{token}": "the token is the proof",
    "GET /api/invitations/{token}": "the token is the proof",
    "POST /api/invitations/{token}/accept": "the token is the proof",
    "GET /api/analytics/shared/{token}": "the token is the proof; one for members asks who is there",
    "GET /api/analytics/shared/{token}/answers/{number}": "the token is the proof; one for members asks who is there",
}

PUBLIC_PREFIXES = {
    "/v1": "tracking: the write key is the proof",
    "/analytics.js/v1": "the snippet's public settings, by write key",
    "/in/": "webhooks: the source key and the signature are the proof",
    "/p/archive/": "the signed link is the proof",
    "/healthz": "for the platform",
    "/readyz": "for the platform",
    "/metrics": "for the platform; no personal data",
    "/api/openapi": "the API's own description",
    "/api/docs": "the API's own description",
    "/p/": "pages for customers: the link is the proof",
    "/sdk": "the browser SDK's files",
    "/assets": "the admin app's files",
}

PAGES = {"/", "/{path}"}
"""The admin app's page, which holds no data."""


@dataclass(frozen=True)
class Endpoint:
    method: str
    path: str
    guarded: bool
    permission: str | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def fill(self, values: dict[str, str] | None = None) -> str:
        """The path with something that parses in each place."""
        filled = self.path
        for part in self.path.split("/"):
            if part.startswith("{"):
                filled = filled.replace(part, (values or {}).get(part.strip("{}"), self._kinds()[part]), 1)
        return filled

    def _kinds(self) -> dict[str, str]:
        samples = {"int": "1", "uuid": "6f1c1c7e-9b0e-4c55-8a59-0d9f6f0c9d11"}
        return {f"{{{name}}}": samples.get(kind, "x") for name, kind in KINDS[self.path].items()}


KINDS: dict[str, dict[str, str]] = {}


def list_endpoints(app: Litestar) -> Iterator[Endpoint]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        KINDS[route.path_format] = {
            name: parameter.full.rpartition(":")[2] for name, parameter in route.path_parameters.items()
        }
        for handler in route.route_handlers:
            marks = [guard for guard in handler.resolve_guards() if hasattr(guard, "permission")]
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                permission = next((mark.permission for mark in marks if mark.permission), None)
                yield Endpoint(str(method), route.path_format, bool(marks), permission)


def is_public(endpoint: Endpoint) -> bool:
    prefixed = any(endpoint.path.startswith(prefix) for prefix in PUBLIC_PREFIXES)
    return endpoint.name in PUBLIC or prefixed or endpoint.path in PAGES


@pytest.fixture
def endpoints(app: Litestar) -> list[Endpoint]:
    found = list(list_endpoints(app))
    assert len(found) > 30
    return found


def test_every_endpoint_is_guarded_or_listed(app: Litestar, endpoints: list[Endpoint]) -> None:
    open_doors = [endpoint.name for endpoint in endpoints if not endpoint.guarded and not is_public(endpoint)]
    assert open_doors == []
    for route in app.routes:
        if isinstance(route, ASGIRoute):
            assert any(route.path.startswith(prefix) for prefix in PUBLIC_PREFIXES), route.path
        if isinstance(route, WebSocketRoute):
            assert route.path == "/api/live"  # asks in its handler: tests/web/test_live.py


def test_the_lists_name_nothing_that_is_gone(endpoints: list[Endpoint]) -> None:
    assert set(PUBLIC) <= {endpoint.name for endpoint in endpoints}
    assert not [name for name in PUBLIC if any(e.name == name and e.guarded for e in endpoints)]


def test_permissions_exist(endpoints: list[Endpoint], runtime: Runtime) -> None:
    asked = {endpoint.permission for endpoint in endpoints if endpoint.permission}
    assert asked <= set(runtime.registry.permissions)


async def test_nobody_gets_in(endpoints: list[Endpoint], visitor: Visitor) -> None:
    for endpoint in endpoints:
        if not is_public(endpoint):
            answer = await visitor.request(endpoint.method, endpoint.fill(), json={})
            assert answer.status_code == 401, endpoint.name
            assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_viewer_is_stopped_where_the_permission_is_missing(
    app: Litestar, runtime: Runtime, endpoints: list[Endpoint], ada: Person
) -> None:
    held = runtime.registry.permissions_of_role("viewer")
    async with await sign_in(app, runtime, ada.workspace_id, "Vic", "viewer") as vic:
        for endpoint in endpoints:
            if endpoint.guarded and endpoint.permission and endpoint.permission not in held:
                answer = await vic.request(endpoint.method, endpoint.fill(), json={})
                assert answer.status_code == 403, endpoint.name
                assert answer.json()["code"] == "no_permission"


async def test_a_change_without_the_token_of_the_page_is_refused(endpoints: list[Endpoint], ada: Person) -> None:
    del ada.headers[CSRF_HEADER]
    for endpoint in endpoints:
        if endpoint.guarded and endpoint.method != "GET":
            answer = await ada.request(endpoint.method, endpoint.fill(), json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf"), endpoint.name


async def test_dan_finds_nothing_of_adas(endpoints: list[Endpoint], ada: Person, dan: Person) -> None:
    ids = await make_things(ada)
    for endpoint in endpoints:
        if endpoint.guarded and "{" in endpoint.path:
            answer = await dan.request(endpoint.method, endpoint.fill(ids.get(collection_of(endpoint), {})), json={})
            assert 400 <= answer.status_code < 500, endpoint.name
    assert (await ada.get("/api/workspace")).json()["name"] == "Aoyama Tea"


def collection_of(endpoint: Endpoint) -> str:
    return endpoint.path.partition("/{")[0]


async def make_things(person: Person) -> dict[str, dict[str, str]]:
    """One of each in Ada's workspace, by collection and path parameter."""
    key = await person.post("/api/workspace/keys", json={"name": "Till", "scopes": ["workspace.read"]})
    invitation = await person.post("/api/workspace/invitations", json={"email": "f@example.com", "role": "viewer"})
    return {
        "/api/workspace/members": {"id": str(person.member_id)},
        "/api/workspace/keys": {"id": str(key.json()["id"])},
        "/api/workspace/invitations": {"id": str(invitation.json()["id"])},
    }


async def test_lists_of_dan_hold_nothing_of_adas(endpoints: list[Endpoint], ada: Person, dan: Person) -> None:
    await make_things(ada)
    hers = {"Aoyama Tea", "f@example.com", "ada@example.com"}
    for endpoint in endpoints:
        if endpoint.guarded and endpoint.method == "GET" and "{" not in endpoint.path:
            text = json.dumps((await dan.get(endpoint.path)).json(), ensure_ascii=False)
            assert not [word for word in hers if word in text], endpoint.name


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer kz_unknown"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YTpi"},
        {"Cookie": "kizuna_session=kzs_unknown"},
        {"Cookie": "kizuna_session="},
    ],
)
async def test_false_credentials_are_nobody(visitor: Visitor, headers: dict[str, str]) -> None:
    assert (await visitor.get("/api/me", headers=headers)).status_code == 401


async def test_a_key_needs_no_token_of_a_page(ada: Person, visitor: Visitor) -> None:
    scopes: dict[str, Any] = {"name": "Ops", "scopes": ["workspace.manage"]}
    secret = (await ada.post("/api/workspace/keys", json=scopes)).json()["secret"]
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await visitor.patch("/api/workspace", json={"name": "New"}, headers=bearer)).status_code == 200
