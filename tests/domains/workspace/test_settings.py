"""Settings: the workspace, keys, the audit log."""

from typing import Any

import psycopg
import pytest
from tests.cast import Person, Visitor

from kizuna.domains.workspace import api
from kizuna.kernel.context import Runtime


async def test_settings_change_and_are_written_down(ada: Person, ben: Person) -> None:
    answer = await ada.patch("/api/workspace", json={"time_zone": "Europe/Paris", "currency": "EUR"})
    assert answer.json()["time_zone"] == "Europe/Paris"
    assert (await ben.get("/api/workspace")).json() == answer.json()
    entry = (await ada.get("/api/workspace/audit")).json()["items"][0]
    assert entry["before"] == {"time_zone": "Asia/Tokyo", "currency": "JPY"}
    assert (await ada.patch("/api/workspace", json={"currency": "ABC"})).status_code == 422


async def test_roles_tell_what_they_may_do(cleo: Person) -> None:
    roles = {item["role"]: item["permissions"] for item in (await cleo.get("/api/workspace/roles")).json()}
    assert list(roles) == ["owner", "admin", "marketer", "analyst", "agent", "viewer"]
    assert roles["owner"] == roles["admin"]
    assert "workspace.read" in roles["viewer"]
    assert "members.manage" not in roles["marketer"]


async def test_a_key_opens_what_its_scopes_say(ada: Person, visitor: Visitor) -> None:
    made = (await ada.post("/api/workspace/keys", json={"name": "Till", "scopes": ["workspace.read"]})).json()
    assert made["secret"].startswith("kz_")
    assert made["secret"].startswith(made["prefix"])
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert (await visitor.get("/api/workspace", headers=bearer)).status_code == 200
    assert (await visitor.patch("/api/workspace", json={"name": "X"}, headers=bearer)).status_code == 403
    assert (await visitor.get("/api/me", headers=bearer)).json()["code"] == "members_only"
    (listed,) = (await ada.get("/api/workspace/keys")).json()["items"]
    assert listed["secret"] is None
    assert listed["last_used_at"] == "2026-04-01T09:00:00Z"
    assert (await ada.delete(f"/api/workspace/keys/{made['id']}")).status_code == 204
    assert (await visitor.get("/api/workspace", headers=bearer)).status_code == 401
    assert (await ada.delete(f"/api/workspace/keys/{made['id']}")).status_code == 404


async def test_keys_are_kept_as_hashes(ada: Person, owner_db: psycopg.Connection[Any]) -> None:
    made = (await ada.post("/api/workspace/keys", json={"name": "Till", "scopes": ["workspace.read"]})).json()
    rows = owner_db.execute(
        "SELECT workspace_keys::text FROM workspace_keys UNION ALL SELECT workspace_audit::text FROM workspace_audit"
    ).fetchall()
    assert not any(made["secret"] in row[0] for row in rows)


@pytest.mark.parametrize("scopes", [[], ["no.such.scope"]])
async def test_keys_need_scopes_that_exist(ada: Person, scopes: list[str]) -> None:
    answer = await ada.post("/api/workspace/keys", json={"name": "Till", "scopes": scopes})
    assert answer.json()["errors"][0]["field"] == "scopes"


async def test_a_key_gives_no_more_than_its_maker_has(ada: Person, visitor: Visitor) -> None:
    made = (await ada.post("/api/workspace/keys", json={"name": "K", "scopes": ["keys.manage"]})).json()
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    body = {"name": "More", "scopes": ["keys.manage", "members.manage"]}
    assert (await visitor.post("/api/workspace/keys", json=body, headers=bearer)).status_code == 403


async def test_the_audit_log_is_paged_and_filtered(ada: Person, ben: Person, dan: Person) -> None:
    for name in ("One", "Two", "Three"):
        await ada.patch("/api/workspace", json={"name": name})
    first = (await ada.get("/api/workspace/audit?limit=2")).json()
    assert [entry["after"] for entry in first["items"]] == [{"name": "Three"}, {"name": "Two"}]
    second = (await ada.get(f"/api/workspace/audit?limit=2&cursor={first['next_cursor']}")).json()
    assert second["items"][0]["after"] == {"name": "One"}

    async def count(query: str) -> int:
        return len((await ada.get(f"/api/workspace/audit?{query}")).json()["items"])

    assert await count("action=workspace.changed") == 3
    assert await count("action=workspace.") == 4
    assert await count("actor=ADA") == 3
    assert await count(f"actor={ada.member_id}") == 3
    assert await count("target=member") == 1
    assert await count(f"target=member:{ben.member_id}") == 1
    assert await count("target=member:0") == 0
    for bad in ("cursor=x", "cursor=WyJhIl0", "limit=0", "limit=9999"):
        assert (await ada.get(f"/api/workspace/audit?{bad}")).status_code == 422
    assert (await dan.get("/api/workspace/audit")).json()["items"][0]["summary"] == "Made the workspace “Dan's Diner”"


async def test_the_audit_log_keeps_no_secrets(ada: Person) -> None:
    async with ada.unit() as ctx:
        await api.record_audit(ctx, "t.changed", "t", 1, "Changed", {"signing_secret": "old"}, {"signing_secret": "x"})
    entry = (await ada.get("/api/workspace/audit")).json()["items"][0]
    assert entry["after"] == {"signing_secret": "(hidden)"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE workspace_audit SET summary = 'nothing happened'",
        "DELETE FROM workspace_audit",
        "TRUNCATE workspace_audit",
    ],
)
async def test_nobody_rewrites_the_audit_log(
    runtime: Runtime, ada: Person, owner_db: psycopg.Connection[Any], statement: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner_db.execute(statement)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with ada.unit() as ctx:
            await ctx.db.execute(statement)
