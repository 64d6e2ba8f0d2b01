"""Each role in each place where values of customers leave Kizuna."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar
from tests.cast import Person
from tests.domains.privacy.conftest import CONTACT, CONTEXT, IDS, ORDER, SENSITIVE
from tests.web.test_live import connect

from kizuna.domains.collect.service.drain import drain_all
from kizuna.domains.workspace.contracts import Role
from kizuna.kernel.context import Runtime

Join = Callable[[Role], Any]
HIDDEN: dict[Role, set[str]] = {
    "owner": set(),
    "admin": set(),
    "marketer": SENSITIVE,
    "agent": SENSITIVE,
    "analyst": CONTACT | SENSITIVE,
    "viewer": CONTACT | SENSITIVE,
}
ROLES = list(HIDDEN)


def places(taro: dict[str, Any]) -> dict[str, set[str]]:
    """Addresses, and what somebody who sees everything finds there."""
    every = {"taro.secret@example.jp", "please ring twice"}
    return {
        "/api/profiles": {*every, "山田太郎", "ヤマダタロウ", "member-98765", "Nishijin 5-5", "Zoroastrian"},
        f"/api/profiles/{taro['id']}": {*every, "+819087654321", "cookie-abcdefgh", "1981-02-03", "Zoroastrian"},
        f"/api/profiles/{taro['id']}/timeline": {*every, "203.0.113.77", "Secret Browser 9", "Zoroastrian"},
        f"/api/profiles/{taro['id']}/identity": {"taro.secret@example.jp", "member-98765", "cookie-abcdefgh"},
        "/api/collect/tail": {*every, "203.0.113.77", "山田太郎"},
        "/api/collect/refusals": {*every, "member-98765"},
        "/api/collect/set-aside": {"member-98765", "cookie-abcdefgh"},
        f"/api/collect/sources/{taro['hook']}/requests": {*every, "山田太郎", "Zoroastrian"},
        "/api/collect/catalogue/User%20Identified": {"Zoroastrian", "山田太郎"},
        "/api/collect/catalogue/Order%20Completed": {"please ring twice", "山田太郎"},
        "/api/privacy/fields": set(),
        "/api/jobs": set(),
    }


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_sees_what_is_its_own_everywhere(role: Role, taro: dict[str, Any], member: Join) -> None:
    person: Person = await member(role)
    for path, everything in places(taro).items():
        answer = await person.get(path, params={"limit": 200} if "requests" not in path else {})
        if answer.status_code == 403:
            assert role == "agent", path  # agents see no stream of events
            continue
        assert answer.status_code == 200, (path, answer.text)
        text = json.dumps(answer.json(), ensure_ascii=False)
        assert {value for value in everything - HIDDEN[role] if value not in text} == set(), path
        assert {value for value in HIDDEN[role] if value in text or value.replace("@", "%40") in text} == set(), path
        if everything & HIDDEN[role]:
            assert '"masked": ' in text, path


async def test_masks_are_marked(taro: dict[str, Any], member: Join) -> None:
    viewer: Person = await member("viewer")
    (row,) = (await viewer.get("/api/profiles")).json()["items"]
    assert (row["name"], row["email"], row["phone"], row["user_id"]) == (
        "山◯",
        "t•••@example.jp",
        "••••21",
        "••••8765",
    )
    assert row["traits"]["plan"] == "gold"
    assert {"name", "name_kana", "email", "phone", "user_id", "traits.address.street"} <= set(row["masked"])
    shown = (await viewer.get(f"/api/profiles/{taro['id']}")).json()
    traits = {one["name"]: (one["value"], one.get("masked", False)) for one in shown["traits"]}
    assert traits["plan"] == ("gold", False)
    assert traits["birthday"] == ("•••", True)
    assert all(one["masked"] for one in shown["identifiers"])
    events = (await viewer.get(f"/api/profiles/{taro['id']}/timeline")).json()["items"]
    (order,) = [one for one in events if one["name"] == "Order Completed"]
    assert order["properties"]["total"] == 4200
    assert order["properties"]["note_for_all"] == "mail •••"
    assert order["context"]["page"] == {
        "url": "https://shop.example/thanks?mail=•••&utm_source=news",
        "title": "Thanks",
    }
    assert "properties.customer.name" in order["masked"]


@pytest.mark.parametrize("role", ["analyst", "viewer"])
async def test_a_search_tells_nothing_that_is_masked(role: Role, taro: dict[str, Any], member: Join) -> None:
    person: Person = await member(role)
    for text in ("山", "山田太郎", "ヤマダ", "taro", "taro.secret@example.jp", "9087654321", "member-98765", "98765"):
        found = (await person.get("/api/profiles", params={"search": text})).json()
        assert (found["items"], found["total"]) == ([], 0), text
    found = (await person.get("/api/profiles", params={"search": taro["id"]})).json()
    assert [one["id"] for one in found["items"]] == [taro["id"]]
    agent: Person = await member("agent")
    assert len((await agent.get("/api/profiles", params={"search": "taro"})).json()["items"]) == 1


async def test_no_order_and_no_cursor_tells_names(taro: dict[str, Any], member: Join) -> None:
    viewer, agent = await member("viewer"), await member("agent")
    for sort in ("name", "-name"):
        refused = await viewer.get("/api/profiles", params={"sort": sort, "limit": 1})
        assert (refused.status_code, refused.json()["code"]) == (403, "sort_not_allowed")
        assert (await agent.get("/api/profiles", params={"sort": sort})).status_code == 200


async def test_a_search_stops_where_one_of_its_fields_is_hidden(
    taro: dict[str, Any], ada: Person, member: Join
) -> None:
    agent: Person = await member("agent")
    await ada.put("/api/privacy/fields", json={"kind": "identifier", "name": "email", "class": "sensitive"})
    assert (await agent.get("/api/profiles", params={"search": "taro"})).json()["items"] == []
    (row,) = (await agent.get("/api/profiles")).json()["items"]
    assert (row["email"], row["name"]) == ("•••", "山田太郎")


async def test_a_decision_holds_at_once(taro: dict[str, Any], ada: Person, dan: Person, member: Join) -> None:
    viewer: Person = await member("viewer")
    path = f"/api/profiles/{taro['id']}"

    async def value(name: str) -> Any:
        traits = (await viewer.get(path)).json()["traits"]
        return next(one["value"] for one in traits if one["name"] == name)

    changed = await ada.put("/api/privacy/fields", json={"kind": "trait", "name": "plan", "class": "sensitive"})
    assert changed.json()["class"] == "sensitive"
    assert (changed.json()["default"], changed.json()["changed_by"]) == ("open", "Ada")
    await ada.put("/api/privacy/fields", json={"kind": "trait", "name": "address", "class": "open"})
    await dan.put("/api/privacy/fields", json={"kind": "trait", "name": "religion", "class": "open"})
    assert await value("plan") == "•••"
    assert await value("address") == {"city": "Kyoto", "street": "Nishijin 5-5"}
    assert await value("religion") == "•••"
    await ada.put("/api/privacy/fields", json={"kind": "trait", "name": "plan", "class": None})
    assert await value("plan") == "gold"
    refused = await viewer.put("/api/privacy/fields", json={"kind": "trait", "name": "email", "class": "open"})
    assert refused.status_code == 403
    (newest, *_) = (await ada.get("/api/workspace/audit")).json()["items"]
    assert (newest["action"], newest["before"], newest["after"]) == (
        "field.classed",
        {"class": "sensitive"},
        {"class": "open"},
    )


async def test_fields_are_listed_with_where_they_were_seen(taro: dict[str, Any], member: Join, dan: Person) -> None:
    viewer: Person = await member("viewer")
    page = (await viewer.get("/api/privacy/fields", params={"limit": 200})).json()
    found = {(one["kind"], one["name"]): one for one in page["items"]}
    assert page["total"] == len(found)
    assert found["trait", "religion"]["class"] == "sensitive"
    assert found["trait", "email"]["seen_in"] == ["User Identified"]
    assert found["property", "comment"]["class"] == "free_text"
    assert set(found["property", "total"]["seen_in"]) >= {"Order Completed"}
    assert found["identifier", "user_id"]["class"] == "identifier"
    assert found["property", "context.ip"]["class"] == "identifier"
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        query = {"limit": 7, "kind": "trait"} | ({"cursor": cursor} if cursor else {})
        part = (await viewer.get("/api/privacy/fields", params=query)).json()
        seen += [one["name"] for one in part["items"]]
        cursor = part["next_cursor"]
    assert seen == sorted(name for kind, name in found if kind == "trait")
    only = (await viewer.get("/api/privacy/fields", params={"field_class": "sensitive", "search": "RELI"})).json()
    assert [one["name"] for one in only["items"]] == ["religion"]
    strangers = (await dan.get("/api/privacy/fields", params={"limit": 200, "kind": "trait"})).json()
    assert strangers["items"] == []
    assert (await viewer.get("/api/privacy/fields", params={"cursor": "WzEsMl0"})).status_code == 422


@pytest.mark.parametrize("topic", ["tail", "profile"])
async def test_live_messages_are_masked_for_each_watcher(
    topic: str, app: Litestar, taro: dict[str, Any], runtime: Runtime, ada: Person, member: Join
) -> None:
    viewer: Person = await member("viewer")
    topic = topic if topic == "tail" else f"profile:{taro['id']}"
    async with connect(app, ada) as adas, connect(app, viewer) as viewers:
        for socket in (adas, viewers):
            await socket.next()
            await socket.subscribe(topic)
        event = {"type": "track", "event": "Live", "messageId": "m-9", "properties": ORDER, "context": CONTEXT, **IDS}
        await taro["shop"].batch(event)
        await drain_all(runtime)
        (clear,) = (await adas.receive())["data"]
        (masked,) = (await viewers.receive())["data"]
    assert (clear["properties"], clear["context"]) == (ORDER, CONTEXT)
    assert "masked" not in clear
    text = json.dumps(masked, ensure_ascii=False)
    assert [value for value in CONTACT | SENSITIVE if value in text] == []
    assert (masked["properties"]["total"], masked["profile_id"]) == (4200, taro["id"])
    assert "context.ip" in masked["masked"]


async def test_an_edited_trait_leaves_no_value_in_the_log(taro: dict[str, Any], ada: Person) -> None:
    edits = {"email": "new.secret@example.jp", "religion": "Buddhist", "plan": "silver"}
    await ada.patch(f"/api/profiles/{taro['id']}/traits", json=edits)
    (entry, *_) = (await ada.get("/api/workspace/audit", params={"action": "profile.edited"})).json()["items"]
    assert entry["before"] == {"email": "t•••@example.jp", "religion": "•••", "plan": "gold"}
    assert entry["after"] == {"email": "n•••@example.jp", "religion": "•••", "plan": "silver"}


QUERIES = [
    "SELECT * FROM events",
    "SELECT * FROM profiles",
    "SELECT properties->>'email' AS a, properties->'customer' AS b, context->>'ip' AS c FROM events",
    "SELECT traits->>'name' AS a, traits->'address' AS b, identifiers::VARCHAR AS c, name AS d FROM profiles",
    "SELECT json_keys(properties) AS a, properties::VARCHAR || context::VARCHAR AS b FROM events",
]


@pytest.mark.parametrize("role", ["owner", "analyst"])
async def test_sql_reads_what_the_role_sees(role: Role, taro: dict[str, Any], member: Join) -> None:
    person: Person = await member(role)

    async def ask(sql: str) -> Any:
        answer = await person.post("/api/analytics/sql", json={"sql": sql})
        assert answer.status_code == 200, answer.text
        return answer.json()["rows"]

    for sql in QUERIES:
        text = json.dumps(await ask(sql), ensure_ascii=False)
        leaked = {value for value in HIDDEN[role] if value in text}
        assert leaked == set(), sql
    guesses = [
        "SELECT count(*) FROM events WHERE user_id = 'member-98765'",
        "SELECT count(*) FROM events WHERE properties->>'email' LIKE 'taro.%'",
        "SELECT count(*) FROM profiles WHERE name = '山田太郎' OR traits->>'religion' = 'Zoroastrian'",
        "SELECT count(*) FROM profiles WHERE identifiers::VARCHAR LIKE '%taro%'",
    ]
    found = [(await ask(sql))[0][0] > 0 for sql in guesses]
    assert found == [role == "owner"] * len(guesses)
    useful = "SELECT sum((properties->>'total')::INTEGER) AS a FROM events WHERE name = 'Order Completed'"
    assert await ask(useful) == [[4200]]
    assert await ask("SELECT traits->>'plan' AS a, count(*) AS n FROM profiles GROUP BY 1") == [["gold", 1]]
    titles = "SELECT context->'page'->>'title' AS a FROM events WHERE name = 'Order Completed'"
    assert await ask(titles) == [["Thanks"]]
