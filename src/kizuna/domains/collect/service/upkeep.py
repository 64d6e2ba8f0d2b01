"""What keeps collecting light: the days of known messages, old counters, many small files."""

import logging
from datetime import timedelta

import psycopg

from kizuna.domains.collect.repository import drain, flow, intake
from kizuna.domains.workspace.api import list_workspace_ids
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Conflict, Unavailable

logger = logging.getLogger(__name__)

GENERATION_HASHES = 1_000_000
"""Their index takes 40 MB: inserting goes on in memory."""
FLOW_DAYS = 30
REFUSAL_DAYS = 14
REFUSALS_MAX = 2_000
UNMERGED_FILES_MAX = 12
"""Loads leave a file each; from here on they are joined."""
UNMERGED_FILES_BUSY_MAX = 400
"""So many may wait while events pour in: a timeline still reads them in time."""
BUSY_EVENTS_PER_MIN = 150_000
"""From here on, what compacting would take is what taking events in needs."""


async def rotate_known_messages(runtime: Runtime) -> bool:
    """Begins a new generation of known message ids when the present one is large or old enough."""
    try:
        async with runtime.database.transaction("worker") as db:
            rotated = await intake.rotate_seen(db, runtime.clock.now(), GENERATION_HASHES)
    except psycopg.errors.LockNotAvailable:  # long commits are in flight; the next time will do
        return False
    async with runtime.database.transaction("worker") as db:
        await intake.count_seen(db)
    return rotated


async def purge_old_rows(runtime: Runtime) -> None:
    """Lets go of counters and refusals nobody looks at any more."""
    now = runtime.clock.now()
    limits = {
        "flow": now - timedelta(days=FLOW_DAYS),
        "refusals": now - timedelta(days=REFUSAL_DAYS),
        "refusals_max": REFUSALS_MAX,
    }
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.database.transaction("app", workspace_id) as db:
            await flow.purge(db, limits)


async def merge_small_files(runtime: Runtime) -> int:
    """Joins the small files of loads where they piled up. Returns in how many workspaces."""
    merged = 0
    for workspace_id in await list_workspace_ids(runtime):
        state = await runtime.lake.table_state(workspace_id, "events")
        if state is None or state.unmerged_files < UNMERGED_FILES_MAX:
            continue
        if state.unmerged_files < UNMERGED_FILES_BUSY_MAX and await _is_busy(runtime, workspace_id):
            continue
        try:
            async with runtime.database.transaction("drain", workspace_id) as lock:
                if await drain.lock_merges(lock, workspace_id):  # the last one may still be at it
                    await runtime.lake.merge_small_files(workspace_id)
                    merged += 1
        except (Conflict, Unavailable) as error:
            logger.warning("small files stay for now", extra={"workspace_id": workspace_id, "error": error.message})
    return merged


async def _is_busy(runtime: Runtime, workspace_id: int) -> bool:
    """Whether events pour in: in the present minute or the one before."""
    since = runtime.clock.now() - timedelta(minutes=2)
    async with runtime.database.transaction("app", workspace_id) as db:
        minutes = await flow.read_minutes(db, since)
    return any(minute.accepted >= BUSY_EVENTS_PER_MIN for minute in minutes)


async def compact_lake(runtime: Runtime) -> None:
    """Orders what came since the last time, drops duplicates for ever, deletes files nobody needs."""
    for workspace_id in await list_workspace_ids(runtime):
        try:
            await runtime.lake.compact(workspace_id)
            await runtime.lake.vacuum(workspace_id)
        except (Conflict, Unavailable) as error:
            logger.warning("a lake was not compacted", extra={"workspace_id": workspace_id, "error": error.message})
