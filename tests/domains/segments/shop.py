"""A shop with customers in Ada's workspace: events come in by the doors that customers use."""

import base64
import itertools
import json
from datetime import timedelta
from typing import Any

from tests.cast import Person, Visitor

from kizuna.app.worker import run_jobs_once
from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.profiles.service.sync import sync_workspace
from kizuna.kernel.context import Runtime

_numbers = itertools.count(1)

BOUGHT = {"kind": "did", "event": {"name": "Order Completed"}}


def condition(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "where": nodes[0] if len(nodes) == 1 else {"kind": "all", "of": list(nodes)}}


def has_trait(name: str, value: Any) -> dict[str, Any]:
    return {"kind": "trait", "name": name, "test": {"op": "is", "value": value}}


class Shop:
    def __init__(self, owner: Person, visitor: Visitor, runtime: Runtime, database_url: str) -> None:
        self.owner, self.visitor, self.runtime, self.database_url = owner, visitor, runtime, database_url
        self.key = ""

    async def open(self) -> None:
        new = {"name": "Shop", "kind": "server", "touchpoint": "web"}
        self.key = (await self.owner.post("/api/collect/sources", json=new)).json()["write_key"]

    async def send(self, *items: dict[str, Any]) -> None:
        """Takes events in, into stream and lake, and what profiles became of them too."""
        basic = base64.b64encode(f"{self.key}:".encode()).decode()
        body = json.dumps({"batch": items}, ensure_ascii=False).encode()
        answer = await self.visitor.post("/v1/batch", content=body, headers={"authorization": f"Basic {basic}"})
        assert answer.status_code == 200, answer.text
        await drain_inbox(self.runtime)
        await sync_workspace(self.runtime, self.owner.workspace_id)

    def knows(self, user_id: str, **traits: Any) -> dict[str, Any]:
        return {"type": "identify", "userId": user_id, "traits": traits, "messageId": f"shop-{next(_numbers)}"}

    def did(self, user_id: str, event: str = "Order Completed", *, days_ago: float = 1, **more: Any) -> dict[str, Any]:
        time = self.runtime.clock.now() - timedelta(days=days_ago)
        return {
            "type": "track",
            "userId": user_id,
            "event": event,
            "properties": more,
            "timestamp": time.isoformat(),
            "messageId": f"shop-{next(_numbers)}",
        }

    async def run_jobs(self) -> None:
        await run_jobs_once(self.runtime, self.database_url)

    async def make(self, name: str, wanted: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A segment that is built."""
        made = await self.owner.post("/api/segments", json={"name": name, "condition": wanted} | more)
        assert made.status_code == 201, made.text
        await self.run_jobs()
        return (await self.owner.get(f"/api/segments/{made.json()['id']}")).json()

    async def upload(self, name: str, *user_ids: str) -> dict[str, Any]:
        lines = [{"type": "user_id", "value": one} for one in user_ids]
        made = await self.owner.post("/api/segments/upload", json={"name": name, "identifiers": lines})
        assert made.status_code == 201, made.text
        return made.json()

    async def names_in(self, segment_id: int, person: Person | None = None) -> list[str]:
        answer = await (person or self.owner).get(f"/api/segments/{segment_id}/members")
        assert answer.status_code == 200, answer.text
        return [one["name"] for one in answer.json()["items"]]
