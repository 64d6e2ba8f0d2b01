"""Where somebody is signed in, and how that ends."""

import pytest
from tests.cast import PASSWORD, Person, Visitor

from kizuna.domains.workspace.rules.devices import name_device

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (PHONE, "Safari · iPhone"),
        (DESK, "Chrome · Windows"),
        (f"{DESK} Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("python-httpx/0.28.1", "python-httpx"),
        ("", ""),
    ],
)
def test_devices_have_the_names_people_use(user_agent: str, device: str) -> None:
    assert name_device(user_agent) == device


async def sign_in_on(visitor: Visitor, person: Person, user_agent: str) -> None:
    body = {"email": person.email, "password": PASSWORD}
    answer = await visitor.post("/api/session", json=body, headers={"User-Agent": user_agent})
    assert answer.status_code == 201


async def test_one_sees_ones_own_and_ends_one(ada: Person, ben: Person, dan: Person, visitor: Visitor) -> None:
    await sign_in_on(visitor, ada, PHONE)
    items = (await ada.get("/api/me/sessions")).json()["items"]
    assert {(one["device"], one["current"]) for one in items} == {("Safari · iPhone", False), ("tests", True)}
    assert all(one["ip"] == "127.0.0.1" for one in items)
    phone = next(one["id"] for one in items if not one["current"])
    for other in (ben, dan):
        assert (await other.delete(f"/api/me/sessions/{phone}")).status_code == 404
        assert phone not in (await other.get("/api/me/sessions")).text
    assert (await visitor.get("/api/me")).status_code == 200
    assert (await ada.delete(f"/api/me/sessions/{phone}")).status_code == 204
    assert (await visitor.get("/api/me")).status_code == 401
    assert (await ada.delete(f"/api/me/sessions/{phone}")).status_code == 404
    (entry,) = (await ada.get("/api/workspace/audit?action=member.session_ended")).json()["items"]
    assert entry["summary"] == "“Ada” ended a session on Safari · iPhone"


async def test_all_others_end_at_once(ada: Person, ben: Person, visitor: Visitor) -> None:
    await sign_in_on(visitor, ada, PHONE)
    assert (await ada.delete("/api/me/sessions")).json() == {"ended": 1}
    assert (await visitor.get("/api/me")).status_code == 401
    assert (await ada.get("/api/me")).status_code == 200
    assert (await ben.get("/api/me")).status_code == 200


async def test_those_who_manage_members_sign_them_out(ada: Person, ben: Person, cleo: Person, dan: Person) -> None:
    path = f"/api/workspace/members/{ben.member_id}/sessions"
    assert (await dan.delete(path)).status_code == 404
    assert (await cleo.delete(path)).json()["code"] == "no_permission"
    assert (await ada.delete(path)).json() == {"ended": 1}
    assert (await ben.get("/api/me")).status_code == 401
    (entry,) = (await ada.get("/api/workspace/audit?action=member.sessions_ended")).json()["items"]
    assert (entry["summary"], entry["actor"]["name"]) == ("Ended all sessions of “Ben”", "Ada")


async def test_a_program_has_no_sessions(ada: Person, visitor: Visitor) -> None:
    key = (await ada.post("/api/workspace/keys", json={"name": "K", "scopes": ["workspace.read"]})).json()["secret"]
    answer = await visitor.get("/api/me/sessions", headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["code"] == "members_only"
