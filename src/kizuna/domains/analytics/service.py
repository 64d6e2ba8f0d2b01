"""Use cases of analytics."""

from dataclasses import dataclass

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
    """Runs one SELECT over the workspace's events and profiles, and writes down who asked what.

    No transaction is open while it runs: a query may take a minute, and a connection held that long
    would be one fewer for everybody else.
    """
    query_id = query_id or new_id().hex
    async with runtime.unit(workspace_id, actor) as ctx:
        await _record(ctx, sql, query_id)
    result = await runtime.lake.run_sql(workspace_id, sql, limit=limit, query_id=query_id)
    return SqlAnswer(query_id, result)


async def _record(ctx: Context, sql: str, query_id: str) -> None:
    await record_audit(
        ctx,
        action="sql.run",
        target_kind="query",
        target_id=query_id,
        summary=" ".join(sql.split())[:300],
    )
