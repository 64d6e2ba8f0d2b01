"""SQL that analysts write."""

from dataclasses import dataclass

from kizuna.domains.privacy.api import read_sight, scrub_text, sql_mask
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.ids import new_id
from kizuna.kernel.lake import QueryResult


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    query_id: str
    result: QueryResult


async def run_sql(
    runtime: Runtime, workspace_id: int, actor: Actor, sql: str, limit: int, query_id: str | None
) -> SqlAnswer:
    """Runs one SELECT over the workspace's events and profiles as the actor may see them, and writes down
    who asked what.

    No transaction is open while it runs: a query may take a minute, and a connection held that long
    would be one fewer for everybody else.
    """
    query_id = query_id or new_id().hex
    async with runtime.unit(workspace_id, actor) as ctx:
        await _record(ctx, sql, query_id)
        mask = sql_mask(await read_sight(ctx))
    result = await runtime.lake.run_sql(workspace_id, sql, limit=limit, query_id=query_id, mask=mask)
    return SqlAnswer(query_id, result)


async def _record(ctx: Context, sql: str, query_id: str) -> None:
    await record_audit(
        ctx,
        action="sql.run",
        target_kind="query",
        target_id=query_id,
        # Who looks for an address writes it down here, for ever.
        summary=scrub_text(" ".join(sql.split()))[:300],
    )
