"""SQL of the requests that webhook sources got."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kizuna.domains.collect.contracts import WebhookRequest

KEEP = """
    INSERT INTO collect_requests (workspace_id, at, source_id, body, status, events, errors)
    VALUES (%(workspace_id)s, %(at)s, %(source_id)s, %(body)s, %(status)s, %(events)s, %(errors)s)
"""

FORGET_OLD = """
    DELETE FROM collect_requests
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND source_id = %(source_id)s AND id <= (
        SELECT id FROM collect_requests
        WHERE workspace_id = (SELECT kizuna_workspace_id()) AND source_id = %(source_id)s
        ORDER BY id DESC OFFSET %(kept)s LIMIT 1
    )
"""

LIST = """
    SELECT id, at, status, body, events, errors
    FROM collect_requests
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND source_id = %(source_id)s
    ORDER BY id DESC
    LIMIT %(limit)s
"""


async def keep_request(db: AsyncConnection[Any], row: dict[str, Any], kept: int) -> None:
    """Stores a request and lets go of all but the last ``kept`` of its source."""
    await db.execute(KEEP, row | {"events": Jsonb(row["events"]), "errors": Jsonb(row["errors"])})
    await db.execute(FORGET_OLD, {"source_id": row["source_id"], "kept": kept})


async def list_requests(db: AsyncConnection[Any], source_id: int, limit: int) -> list[WebhookRequest]:
    async with db.cursor(row_factory=class_row(WebhookRequest)) as cursor:
        return await (await cursor.execute(LIST, {"source_id": source_id, "limit": limit})).fetchall()
