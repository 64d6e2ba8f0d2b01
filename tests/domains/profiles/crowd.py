"""Makes events about people, and looks at what became of them."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from kizuna.domains.profiles import api
from kizuna.domains.profiles.contracts import Identifier, Observation, Observations, Observed, Trust
from kizuna.domains.profiles.service.memory import StreamMemory
from kizuna.kernel.context import SYSTEM, Actor, Context, Runtime

Ids = Sequence[tuple[str, str]]


class Crowd:
    """Events of one workspace, taken in as intake and stream do."""

    def __init__(self, runtime: Runtime, workspace_id: int, actor: Actor = SYSTEM) -> None:
        self.runtime = runtime
        self.workspace_id = workspace_id
        self.actor = actor
        self.memory = StreamMemory(slots=1 << 12)

    def unit(self) -> AbstractAsyncContextManager[Context]:
        return self.runtime.unit(self.workspace_id, self.actor)

    async def keys(self, ids: Ids) -> tuple[int, ...]:
        """Keys of an event's identifiers, highest priority first."""
        async with self.unit() as ctx:
            accepted = api.accept_identifiers(ids, ctx.workspace.country)
            return tuple(await api.resolve_keys(ctx, accepted))

    async def see(
        self,
        ids: Ids,
        *,
        traits: dict[str, Any] | None = None,
        at: datetime | None = None,
        trust: Trust = Trust.SERVER,
        touchpoint: str = "web",
        alias: bool = False,
        active: bool = True,
    ) -> Observed:
        keys = await self.keys(ids)
        time = at or self.runtime.clock.now()
        one = Observation(
            keys, time.timestamp(), touchpoint, 1, trust, traits, alias, active, message_id=f"m-{keys[0]}"
        )
        return await self.take([one])

    async def take(self, batch: Sequence[Observation]) -> Observed:
        with self.memory.staged():
            async with self.unit() as ctx:
                return await api.observe(ctx, gather(batch), self.memory)

    async def profile_id(self, type_: str, value: str) -> UUID:
        async with self.unit() as ctx:
            found = await api.find_keys(ctx, [Identifier(type_, value)])
            key = found[Identifier(type_, value)]
            return (await api.profile_ids(ctx, [key]))[key].profile_id

    async def partition(self) -> set[frozenset[str]]:
        """Who is one profile with whom: sets of ``type:value``."""
        async with self.unit() as ctx:
            cursor = await ctx.db.execute(
                """
                SELECT array_agg(type || ':' || value) FROM profiles_nodes
                WHERE workspace_id = %s GROUP BY profile_key
                """,
                (self.workspace_id,),
            )
            return {frozenset(ids) for (ids,) in await cursor.fetchall()}

    async def together(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        joined = {":".join(one), ":".join(other)}
        return any(joined <= group for group in await self.partition())


def gather(batch: Sequence[Observation]) -> Observations:
    """Observations as the stream brings them."""
    return Observations(
        keys=np.array([key for one in batch for key in one.keys], np.int64),
        ends=np.cumsum([len(one.keys) for one in batch], dtype=np.int64),
        times_s=np.array([one.time_s for one in batch]),
        touchpoints=[one.touchpoint for one in batch],
        touchpoint_index=np.arange(len(batch)),
        sources=np.array([one.source_id for one in batch]),
        trusts=np.array([int(one.trust) for one in batch]),
        aliases=np.array([one.alias for one in batch]),
        active=np.array([one.active for one in batch]),
        message_ids=[one.message_id for one in batch],
        traits={place: one.traits for place, one in enumerate(batch)},
    )
