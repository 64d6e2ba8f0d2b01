"""A segment with people in it, a receiver on loopback, and what passes between them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pyroaring import BitMap
from tests.cast import Person
from tests.domains.profiles.crowd import Crowd
from tests.receiver import Got, Receiver

from kizuna.app.worker import run_jobs_once
from kizuna.domains.segments.service import sets
from kizuna.domains.segments.service.deliver import run_lane, send_due
from kizuna.kernel.context import Runtime

PURPOSE = "personalisation"
"""A purpose for which nobody must be asked in Japan, so that only what a test says is withheld."""


@dataclass
class Outpost:
    """Ada's segment; ``keys`` and ``ids`` are profile keys and ids by user id."""

    ada: Person
    runtime: Runtime
    database_url: str
    receiver: Receiver
    segment_id: int = 0
    keys: dict[str, int] = field(default_factory=dict[str, int])
    ids: dict[str, str] = field(default_factory=dict[str, str])

    async def open(self, *names: str) -> None:
        crowd = Crowd(self.runtime, self.ada.workspace_id)
        for name in names:
            traits = {"city": "東京", "plan": "gold", "last_name": "Yamada", "first_name": name.title()}
            ids = [("user_id", name), ("email", f"{name}@example.jp"), ("phone", f"+8190123456{len(self.keys):02}")]
            await crowd.see(ids, traits=traits)
            self.ids[name] = str(await crowd.profile_id("user_id", name))
            self.keys[name] = min(await crowd.keys(ids))
        made = await self.ada.post(
            "/api/segments/upload", json={"name": "Friends", "identifiers": [{"type": "user_id", "value": names[0]}]}
        )
        assert made.status_code == 201, made.text
        self.segment_id = made.json()["id"]
        await self.become()

    async def become(self, *names: str) -> None:
        """These are the members now; signals are delivered and lanes run."""
        members = BitMap(self.keys[name] for name in names)
        await sets.replace_members(self.runtime, self.ada.workspace_id, self.segment_id, members, "upload")
        await self.work()

    async def work(self) -> None:
        with suppress(TimeoutError):
            await run_jobs_once(self.runtime, self.database_url)

    async def retry(self) -> None:
        """What the minute's job does."""
        await send_due(self.runtime)
        await self.work()

    async def send(self, destination_id: int) -> None:
        await run_lane(self.runtime, self.ada.workspace_id, destination_id)

    async def make(self, person: Person | None = None, **more: Any) -> dict[str, Any]:
        settings = {"url": f"{self.receiver.url}/hook", "identifiers": ["user_id", "email"], "traits": ["plan"]}
        body = {"kind": "webhook", "name": "Till", "purpose": PURPOSE, "settings": settings} | more
        made = await (person or self.ada).post(f"/api/segments/{self.segment_id}/destinations", json=body)
        assert made.status_code == 201, made.text
        return made.json()

    async def change(self, made: dict[str, Any], **changes: Any) -> dict[str, Any]:
        answer = await self.ada.patch(f"/api/segments/destinations/{made['id']}", json=changes)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def read(self, made: dict[str, Any]) -> dict[str, Any]:
        return (await self.ada.get(f"/api/segments/destinations/{made['id']}")).json()

    async def log(self, made: dict[str, Any]) -> list[dict[str, Any]]:
        """Deliveries, oldest first."""
        return (await self.ada.get(f"/api/segments/destinations/{made['id']}/deliveries")).json()["items"][::-1]

    async def sync(self, made: dict[str, Any]) -> dict[str, Any]:
        """Runs a full sync; the job."""
        started = await self.ada.post(f"/api/segments/destinations/{made['id']}/sync")
        assert started.status_code == 202, started.text
        await self.work()
        return (await self.ada.get(f"/api/jobs/{started.json()['id']}")).json()

    async def answer(self, name: str, granted: bool, purpose: str = PURPOSE, channel: str = "") -> None:
        one = {"purpose": purpose, "channel": channel, "granted": granted, "note": "told us on the phone"}
        path = f"/api/privacy/people/{self.ids[name]}/consent"
        assert (await self.ada.post(path, json={"answers": [one]})).status_code == 200

    def told(self, requests: Sequence[Got] | None = None) -> list[tuple[str, list[str]]]:
        """What the receiver was told, in order: changes with user ids."""
        names = {id_: name for name, id_ in self.ids.items()}
        found = (got.json for got in (self.receiver.requests if requests is None else requests))
        return [(one["change"], [names[person["profile_id"]] for person in one["people"]]) for one in found]
