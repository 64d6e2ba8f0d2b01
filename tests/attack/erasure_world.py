"""A person who is to be forgotten, and a neighbour who stays, as factories plant them into every store."""

import base64
import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg

from kizuna.app.worker import run_jobs_once
from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.collect.service.drain import Drain
from kizuna.domains.profiles import api as profiles
from kizuna.kernel.context import Runtime
from tests.cast import Person as Member
from tests.cast import Visitor

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Planted:
    """A customer. ``secrets`` are what must not be found once they are erased."""

    user_id: str
    anonymous_id: str
    device_id: str
    email: str
    phone: str
    """As the customer writes it."""
    phone_kept: str
    line_id: str
    name: str
    kana: str
    birthday: str
    street: str

    @property
    def secrets(self) -> tuple[str, ...]:
        return (
            *(self.user_id, self.anonymous_id, self.device_id, self.email, self.phone, self.phone_kept),
            *(self.line_id, self.name, self.kana, self.birthday, self.street),
        )

    @property
    def identifiers(self) -> dict[str, str]:
        return {
            "user_id": self.user_id,
            "anonymous_id": self.anonymous_id,
            "device_id": self.device_id,
            "email": self.email,
            "phone": self.phone_kept,
            "line_id": self.line_id,
        }

    @property
    def traits(self) -> dict[str, Any]:
        return {
            "email": self.email,
            "phone": self.phone,
            "line_id": self.line_id,
            "name": self.name,
            "name_kana": self.kana,
            "birthday": self.birthday,
            "address": {"street": self.street, "city": "東京"},
            "plan": "gold",
        }


HANAKO = Planted(
    user_id="cust-hanako-77",
    anonymous_id="5f0c0f6e-hanako-cookie",
    device_id="device-hanako-0001",
    email="hanako.yamada@mail.example.jp",
    phone="090-8765-4321",
    phone_kept="+819087654321",
    line_id="U4af4980629hanako",
    name="山田 花子",
    kana="ヤマダ ハナコ",
    birthday="1987-03-14",
    street="青葉台4-5-6",
)
KENJI = Planted(
    user_id="cust-kenji-78",
    anonymous_id="77aa0f6e-kenji-cookie",
    device_id="device-kenji-0002",
    email="kenji.sato@mail.example.jp",
    phone="080-1234-8765",
    phone_kept="+818012348765",
    line_id="U4af4980629kenji00",
    name="佐藤 健二",
    kana="サトウ ケンジ",
    birthday="1979-11-02",
    street="緑町7-8-9",
)


@dataclass
class World:
    """What factories plant into, through the doors that customers and staff use."""

    ada: Member
    visitor: Visitor
    runtime: Runtime
    database_url: str
    db: psycopg.Connection[Any]
    source: dict[str, Any] = field(default_factory=dict)
    person: Planted = HANAKO
    neighbour: Planted = KENJI

    @property
    def both(self) -> tuple[Planted, Planted]:
        return self.person, self.neighbour

    @property
    def workspace_id(self) -> int:
        return self.ada.workspace_id

    def now(self) -> datetime:
        return self.runtime.clock.now()

    async def open(self) -> None:
        """The source, and both customers as somebody known."""
        new = {"name": "Shop", "kind": "server", "touchpoint": "web"}
        self.source = (await self.ada.post("/api/collect/sources", json=new)).json()
        for one in self.both:
            await self.send(self.event(one, type="identify", traits=one.traits))
        await drain_inbox(self.runtime)

    def event(self, one: Planted, **more: Any) -> dict[str, Any]:
        """An event with every identifier; an event to track unless said otherwise."""
        event: dict[str, Any] = {
            "type": "track",
            "event": "Order Completed",
            "userId": one.user_id,
            "anonymousId": one.anonymous_id,
            "messageId": f"planted-{next(_numbers)}",
            "timestamp": (self.now() - timedelta(hours=1)).isoformat(),
            "properties": {"ship_to": one.name, "street": one.street, "contact": one.email, "born": one.birthday},
            "context": {"device": {"id": one.device_id}, "traits": one.traits},
        } | more
        if event["type"] != "track":
            event.pop("event"), event.pop("properties")
        return event

    async def send(self, *events: dict[str, Any]) -> httpx.Response:
        key = base64.b64encode(f"{self.source['write_key']}:".encode()).decode()
        body = json.dumps({"batch": events}, ensure_ascii=False).encode()
        answer = await self.visitor.post("/v1/batch", content=body, headers={"authorization": f"Basic {key}"})
        assert answer.status_code == 200, answer.text
        return answer

    async def stream(self) -> None:
        """Streams what waits, and leaves it for the lake."""
        while await Drain(self.runtime).stream_once():
            pass

    async def run_jobs(self) -> None:
        await run_jobs_once(self.runtime, self.database_url)

    async def keys(self, one: Planted) -> list[int]:
        async with self.ada.unit() as ctx:
            return sorted((await profiles.find_keys(ctx, list(one.identifiers.items()))).values())

    async def profile_id(self, one: Planted) -> UUID:
        async with self.ada.unit() as ctx:
            found = await profiles.find_keys(ctx, [("user_id", one.user_id)])
            (ref,) = (await profiles.profile_ids(ctx, found.values())).values()
            return ref.profile_id
