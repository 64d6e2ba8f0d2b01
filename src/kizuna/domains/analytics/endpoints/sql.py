"""HTTP of SQL that analysts write."""

from typing import Any

from litestar import Request, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from kizuna.domains.analytics.service import sql
from kizuna.domains.analytics.sql_schemas import SqlColumn, SqlQuery, SqlRelation, SqlResult
from kizuna.kernel.errors import NotFound
from kizuna.web.auth import authenticate, require
from kizuna.web.context import InRuntime


@post("/sql", guards=[require("sql.run")], status_code=200, problems=[409, 429])
async def run_sql(request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[SqlQuery]) -> SqlResult:
    """Run one SELECT over `events` and `profiles`. It can read nothing else, and nothing can be changed. What the
    role does not see is masked in both before the query reads it."""
    principal = await authenticate(request)
    answer = await sql.run_sql(runtime, principal.workspace_id, principal.actor, data.sql, data.limit, data.query_id)
    return SqlResult(
        query_id=answer.query_id,
        columns=[SqlColumn(column.name, column.type) for column in answer.result.columns],
        rows=answer.result.rows,
        truncated=answer.result.truncated,
        elapsed_ms=answer.result.elapsed_ms,
    )


@delete("/sql/{query_id:str}", guards=[require("sql.run")])
async def cancel_sql(request: Request[Any, Any, Any], runtime: InRuntime, query_id: FromPath[str]) -> None:
    """Stop a running query."""
    principal = await authenticate(request)
    if not runtime.lake.cancel_sql(principal.workspace_id, query_id):
        raise NotFound("query_not_found", "No such query is running; it may have finished.")


@get("/sql/schema", guards=[require("sql.run")], sync_to_thread=False)
def describe_sql(runtime: InRuntime) -> list[SqlRelation]:
    """What a query may read: relations, columns and their types."""
    return [
        SqlRelation(relation.name, relation.description, [SqlColumn(c.name, c.type) for c in relation.columns])
        for relation in runtime.lake.relations()
    ]


router = Router("/api/analytics", route_handlers=[run_sql, cancel_sql, describe_sql], tags=["analytics"])
