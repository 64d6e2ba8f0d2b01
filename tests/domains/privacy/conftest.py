"""Taro, who told the shop everything, in every place that shows what customers tell; and members of all roles."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from litestar import Litestar
from tests.cast import Person, Visitor, sign_in
from tests.domains.collect.conftest import Sender
from tests.domains.collect.conftest import add_source as add_source
from tests.domains.collect.conftest import shop as shop

from kizuna.domains.collect.rules.webhooks import sign_body
from kizuna.domains.collect.service.drain import drain_all
from kizuna.domains.profiles.service.sync import sync_workspaces
from kizuna.domains.workspace.contracts import Role
from kizuna.kernel.context import Runtime

CONTACT = {
    "taro.secret@example.jp",
    "+819087654321",
    "090-8765-4321",
    "member-98765",
    "cookie-abcdefgh",
    "山田太郎",
    "山田",
    "ヤマダタロウ",
    "1981-02-03",
    "Nishijin 5-5",
    "203.0.113.77",
    "Secret Browser 9",
}
"""What ``contact.read`` shows."""
SENSITIVE = {"Zoroastrian", "please ring twice"}
"""What ``sensitive.read`` shows."""

TRAITS: dict[str, Any] = {
    "name": "山田太郎",
    "name_kana": "ヤマダタロウ",
    "email": "taro.secret@example.jp",
    "phone": "090-8765-4321",
    "birthday": "1981-02-03",
    "address": {"city": "Kyoto", "street": "Nishijin 5-5"},
    "religion": "Zoroastrian",
    "memo": "please ring twice",
    "plan": "gold",
}
CONTEXT = {
    "ip": "203.0.113.77",
    "userAgent": "Secret Browser 9",
    "page": {"url": "https://shop.example/thanks?mail=taro.secret%40example.jp&utm_source=news", "title": "Thanks"},
}
ORDER = {
    "order_id": "o-1",
    "total": 4200,
    "email": "taro.secret@example.jp",
    "comment": "please ring twice",
    "customer": {"name": "山田太郎", "id": "member-98765"},
    "note_for_all": "mail taro.secret@example.jp",
}
REFUSED = {"email": "taro.secret@example.jp", "comment": "please ring twice"}
"""Short, for of a refused item only the beginning is kept."""
IDS = {"userId": "member-98765", "anonymousId": "cookie-abcdefgh"}


@pytest.fixture
async def taro(
    shop: Sender, add_source: Callable[..., Any], ada: Person, visitor: Visitor, runtime: Runtime
) -> dict[str, Any]:
    """What Taro is known by: the ids of his profile and of the sources that know him."""
    await shop.batch(
        {"type": "identify", "messageId": "m-1", "traits": TRAITS, "context": CONTEXT, **IDS},
        {
            "type": "track",
            "event": "Order Completed",
            "messageId": "m-2",
            "properties": ORDER,
            "context": CONTEXT,
            **IDS,
        },
        {**IDS, "type": "track", "event": "", "messageId": "m-3", "properties": REFUSED},
        {
            "type": "track",
            "event": "Old",
            "messageId": "m-4",
            "timestamp": "1980-01-01",
            "properties": ORDER,
            "context": CONTEXT,
            **IDS,
        },
    )
    hook = await add_source(kind="webhook", name="Hook")
    secret = (await ada.get(f"/api/collect/sources/{hook.source['id']}/secret")).json()["signing_secret"]
    mapping = {"event": "'Hooked'", "userId": "user", "properties": "order"}
    await ada.patch(f"/api/collect/sources/{hook.source['id']}", json={"settings": {"mapping": mapping}})
    body = json.dumps({"user": "member-98765", "order": ORDER, "customer": TRAITS}).encode()
    stamp = str(int(runtime.clock.now().timestamp()))
    signature = {"X-Kizuna-Signature": f"t={stamp},v1={sign_body(body, secret, stamp)}"}
    assert (await visitor.post(f"/in/{hook.key}", content=body, headers=signature)).status_code == 200
    await drain_all(runtime)
    await sync_workspaces(runtime)
    (found,) = (await ada.get("/api/profiles")).json()["items"]
    return {"id": found["id"], "hook": hook.source["id"], "shop": shop}


@pytest.fixture
async def member(app: Litestar, runtime: Runtime, ada: Person) -> AsyncIterator[Callable[[Role], Any]]:
    """A member of Ada's workspace of any role."""
    made: list[Person] = []

    async def join(role: Role) -> Person:
        if role == "owner":
            return ada
        person = await sign_in(app, runtime, ada.workspace_id, role.capitalize(), role)
        made.append(person)
        return person

    yield join
    for person in made:
        await person.aclose()
