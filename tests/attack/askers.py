"""Who asks: each member, strangers, keys that open something else, sessions that are over, nobody."""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from kizuna.web.auth import CSRF_HEADER, SESSION_COOKIE
from tests.attack.operations import Operation
from tests.attack.planter import Planted, Planter
from tests.cast import Person, Visitor, sign_in

ROLES = ("owner", "admin", "marketer", "analyst", "agent", "viewer")
FORGED = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", CSRF_HEADER: "guessed"}


@dataclass
class Asker:
    name: str
    client: httpx.AsyncClient
    permissions: frozenset[str] | None = None
    """None for who is not signed in."""
    foreign: bool = False
    """Signed in, but to another workspace."""
    may_send: bool = False
    """Holds a write key where it counts."""
    body_key: str | None = None
    forged: bool = False
    """Another site's page, whose requests carry the cookie of Ada's browser."""
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def may(self, operation: Operation) -> bool:
        """What the operation's guard and nothing else says."""
        if self.forged and not operation.is_safe:
            return False
        if operation.guarded:
            held = self.permissions
            return held is not None and (operation.permission is None or operation.permission in held)
        return self.may_send if operation.write_key else True

    async def ask(self, operation: Operation, planted: Planted, *, proof: bool = False) -> httpx.Response:
        params = planted.params | (planted.proof_params if proof else {})
        headers = self.headers | planted.headers | (planted.proof_headers if proof else {})
        body = planted.body
        if self.body_key is not None and isinstance(body, dict):
            body = body | {"writeKey": self.body_key}
        given: dict[str, Any] = {"content": planted.content} if planted.content is not None else {}
        if body is not None:
            given = {"json": body}
        path = operation.path
        for name, value in params.items():
            path = path.replace("{" + name + "}", value)
        return await self.client.request(operation.method, path, params=planted.query, headers=headers, **given)


@asynccontextmanager
async def members(planter: Planter) -> AsyncIterator[dict[str, Asker]]:
    """One member of each role, by role; the owner is who plants."""
    ada = planter.owner
    registry = planter.runtime.registry
    async with AsyncExitStack() as stack:
        found = {"owner": Asker("owner", ada, registry.permissions_of_role("owner"))}
        for role in ROLES[1:]:
            person = await sign_in(planter.app, planter.runtime, ada.workspace_id, role.title(), role)  # type: ignore[arg-type]
            await stack.enter_async_context(person)
            found[role] = Asker(role, person, registry.permissions_of_role(role))
        yield found


@asynccontextmanager
async def outsiders(planter: Planter, stranger: Planter) -> AsyncIterator[list[Asker]]:
    """All who have no business in the workspace of ``planter``."""
    async with AsyncExitStack() as stack:

        async def visitor(**options: Any) -> Visitor:
            return await stack.enter_async_context(Visitor(planter.app, **options))

        async def guest(name: str) -> Person:
            made = await sign_in(planter.app, planter.runtime, planter.owner.workspace_id, name, "admin")
            return await stack.enter_async_context(made)

        write_key = (await planter.shop())["write_key"]
        basic = "Basic " + base64.b64encode(f"{write_key}:".encode()).decode()
        everything = stranger.runtime.registry.permissions_of_role("owner")
        foreign_key = await make_key(stranger, sorted(everything))
        bare_key = await make_key(planter, ["workspace.read"])
        planter.db.execute("UPDATE workspace_keys SET scopes = '{}' WHERE id = %s", (bare_key["id"],))
        for key in (bare_key, foreign_key):  # their first use is noted
            assert (await (await visitor(headers=_bearer(key))).get("/api/me")).status_code == 403
        yield [
            Asker("nobody", await visitor()),
            Asker("write key as Bearer", await visitor(headers={"Authorization": f"Bearer {write_key}"})),
            Asker("write key as Basic user", await visitor(headers={"Authorization": basic}), may_send=True),
            Asker("write key in the body", await visitor(), may_send=True, body_key=write_key),
            Asker("expired session", await _expire(planter, await guest("Expired"))),
            Asker("revoked session", await _revoke(await guest("Revoked"))),
            Asker("disabled member", await _disable(planter, await guest("Disabled"))),
            Asker("key without scopes", await visitor(headers=_bearer(bare_key)), frozenset()),
            Asker("key of another workspace", await visitor(headers=_bearer(foreign_key)), everything, foreign=True),
            Asker("another site's page", await _forge(visitor, planter.owner), everything, forged=True, headers=FORGED),
            Asker("owner of another workspace", stranger.owner, everything, foreign=True),
        ]


async def make_key(planter: Planter, scopes: list[str]) -> dict[str, Any]:
    made = await planter.post("/api/workspace/keys", {"name": planter.canary(), "scopes": scopes})
    planter.secrets.add(made["secret"])
    return made


def _bearer(key: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {key['secret']}"}


async def _expire(planter: Planter, person: Person) -> Person:
    past = "UPDATE workspace_sessions SET expires_at = '2020-01-01' WHERE member_id = %s"
    planter.db.execute(past, (person.member_id,))
    return person


async def _revoke(person: Person) -> Person:
    token = person.cookies[SESSION_COOKIE]
    assert (await person.delete("/api/session")).status_code == 204
    person.cookies.set(SESSION_COOKIE, token)
    return person


async def _disable(planter: Planter, person: Person) -> Person:
    """The session's row is still there: it is the member's state that must count."""
    planter.db.execute("UPDATE workspace_members SET disabled = true WHERE id = %s", (person.member_id,))
    return person


async def _forge(visitor: Any, victim: Person) -> Visitor:
    return await visitor(cookies={SESSION_COOKIE: victim.cookies[SESSION_COOKIE]})
