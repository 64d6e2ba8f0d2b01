"""The load step: streamed chunks become one Delta commit, exactly once.

    A  under the workspace's lock: chunks get a load id           committed
    B  one Delta commit that names the load id as its transaction
    C  the chunks go                                              committed

A crash after A: the same chunks are written under the same id again, for the lake says whether it has
that id. A crash after B: the lake has it, so only C is left.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection

from kizuna.domains.collect.repository import drain
from kizuna.domains.collect.repository import sources as source_rows
from kizuna.domains.collect.service import count
from kizuna.domains.collect.service.columns import Columns
from kizuna.domains.collect.service.stream_memory import DrainMemory
from kizuna.domains.collect.service.without_people import leave_out_keys
from kizuna.domains.privacy import api as privacy
from kizuna.domains.workspace.api import load_workspace
from kizuna.kernel.context import SYSTEM, Context, Runtime

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger(__name__)

EVENTS_PER_LOAD_MAX = 25_000
KEPT_BYTES_MAX = 32 * 1_048_576
WAIT_S = 0.2


class KeptRows:
    """Rows of chunks this process has streamed, so that the load need not read them again. Bounded:
    what does not fit is read from the inbox. So are rows older than an erasure, which they may name."""

    def __init__(self, bytes_max: int = KEPT_BYTES_MAX) -> None:
        self._tables: OrderedDict[tuple[int, int], tuple[pa.Table, int, frozenset[int]]] = OrderedDict()
        self._bytes = 0
        self._bytes_max = bytes_max

    def put(self, workspace_id: int, chunk_id: int, table: pa.Table, size: int, erased: frozenset[int]) -> None:
        """``size`` is about what the rows weigh, in bytes; ``erased`` are the nodes that they are without."""
        if self._bytes + size > self._bytes_max:
            return
        self._tables[workspace_id, chunk_id] = table, size, erased
        self._bytes += size

    def take(self, workspace_id: int, chunk_id: int, erased: frozenset[int]) -> pa.Table | None:
        table, size, without = self._tables.pop((workspace_id, chunk_id), (None, 0, erased))
        self._bytes -= size
        return table if without == erased else None

    def clear(self) -> None:
        self._tables.clear()
        self._bytes = 0


async def load_workspace_chunks(runtime: Runtime, workspace_id: int, memory: DrainMemory, kept: KeptRows) -> int:
    """Loads what waits, up to ``EVENTS_PER_LOAD_MAX`` events. Returns how many events went to the lake;
    0 also when another worker is at it."""
    async with runtime.database.transaction("drain", workspace_id) as lock:
        if not await drain.lock_loads(lock, workspace_id):
            return 0
        for load_id, ids in await drain.find_begun(lock, workspace_id):
            logger.info("a load is taken up again", extra={"workspace_id": workspace_id, "load_id": load_id})
            await _finish_load(runtime, workspace_id, load_id, ids, memory, kept)
        chosen, events = _choose(await drain.find_unassigned(lock, workspace_id))
        if not chosen:
            return 0
        last = await runtime.lake.last_load(workspace_id, "events")
        async with runtime.database.transaction("drain", workspace_id) as db:
            load_id = await drain.assign_load(db, workspace_id, chosen, (last or 0) + 1)
        await _finish_load(runtime, workspace_id, load_id, chosen, memory, kept)
        return events


async def wait_until_loaded(runtime: Runtime, workspace_id: int, timeout_s: float) -> bool:
    """Waits until all that was streamed up to now is in the lake; false when that takes too long."""
    waiting: list[int] | None = None
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        async with runtime.database.transaction("drain", workspace_id) as db:
            waiting = await drain.list_unloaded(db, workspace_id, waiting)
        if not waiting:
            return True
        await asyncio.sleep(WAIT_S)
    return False


def _choose(waiting: Sequence[tuple[int, int]]) -> tuple[list[int], int]:
    """The oldest chunks that fit into one load; at least one."""
    chosen: list[int] = []
    total = 0
    for chunk_id, events in waiting:
        if chosen and total + events > EVENTS_PER_LOAD_MAX:
            break
        chosen.append(chunk_id)
        total += events
    return chosen, total


async def _finish_load(
    runtime: Runtime, workspace_id: int, load_id: int, ids: Sequence[int], memory: DrainMemory, kept: KeptRows
) -> None:
    """Steps B and C; each may have been done before."""
    last = await runtime.lake.last_load(workspace_id, "events")
    if last is None or last < load_id:
        erased = await _read_erased(runtime, workspace_id)
        tables = await _gather_rows(runtime, workspace_id, ids, memory, kept, erased)
        await _append(runtime, workspace_id, load_id, tables)
    async with runtime.database.transaction("drain", workspace_id) as db:
        await drain.delete_load(db, workspace_id, load_id)


async def _append(runtime: Runtime, workspace_id: int, load_id: int, tables: Sequence[pa.Table]) -> None:
    import pyarrow as pa

    if not tables:
        return
    rows = pa.concat_tables(tables)
    ids = pa.repeat(pa.scalar(load_id, pa.int64()), rows.num_rows)
    await runtime.lake.append(workspace_id, "events", rows.append_column("load_id", ids), load_id)


async def _gather_rows(
    runtime: Runtime,
    workspace_id: int,
    ids: Sequence[int],
    memory: DrainMemory,
    kept: KeptRows,
    erased: frozenset[int],
) -> list[pa.Table]:
    found = {chunk_id: kept.take(workspace_id, chunk_id, erased) for chunk_id in ids}
    missing = [chunk_id for chunk_id, table in found.items() if table is None]
    if missing:
        found |= await _read_rows(runtime, workspace_id, missing, memory, erased)
    return [table for table in found.values() if table is not None]


async def _read_rows(
    runtime: Runtime, workspace_id: int, ids: Sequence[int], memory: DrainMemory, erased: frozenset[int]
) -> dict[int, pa.Table | None]:
    """Rows of chunks that another process streamed, or this one before it was restarted."""
    async with runtime.database.transaction("drain", workspace_id) as db:
        ctx = await drain_context(runtime, db, workspace_id)
        touchpoints = {one.id: str(one.touchpoint) for one in (await source_rows.find_all(db, workspace_id)).values()}
        found: dict[int, Any] = {}
        for chunk_id, payload in await drain.read_payloads(db, workspace_id, ids):
            columns = leave_out_keys(Columns.read(payload), erased)
            name_ids = await count.name_events(ctx, columns, memory.of(workspace_id))
            found[chunk_id] = columns.to_arrow(name_ids, touchpoints) if columns.count else None
        return found


async def _read_erased(runtime: Runtime, workspace_id: int) -> frozenset[int]:
    """Read under the loads' lock: an erasure takes it too, so what is not erased here the erasure will find."""
    async with runtime.database.transaction("drain", workspace_id) as db:
        ctx = await drain_context(runtime, db, workspace_id)
        return (await runtime.remembered(privacy.TermsMemory).read(ctx)).erased


async def drain_context(runtime: Runtime, db: AsyncConnection[Any], workspace_id: int) -> Context:
    """A unit of work under the drain's role, which may do in a workspace what the application may."""
    workspace = await load_workspace(db, workspace_id)
    return Context(workspace=workspace, actor=SYSTEM, db=db, runtime=runtime)
