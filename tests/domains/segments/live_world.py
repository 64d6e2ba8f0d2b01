"""A workspace with a stream, a lake and live segments, moved by hand."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from tests.cast import Person as Member
from tests.domains.collect.conftest import Sender

from kizuna.app.worker import run_jobs_once
from kizuna.conditions.ast import Condition
from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.service.sync import sync_workspace
from kizuna.domains.segments.repository import plan as plan_rows
from kizuna.domains.segments.service.build import build_segment
from kizuna.domains.segments.service.keeping import keep_all
from kizuna.domains.segments.service.plan import register
from kizuna.domains.segments.service.question import ask
from kizuna.domains.segments.service.sets import read_members
from kizuna.kernel.context import Runtime
from kizuna.kernel.person import Person

_numbers = itertools.count(1)

INSERT = """
    INSERT INTO segments_segments (
        workspace_id, name, kind, condition, state, created_by, created_at, updated_at)
    VALUES (%(workspace_id)s, %(name)s, 'live', %(condition)s, 'building', 'Ada', %(now)s, %(now)s)
    RETURNING id
"""


class LiveWorld:
    """What a test does, in its words: people do things, time passes, the keeper keeps up."""

    def __init__(self, runtime: Runtime, ada: Member, shop: Sender, clock: Any) -> None:
        self.runtime, self.ada, self.shop, self.clock = runtime, ada, shop, clock

    @property
    def workspace_id(self) -> int:
        return self.ada.workspace_id

    def event(self, who: str, name: str, at: datetime | None = None, **properties: Any) -> dict[str, Any]:
        return {
            "type": "track",
            "event": name,
            "userId": who,
            "messageId": f"m-{next(_numbers)}",
            "timestamp": (at or self.clock.now()).isoformat(),
            "properties": properties,
        }

    async def send(self, *items: dict[str, Any]) -> None:
        answer = await self.shop.batch(*items)
        assert answer.status_code == 200, answer.text

    async def did(self, who: str, name: str, at: datetime | None = None, **properties: Any) -> None:
        """Happened, was streamed, loaded and kept up with."""
        await self.send(self.event(who, name, at, **properties))
        await self.catch_up()

    async def identify(self, who: str, **traits: Any) -> None:
        await self.send({"type": "identify", "userId": who, "messageId": f"m-{next(_numbers)}", "traits": traits})
        await self.catch_up()

    async def catch_up(self) -> None:
        await drain_inbox(self.runtime)
        await keep_all(self.runtime)

    async def pass_time(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))
        await keep_all(self.runtime)

    async def make(self, where: dict[str, Any], name: str | None = None) -> int:
        """A live segment that was built."""
        condition = msgspec.convert({"where": where}, Condition)
        async with self.ada.unit() as ctx:
            row = await (
                await ctx.db.execute(
                    INSERT,
                    {
                        "workspace_id": self.workspace_id,
                        "name": name or f"Segment {next(_numbers)}",
                        "condition": msgspec.json.encode(condition).decode(),
                        "now": ctx.clock.now(),
                    },
                )
            ).fetchone()
            assert row is not None
            await register(ctx, row[0], condition)
        await self.build(row[0])
        return row[0]

    async def build(self, segment_id: int) -> None:
        await sync_workspace(self.runtime, self.workspace_id)
        await build_segment(self.runtime, self.workspace_id, segment_id)
        await keep_all(self.runtime)

    async def begin_unbuilt(self, segment_id: int) -> None:
        """As if it had been built before anything happened."""
        async with self.ada.unit() as ctx:
            watched = await plan_rows.read_leaves(ctx)
            feeds = await plan_rows.read_feeds(ctx)
            await plan_rows.mark_ready(ctx, [one.id for one in feeds], [one.id for one in watched])
            await plan_rows.set_state(ctx, segment_id, "ready")
            await plan_rows.raise_version(ctx)

    async def members(self, segment_id: int) -> list[str]:
        """User ids, sorted."""
        async with self.ada.unit() as ctx:
            keys = list(await read_members(ctx, segment_id))
            described = await profiles.read_described(ctx, keys)
            found = [value for own in described.values() for kind, value in own.identifiers if kind == "user_id"]
            assert len(described) == len(keys), "somebody who is no more is a member"
        return sorted(found)

    async def computed(self, where: dict[str, Any]) -> list[int]:
        """Who should be in it, by the lake."""
        await sync_workspace(self.runtime, self.workspace_id)
        return sorted(await ask(self.runtime, self.workspace_id, msgspec.convert({"where": where}, Condition)))

    async def member_keys(self, segment_id: int) -> list[int]:
        async with self.ada.unit() as ctx:
            return sorted(await read_members(ctx, segment_id))

    async def moves(self, segment_id: int) -> list[tuple[bool, int, str]]:
        """(entered, how many, the first kind of cause), oldest first."""
        async with self.ada.unit() as ctx:
            cursor = await ctx.db.execute(
                "SELECT entered, count, cause->'kinds'->>0 FROM segments_moves WHERE segment_id = %s ORDER BY id",
                (segment_id,),
            )
            return await cursor.fetchall()

    async def profile_id(self, who: str) -> UUID:
        async with self.ada.unit() as ctx:
            found = await profiles.find_keys(ctx, [("user_id", who)])
            refs = await profiles.profile_ids(ctx, found.values())
            return next(iter(refs.values())).profile_id

    async def people(self, who: str) -> list[Person]:
        async with self.ada.unit() as ctx:
            found = await self.runtime.registry.person_finder.by_identifiers(ctx, [("user_id", who)])
        return [one for one in found if one is not None]

    async def merge(self, one: str, other: str) -> None:
        await self._merge(await self.profile_id(one), await self.profile_id(other))

    async def _merge(self, into: UUID, source: UUID) -> None:
        answer = await self.ada.post("/api/profiles/merge", json={"into": str(into), "from": str(source)})
        assert answer.status_code == 200, answer.text
        await self.catch_up()

    async def merge_any(self, dice: random.Random, people: Sequence[str]) -> None:
        ids = sorted({await self.profile_id(who) for who in people if await self.people(who)})
        if len(ids) > 2:
            await self._merge(*dice.sample(ids, 2))

    async def unmerge(self, who: str) -> bool:
        """Takes back the first merge of a profile; false where there is none."""
        profile_id = await self.profile_id(who)
        shown = (await self.ada.get(f"/api/profiles/{profile_id}/identity")).json()
        links = [link for link in shown["links"] if link["reason"] == "member"]
        if not links:
            return False
        answer = await self.ada.post(f"/api/profiles/{profile_id}/unmerge", json={"link_id": links[0]["id"]})
        assert answer.status_code == 200, answer.text
        await self.run_jobs()
        return True

    async def unmerge_any(self, dice: random.Random, people: Sequence[str]) -> None:
        known = [who for who in people if await self.people(who)]
        if known:
            await self.unmerge(dice.choice(known))

    async def run_jobs(self) -> None:
        await run_jobs_once(self.runtime, self.runtime.settings.database_url or "")
        await self.catch_up()


def ago(days: int) -> dict[str, Any]:
    return {"at": "ago", "span": {"n": days, "unit": "day"}}


def did(name: str | None, value: int = 1, days: int | None = None, **more: Any) -> dict[str, Any]:
    window = {} if days is None else {"window": {"since": {"at": "ago", "span": {"n": days, "unit": "day"}}}}
    return {"kind": "did", "event": {"name": name}, "value": value} | window | more


def trait(name: str, **test: Any) -> dict[str, Any]:
    return {"kind": "trait", "name": name, "test": test}


def every(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "all", "of": list(nodes)}


def some(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "any", "of": list(nodes)}


def no(node: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "not", "of": node}


def in_order(*names: str, hours: int) -> dict[str, Any]:
    return {"kind": "sequence", "steps": [{"name": name} for name in names], "within": {"n": hours, "unit": "hour"}}


def unfollowed(first: str, then: str, hours: int) -> dict[str, Any]:
    return {
        "kind": "unfollowed",
        "first": {"name": first},
        "then": {"name": then},
        "within": {"n": hours, "unit": "hour"},
    }
