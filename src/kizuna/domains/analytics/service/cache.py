"""Answers that are kept for a while, so that the same is not computed twice.

An answer is good for as long as everything that it was computed from is the same: the question, the versions of the
lake's tables, who is looked at, and the moment that stands for now, to the minute.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import lz4.frame  # pyright: ignore[reportMissingTypeStubs]
import msgspec
from msgspec import structs

from kizuna import __version__
from kizuna.domains.analytics.contracts import Answer
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.repository import results as repository
from kizuna.domains.analytics.repository.results import Kept
from kizuna.domains.workspace.api import list_workspace_ids
from kizuna.kernel.context import Runtime

if TYPE_CHECKING:
    from kizuna.kernel.lake import ArrowTable

RESULTS_BYTES_MAX = 64 << 20
"""Of one workspace; the oldest go first."""
RESULT_BYTES_MAX = 4 << 20
KEPT_FOR = timedelta(days=7)
RUNS_KEPT_FOR = timedelta(days=1)

MINUTE_US = 60_000_000

_lz4: Any = lz4.frame


@dataclass(frozen=True, slots=True)
class Keys:
    """``question`` is the same for as long as the same is asked of the same days; ``key`` changes with everything that
    the answer is computed from."""

    question: bytes
    key: bytes


def pack(answer: Answer) -> bytes:
    return _lz4.compress(msgspec.msgpack.encode(answer))


def unpack(body: bytes) -> Answer:
    return msgspec.msgpack.decode(_lz4.decompress(body), type=Answer)


async def make_keys(runtime: Runtime, ask: Ask, params: Any) -> Keys:
    """The keys of a question that was prepared."""
    periods, now_us = ask.periods, ask.at.now_us
    goes_on = periods.until_us > now_us
    asked = structs.replace(ask.query, params={}, zone=ask.at.zone, week_start=ask.at.week_start)
    said = [ask.workspace_id, asked, params, ask.currency, ask.engine.name, __version__, periods.since_us]
    said.append("now" if goes_on else periods.until_us)
    question = hashlib.blake2b(msgspec.msgpack.encode(said, order="sorted"), digest_size=32)
    key = question.copy()
    # What ended is hardly different an hour later: only who is still within a window that reaches beyond the end.
    step_us = MINUTE_US if goes_on or ask.query.people is not None else 60 * MINUTE_US
    versions = list(await ask.engine.version(ask.workspace_id))
    key.update(msgspec.msgpack.encode([versions, now_us // step_us]))
    for name, table in sorted(ask.tables.items()):
        key.update(name.encode())
        key.update(_digest(table))
    return Keys(question.digest(), key.digest())


def _digest(table: ArrowTable) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return hashlib.blake2b(sink.getvalue(), digest_size=32).digest()


async def find_kept(runtime: Runtime, workspace_id: int, keys: Keys, max_age_s: float) -> Answer | None:
    """An answer of the same, or one that is not older than ``max_age_s``."""
    async with runtime.unit(workspace_id) as ctx:
        found: Kept | None = await repository.find(ctx, keys.key)
        if found is None and max_age_s > 0:
            since = ctx.clock.now() - timedelta(seconds=max_age_s)
            found = await repository.find_recent(ctx, keys.question, since)
    return None if found is None else structs.replace(unpack(found.body), cached=True)


async def keep(runtime: Runtime, workspace_id: int, keys: Keys, answer: Answer) -> None:
    """Keeps an answer, unless it is very large."""
    body = await asyncio.to_thread(pack, answer)
    if len(body) > RESULT_BYTES_MAX:
        return
    async with runtime.unit(workspace_id) as ctx:
        await repository.keep(ctx, keys.key, keys.question, ctx.clock.now(), body, RESULTS_BYTES_MAX)


async def sweep_results(runtime: Runtime) -> None:
    """Drops what is old, in every workspace."""
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            now = ctx.clock.now()
            await repository.expire(ctx, now - KEPT_FOR)
            await repository.expire_runs(ctx, now - RUNS_KEPT_FOR)


@dataclass
class _Flight:
    task: asyncio.Task[Answer]
    waiting: int = 0


@dataclass
class Flights:
    """What is being computed in this process: who asks the same meanwhile waits for it. When nobody waits any more, it
    is stopped."""

    runtime: Runtime
    _flights: dict[tuple[int, bytes, float], _Flight] = field(default_factory=dict[tuple[int, bytes, float], _Flight])

    @property
    def waiting(self) -> int:
        """How many wait for answers at this moment."""
        return sum(flight.waiting for flight in self._flights.values())

    async def join(
        self, name: tuple[int, bytes, float], compute: Callable[[], Awaitable[Answer]]
    ) -> tuple[Answer, bool]:
        """The answer, and whether another's work was shared."""
        flight = self._flights.get(name)
        shared = flight is not None
        if flight is None:
            flight = self._flights[name] = _Flight(asyncio.create_task(_run(compute)))
            flight.task.add_done_callback(lambda _: self._flights.pop(name, None))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task), shared
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                # Whoever comes from now on begins anew.
                self._flights.pop(name, None)
                flight.task.cancel()
                await asyncio.gather(flight.task, return_exceptions=True)


async def _run(compute: Callable[[], Awaitable[Answer]]) -> Answer:
    return await compute()
