"""``kizuna query``: SQL over the lake from the command line."""

import asyncio
import csv
import json
import sys

from kizuna.app.build import build_runtime
from kizuna.domains.workspace.api import find_workspace
from kizuna.kernel.lake import QueryResult
from kizuna.kernel.settings import Settings


def run_query(settings: Settings, sql: str, slug: str | None, limit: int, as_json: bool) -> None:
    """Prints rows as CSV, or as JSON lines. Raises what ``Lake.run_sql`` raises."""
    result = asyncio.run(_run(settings, sql, slug, limit))
    names = [column.name for column in result.columns]
    if as_json:
        for row in result.rows:
            sys.stdout.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")
    else:
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows(result.rows)
    if result.truncated:
        sys.stderr.write(f"kizuna: only the first {limit} rows are shown; ask for more with --limit\n")


async def _run(settings: Settings, sql: str, slug: str | None, limit: int) -> QueryResult:
    runtime, database = build_runtime(settings)
    try:
        async with database.transaction("auth") as db:
            workspace = await find_workspace(db, slug)
        return await runtime.lake.run_sql(workspace.id, sql, limit=limit)
    finally:
        await runtime.engine.close()
        await runtime.lake.close()
        await database.close()
