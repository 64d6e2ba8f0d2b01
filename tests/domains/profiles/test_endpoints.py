"""The HTTP API of profiles, as the admin app uses it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.cast import Person
from tests.conftest import START
from tests.domains.profiles.crowd import Crowd

from kizuna.kernel.context import Runtime

TANAKA = {"last_name": "田中", "first_name": "花子", "last_name_kana": "タナカ", "first_name_kana": "ハナコ"}
SATO = {"last_name": "佐藤", "first_name": "亮", "name_kana": "さとう りょう"}
TAKAHASHI = {"name": "髙橋 タロウ"}


@pytest.fixture
async def people(runtime: Runtime, ada: Person) -> Crowd:
    """Three customers and a visitor in Ada's workspace."""
    crowd = Crowd(runtime, ada.workspace_id)
    await crowd.see(
        [("user_id", "u-1"), ("email", "Hanako@Example.jp"), ("phone", "090-1234-5678"), ("anonymous_id", "c-1")],
        traits=TANAKA | {"plan": "gold"},
        at=START,
    )
    await crowd.see([("user_id", "u-2"), ("email", "ryo@example.jp")], traits=SATO, at=START + timedelta(hours=1))
    await crowd.see([("user_id", "u-3")], traits=TAKAHASHI, at=START + timedelta(hours=2))
    await crowd.see([("anonymous_id", "c-9")], at=START + timedelta(hours=3))
    return crowd


async def find(person: Person, **query: Any) -> list[str | None]:
    answer = await person.get("/api/profiles", params=query)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


SEARCHES: list[tuple[str, list[str | None]]] = [
    ("田", ["田中 花子"]),
    ("田中", ["田中 花子"]),
    ("田中花子", ["田中 花子"]),
    ("花子 田中", ["田中 花子"]),
    ("たなか", ["田中 花子"]),
    ("ﾀﾅｶ", ["田中 花子"]),
    ("タ", ["髙橋 タロウ", "田中 花子"]),
    ("高橋", ["髙橋 タロウ"]),
    ("サトウ", ["佐藤 亮"]),
    ("hanako@example.jp", ["田中 花子"]),
    ("HANA", ["田中 花子"]),
    ("example", ["佐藤 亮", "田中 花子"]),
    ("090-1234", ["田中 花子"]),
    ("5678", ["田中 花子"]),
    ("+81 90", ["田中 花子"]),
    ("u-2", ["佐藤 亮"]),
    ("c-9", [None]),
    ("山", []),
    ("100%", []),
    ("_", []),
    ("\\", []),
    ("\0", [None, "髙橋 タロウ", "佐藤 亮", "田中 花子"]),
]


async def test_search(people: Crowd, ada: Person) -> None:
    assert {search: await find(ada, search=search) for search, _ in SEARCHES} == dict(SEARCHES)


async def test_a_search_by_id_finds_the_profile(people: Crowd, ada: Person) -> None:
    assert await find(ada, search=str(await people.profile_id("user_id", "u-2"))) == ["佐藤 亮"]


async def test_orders_and_pages(people: Crowd, ada: Person) -> None:
    assert await find(ada, sort="last_seen") == ["田中 花子", "佐藤 亮", "髙橋 タロウ", None]
    assert await find(ada, sort="name") == ["佐藤 亮", "田中 花子", "髙橋 タロウ", None]
    assert await find(ada, sort="-name") == ["髙橋 タロウ", "田中 花子", "佐藤 亮", None]
    assert await find(ada, identified=True) == ["髙橋 タロウ", "佐藤 亮", "田中 花子"]
    assert await find(ada, identified=False) == [None]
    for sort in ("last_seen", "-last_seen", "first_seen", "name", "-name"):
        whole = await find(ada, sort=sort)
        seen: list[str | None] = []
        cursor = None
        while True:
            answer = await ada.get(
                "/api/profiles", params={"sort": sort, "limit": 1} | ({"cursor": cursor} if cursor else {})
            )
            page = answer.json()
            assert page["total"] == (None if cursor else 4)
            seen += [item["name"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == whole


async def test_a_wrong_cursor_or_sort_is_refused(ada: Person) -> None:
    for cursor in ("x", "WzEsMl0", "WyIyMDI2LTA0LTAxVDA5OjAwOjAwWiIsLTFd", "W10", "WyJ4Il0"):
        for sort in ("name", "last_seen"):
            answer = await ada.get("/api/profiles", params={"cursor": cursor, "sort": sort})
            assert answer.status_code == 422, (cursor, sort)
    assert (await ada.get("/api/profiles", params={"sort": "nonsense"})).status_code == 422


async def test_the_page_of_a_customer(people: Crowd, ada: Person) -> None:
    profile_id = await people.profile_id("user_id", "u-1")
    answer = await ada.get(f"/api/profiles/{profile_id}")
    shown = answer.json()
    assert shown["name"] == "田中 花子"
    assert shown["name_kana"] == "タナカ ハナコ"
    assert shown["email"] == "hanako@example.jp"
    assert shown["phone"] == "+819012345678"
    assert {(one["type"], one["value"]) for one in shown["identifiers"]} == {
        ("user_id", "u-1"),
        ("email", "hanako@example.jp"),
        ("phone", "+819012345678"),
        ("anonymous_id", "c-1"),
    }
    assert [one for one in shown["traits"] if one["name"] == "plan"] == [
        {"name": "plan", "value": "gold", "type": "string", "at": "2026-04-01T09:00:00Z", "source": 1}
    ]
    assert shown["touchpoints"] == [
        {"touchpoint": "web", "first_seen": "2026-04-01T09:00:00Z", "last_seen": "2026-04-01T09:00:00Z"}
    ]
    assert shown["merged_into"] is None


async def test_merge_and_unmerge_in_place(people: Crowd, ada: Person) -> None:
    one, other = [await people.profile_id("user_id", user) for user in ("u-1", "u-2")]
    before = [(await ada.get(f"/api/profiles/{id_}")).json() for id_ in (one, other)]
    merged = await ada.post("/api/profiles/merge", json={"into": str(one), "from": str(other)})
    assert merged.status_code == 200, merged.text
    assert len(merged.json()["identifiers"]) == 6
    away = [id_ for id_ in (one, other) if str(id_) != merged.json()["id"]]
    led_on = (await ada.get(f"/api/profiles/{away[0]}")).json()
    assert led_on["id"] == led_on["merged_into"] == merged.json()["id"]
    assert len(await find(ada)) == 3
    graph = (await ada.get(f"/api/profiles/{one}/identity")).json()
    link = [entry for entry in graph["links"] if entry["reason"] == "member"]
    assert [entry["actor"] for entry in link] == ["Ada"]
    undone = await ada.post(f"/api/profiles/{one}/unmerge", json={"link_id": link[0]["id"]})
    assert set(undone.json()["profiles"]) == {str(one), str(other)}
    assert [(await ada.get(f"/api/profiles/{id_}")).json() for id_ in (one, other)] == before
    graph = (await ada.get(f"/api/profiles/{one}/identity")).json()
    assert [entry["kind"] for entry in graph["log"][:2]] == ["block", "unlink"]
    assert len(graph["blocks"]) == 1
    assert {node["profile_id"] for node in graph["others"]} == {str(other)}
    actions = [entry["action"] for entry in (await ada.get("/api/workspace/audit")).json()["items"]]
    assert {"profile.merged", "profile.unmerged"} <= set(actions)


async def test_a_member_edits_traits(people: Crowd, cleo: Person) -> None:
    profile_id = await people.profile_id("user_id", "u-1")
    answer = await cleo.patch(f"/api/profiles/{profile_id}/traits", json={"plan": None, "vip": True, "name": "田中花"})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["name"] == "田中花"
    traits = {one["name"]: one for one in shown["traits"]}
    assert "plan" not in traits
    assert traits["vip"]["source"] == "Cleo"
    assert traits["vip"]["type"] == "boolean"
    assert await find(cleo, search="田中花") == ["田中花"]
    wrong = await cleo.patch(f"/api/profiles/{profile_id}/traits", json={"x" * 201: 1, "big": "x" * 9000})
    assert wrong.status_code == 422
    assert len(wrong.json()["errors"]) == 2


async def test_roles_may_do_what_is_theirs(people: Crowd, ben: Person, cleo: Person) -> None:
    one, other = [str(await people.profile_id("user_id", user)) for user in ("u-1", "u-2")]
    assert (await ben.get(f"/api/profiles/{one}")).status_code == 200
    assert (await ben.patch(f"/api/profiles/{one}/traits", json={"a": 1})).status_code == 403
    for person in (ben, cleo):
        assert (await person.post("/api/profiles/merge", json={"into": one, "from": other})).status_code == 403
        assert (await person.post(f"/api/profiles/{one}/unmerge", json={"link_id": 1})).status_code == 403
    assert (await cleo.post("/api/profiles/exports", json={})).status_code == 403


async def test_a_stranger_meets_nobody(people: Crowd, dan: Person) -> None:
    one, other = [str(await people.profile_id("user_id", user)) for user in ("u-1", "u-2")]
    assert await find(dan) == []
    assert await find(dan, search="田") == []
    assert await find(dan, search=one) == []
    assert (await dan.get(f"/api/profiles/{one}")).status_code == 404
    assert (await dan.get(f"/api/profiles/{one}/timeline")).status_code == 404
    assert (await dan.get(f"/api/profiles/{one}/identity")).status_code == 404
    assert (await dan.patch(f"/api/profiles/{one}/traits", json={"a": 1})).status_code == 404
    assert (await dan.post("/api/profiles/merge", json={"into": one, "from": other})).status_code == 404
    assert (await dan.post(f"/api/profiles/{one}/unmerge", json={"link_id": 1})).status_code == 404


async def test_what_is_not_there_is_not_found(ada: Person) -> None:
    assert (await ada.get(f"/api/profiles/{uuid4()}")).status_code == 404
    assert (await ada.get("/api/profiles/nobody")).status_code == 404
    assert (await ada.get("/api/profiles", params={"limit": 0})).status_code == 422


async def test_the_timeline_of_somebody_without_events_is_empty(people: Crowd, ada: Person) -> None:
    profile_id = await people.profile_id("user_id", "u-1")
    answer = await ada.get(
        f"/api/profiles/{profile_id}/timeline",
        params={"touchpoint": ["web", "store"], "event": "Order Completed", "from": "2026-04-01T00:00:00Z"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"items": [], "next_cursor": None, "total": None}
