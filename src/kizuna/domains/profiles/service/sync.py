"""Profiles and aliases for the lake: a log of changes, of which readers take the latest version."""

from typing import TYPE_CHECKING, Any

from kizuna.domains.profiles import queries
from kizuna.domains.profiles.repository import erase, identity
from kizuna.domains.workspace.api import list_workspace_ids
from kizuna.kernel.context import Runtime
from kizuna.kernel.lake import TableName, table_schema

if TYPE_CHECKING:
    import pyarrow as pa

SYNC_APP = "kizuna-profiles"
ROWS_PER_LOAD = 5_000
LOADS_PER_RUN_MAX = 500


async def sync_workspaces(runtime: Runtime) -> None:
    """Brings every workspace's changes into its lake."""
    for workspace_id in await list_workspace_ids(runtime):
        await sync_workspace(runtime, workspace_id)


async def sync_workspace(runtime: Runtime, workspace_id: int) -> int:
    """Appends what changed since the last time; returns how many rows.

    A crash between append and note leads to the same or a later version being appended: the first is
    known to the lake by its load id, the second repeats rows of which the latest count.
    """
    rows = 0
    for _ in range(LOADS_PER_RUN_MAX):
        loaded = await _sync_once(runtime, workspace_id)
        if not loaded:
            break
        rows += loaded
    return rows


async def _sync_once(runtime: Runtime, workspace_id: int) -> int:
    async with runtime.unit(workspace_id) as lock:
        await erase.lock_sync(lock)  # what was read before somebody was erased must not come after it
        return await _bring(runtime, workspace_id)


async def _bring(runtime: Runtime, workspace_id: int) -> int:
    async with runtime.unit(workspace_id) as ctx:
        above = await identity.read_synced(ctx)
        up_to = None if above is None else await queries.read_version_limit(ctx, above, ROWS_PER_LOAD)
        if above is None or up_to is None:
            return 0
        changed, aliases = await queries.read_changes(ctx, above, up_to)
    # The lake is written outside of the transaction that read: it may be far away.
    loads: list[tuple[TableName, list[dict[str, Any]]]] = [("aliases", aliases), ("profiles", changed)]
    for table, rows in loads:
        if rows:
            await runtime.lake.append(workspace_id, table, _arrow(table, rows), up_to, app_id=SYNC_APP)
    async with runtime.unit(workspace_id) as ctx:
        await identity.write_synced(ctx, up_to)
    return len(changed) + len(aliases)


def _arrow(table: TableName, rows: list[dict[str, Any]]) -> "pa.Table":
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=table_schema(table))
