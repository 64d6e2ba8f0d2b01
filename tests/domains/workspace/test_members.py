"""Members: roles, invitations, password links."""

import asyncio
from datetime import timedelta
from typing import Any

from litestar import Litestar
from tests.cast import PASSWORD, Person, Visitor, sign_in

from kizuna.domains.workspace import api
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime

NEW_PASSWORD = "a brand new sentence"


async def change(person: Person, member_id: int, **changes: Any) -> Any:
    return await person.patch(f"/api/workspace/members/{member_id}", json=changes)


async def test_the_list_shows_all_members(ada: Person, ben: Person, dan: Person) -> None:
    members = (await ben.get("/api/workspace/members")).json()["items"]
    assert [(member["name"], member["role"]) for member in members] == [("Ada", "owner"), ("Ben", "analyst")]
    assert "password_hash" not in members[0]


async def test_an_owner_changes_roles(ada: Person, ben: Person) -> None:
    answer = await change(ada, ben.member_id, role="marketer")
    assert answer.json()["role"] == "marketer"
    assert "imports.run" in (await ben.get("/api/me")).json()["permissions"]
    entry = (await ada.get("/api/workspace/audit")).json()["items"][0]
    assert (entry["action"], entry["before"], entry["after"]) == (
        "member.changed", {"role": "analyst"}, {"role": "marketer"}
    )  # fmt: skip
    assert entry["actor"]["name"] == "Ada"


async def test_disabling_signs_out_at_once(ada: Person, ben: Person, visitor: Visitor) -> None:
    assert (await change(ada, ben.member_id, disabled=True)).status_code == 200
    assert (await ben.get("/api/me")).status_code == 401
    answer = await visitor.post("/api/session", json={"email": ben.email, "password": PASSWORD})
    assert answer.status_code == 401
    await change(ada, ben.member_id, disabled=False)
    answer = await visitor.post("/api/session", json={"email": ben.email, "password": PASSWORD})
    assert answer.status_code == 201


async def test_the_last_owner_stays(ada: Person) -> None:
    assert (await change(ada, ada.member_id, role="admin")).json()["code"] == "last_owner"
    assert (await change(ada, ada.member_id, disabled=True)).json()["code"] == "last_owner"


async def test_two_owners_cannot_both_step_down_at_once(app: Litestar, runtime: Runtime, ada: Person) -> None:
    async with await sign_in(app, runtime, ada.workspace_id, "Eve", "owner") as eve:
        answers = await asyncio.gather(
            change(ada, ada.member_id, role="admin"), change(eve, eve.member_id, role="admin")
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_nobody_raises_anybody_above_themselves(app: Litestar, runtime: Runtime, ada: Person) -> None:
    async with await sign_in(app, runtime, ada.workspace_id, "Abe", "admin") as abe:
        assert (await change(abe, abe.member_id, role="owner")).status_code == 403
        assert (await change(abe, ada.member_id, role="viewer")).status_code == 403
        assert (await change(abe, ada.member_id, disabled=True)).status_code == 403
        assert (await abe.post(f"/api/workspace/members/{ada.member_id}/reset-link")).status_code == 403
        invited = await abe.post("/api/workspace/invitations", json={"email": "f@example.com", "role": "owner"})
        assert invited.status_code == 403
        invited = await abe.post("/api/workspace/invitations", json={"email": "f@example.com", "role": "admin"})
        assert invited.status_code == 201


async def test_a_key_cannot_make_members_stronger_than_itself(ada: Person, visitor: Visitor) -> None:
    made = await ada.post("/api/workspace/keys", json={"name": "HR", "scopes": ["members.manage", "workspace.read"]})
    bearer = {"Authorization": f"Bearer {made.json()['secret']}"}
    for role in ("owner", "admin", "viewer"):
        body = {"email": "f@example.com", "role": role}
        answer = await visitor.post("/api/workspace/invitations", json=body, headers=bearer)
        assert answer.status_code == 403


async def test_an_invitation_makes_a_member(ada: Person, visitor: Visitor) -> None:
    made = (await ada.post("/api/workspace/invitations", json={"email": "Fay@Example.com", "role": "marketer"})).json()
    path = made["url"].removeprefix("http://localhost:8100")
    assert path.startswith("/invitations/kzi_")
    preview = (await visitor.get(f"/api{path}")).json()
    assert preview == {"email": "fay@example.com", "role": "marketer", "workspace_name": "Aoyama Tea"}
    answer = await visitor.post(f"/api{path}/accept", json={"name": "Fay", "password": NEW_PASSWORD})
    assert answer.status_code == 201
    assert answer.json()["member"]["role"] == "marketer"
    assert (await visitor.get("/api/me")).json()["member"]["name"] == "Fay"
    again = await visitor.post(f"/api{path}/accept", json={"name": "Fay", "password": NEW_PASSWORD})
    assert again.status_code == 404
    assert (await ada.get("/api/workspace/invitations")).json()["items"] == []


async def test_an_invitation_is_used_once_even_at_once(ada: Person, visitor: Visitor) -> None:
    made = (await ada.post("/api/workspace/invitations", json={"email": "f@example.com", "role": "viewer"})).json()
    path = "/api" + made["url"].removeprefix("http://localhost:8100") + "/accept"
    body = {"name": "Fay", "password": NEW_PASSWORD}
    answers = await asyncio.gather(*(visitor.post(path, json=body) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 404, 404]


async def test_a_weak_password_does_not_use_the_invitation_up(ada: Person, visitor: Visitor) -> None:
    made = (await ada.post("/api/workspace/invitations", json={"email": "f@example.com", "role": "viewer"})).json()
    path = "/api" + made["url"].removeprefix("http://localhost:8100") + "/accept"
    assert (await visitor.post(path, json={"name": "Fay", "password": "short"})).status_code == 422
    assert (await visitor.post(path, json={"name": "Fay", "password": NEW_PASSWORD})).status_code == 201


async def test_invitations_end(ada: Person, visitor: Visitor, clock: ManualClock) -> None:
    async def invite() -> dict[str, Any]:
        body = {"email": "f@example.com", "role": "viewer"}
        return (await ada.post("/api/workspace/invitations", json=body)).json()

    first = await invite()
    second = await invite()
    items = (await ada.get("/api/workspace/invitations")).json()["items"]
    assert [(item["id"], item["url"]) for item in items] == [(second["id"], None)]
    token = first["url"].rsplit("/", 1)[1]
    assert (await visitor.get(f"/api/invitations/{token}")).status_code == 404
    token = second["url"].rsplit("/", 1)[1]
    assert (await visitor.get(f"/api/invitations/{token}")).status_code == 200
    clock.advance(timedelta(days=7))
    assert (await visitor.get(f"/api/invitations/{token}")).status_code == 404
    third = await invite()
    assert (await ada.delete(f"/api/workspace/invitations/{third['id']}")).status_code == 204
    token = third["url"].rsplit("/", 1)[1]
    assert (await visitor.get(f"/api/invitations/{token}")).status_code == 404


async def test_members_are_not_invited_again(ada: Person, ben: Person) -> None:
    answer = await ada.post("/api/workspace/invitations", json={"email": ben.email, "role": "viewer"})
    assert answer.json()["code"] == "member_exists"


async def test_a_password_link_works_once_and_ends_sessions(ada: Person, ben: Person, visitor: Visitor) -> None:
    url = (await ada.post(f"/api/workspace/members/{ben.member_id}/reset-link")).json()["url"]
    token = url.removeprefix("http://localhost:8100/reset/")
    path = f"/api/password-resets/{token}"
    assert (await visitor.post(path, json={"password": "short"})).status_code == 422
    assert (await visitor.post(path, json={"password": NEW_PASSWORD})).status_code == 204
    assert (await visitor.post(path, json={"password": NEW_PASSWORD})).status_code == 404
    assert (await ben.get("/api/me")).status_code == 401
    body = {"email": ben.email, "password": NEW_PASSWORD}
    assert (await visitor.post("/api/session", json=body)).status_code == 201


async def test_a_password_link_ends_after_an_hour(
    ada: Person, ben: Person, visitor: Visitor, clock: ManualClock
) -> None:
    url = (await ada.post(f"/api/workspace/members/{ben.member_id}/reset-link")).json()["url"]
    clock.advance(timedelta(hours=1))
    path = f"/api/password-resets/{url.rsplit('/', 1)[1]}"
    assert (await visitor.post(path, json={"password": NEW_PASSWORD})).status_code == 404


async def test_asking_for_a_new_password_tells_nothing_but_is_seen(
    ada: Person, ben: Person, visitor: Visitor, clock: ManualClock
) -> None:
    known = await visitor.post("/api/password-resets", json={"email": ben.email})
    unknown = await visitor.post("/api/password-resets", json={"email": "nobody@example.com"})
    nonsense = await visitor.post("/api/password-resets", json={"email": "@" * 1000})
    assert known.status_code == unknown.status_code == nonsense.status_code == 202
    await visitor.post("/api/password-resets", json={"email": ben.email})
    members = (await ada.get("/api/workspace/members")).json()["items"]
    assert [member["name"] for member in members if member["reset_requested_at"]] == ["Ben"]
    audit = (await ada.get("/api/workspace/audit?action=member.reset_requested")).json()["items"]
    assert len(audit) == 1


async def test_the_command_line_makes_links_too(runtime: Runtime, ada: Person, ben: Person, visitor: Visitor) -> None:
    ((name, url),) = await api.make_reset_links(runtime, ben.email)
    assert name == "Aoyama Tea"
    path = f"/api/password-resets/{url.rsplit('/', 1)[1]}"
    assert (await visitor.post(path, json={"password": NEW_PASSWORD})).status_code == 204


async def test_changing_ones_password_keeps_this_session_only(app: Litestar, runtime: Runtime, ada: Person) -> None:
    async with await sign_in(app, runtime, ada.workspace_id, "Ada", "owner", ada.member_id) as elsewhere:
        wrong = await ada.post("/api/me/password", json={"current": "not this one at all", "new": NEW_PASSWORD})
        assert wrong.json()["errors"][0]["field"] == "current"
        weak = await ada.post("/api/me/password", json={"current": PASSWORD, "new": "short"})
        assert weak.json()["errors"][0]["field"] == "new"
        answer = await ada.post("/api/me/password", json={"current": PASSWORD, "new": NEW_PASSWORD})
        assert answer.status_code == 204
        assert (await ada.get("/api/me")).status_code == 200
        assert (await elsewhere.get("/api/me")).status_code == 401


async def test_a_stolen_session_cannot_try_passwords_for_ever(ada: Person) -> None:
    codes = [
        (await ada.post("/api/me/password", json={"current": f"guess number {n}", "new": NEW_PASSWORD})).status_code
        for n in range(6)
    ]
    assert codes == [422, 422, 422, 422, 422, 429]


async def test_one_changes_ones_own_name_and_language(ben: Person) -> None:
    me = (await ben.patch("/api/me", json={"name": "Benjamin", "language": "ja"})).json()
    assert (me["member"]["name"], me["member"]["language"]) == ("Benjamin", "ja")


async def test_strangers_reach_no_member(ada: Person, ben: Person, dan: Person) -> None:
    assert (await change(dan, ben.member_id, role="viewer")).status_code == 404
    assert (await dan.post(f"/api/workspace/members/{ben.member_id}/reset-link")).status_code == 404
