"""The keeper's loop, in every worker: whichever gets a workspace's lock first does its work."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import psycopg
from prometheus_client import Counter, Histogram

from kizuna.conditions.moments import to_us
from kizuna.domains.segments.repository import live
from kizuna.domains.segments.service.keeper import keep_up
from kizuna.domains.segments.service.memory import hold_sets
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Unavailable

logger = logging.getLogger(__name__)

POLL_S = 0.5
"""What is due by the clock is looked for so often; what happened is told."""
RETRY_S = 1.0

BATCHES = Counter("kizuna_segments_batches", "Batches of the keeper of live segments")
SECONDS = Histogram("kizuna_segments_batch_seconds", "How long a batch of the keeper took")

PASSING = (Unavailable, psycopg.OperationalError, psycopg.InterfaceError, ConnectionError, TimeoutError)


async def run_keeper(runtime: Runtime) -> None:
    """Keeps up until cancelled."""
    woken = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_listen(runtime, woken))
        tasks.create_task(_keep_forever(runtime, woken))


async def _listen(runtime: Runtime, woken: asyncio.Event) -> None:
    while True:
        with contextlib.suppress(Unavailable, psycopg.Error):
            async for _ in runtime.database.listen("kizuna_segments", "worker"):
                woken.set()
        await asyncio.sleep(RETRY_S)


async def _keep_forever(runtime: Runtime, woken: asyncio.Event) -> None:
    while True:
        try:
            if not await keep_once(runtime):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), POLL_S)
            woken.clear()
        except PASSING as error:
            logger.warning("the keeper of segments waits", extra={"error": str(error)})
            await asyncio.sleep(RETRY_S)


async def keep_once(runtime: Runtime) -> int:
    """One batch for every workspace that has work and that nobody else is at; how much was done."""
    async with runtime.database.transaction("worker") as db:
        waiting = await live.find_work(db, to_us(runtime.clock.now()))
    done = 0
    for workspace_id in waiting:
        try:
            done += await _keep_workspace(runtime, workspace_id)
        except PASSING:
            raise
        except Exception:
            # The others must not wait for one; it is tried again, and the audit would tell.
            logger.exception("live segments could not be kept up", extra={"workspace_id": workspace_id})
            await asyncio.sleep(RETRY_S)
    return done


async def _keep_workspace(runtime: Runtime, workspace_id: int) -> int:
    async with hold_sets(runtime, workspace_id, wait=False) as held:
        if held is None:
            return 0
        with SECONDS.time():
            done = await keep_up(*held)
        BATCHES.inc()
        return done


async def keep_all(runtime: Runtime) -> None:
    """Until nothing waits and nothing is due; for tests and the command line."""
    while await keep_once(runtime):
        pass
