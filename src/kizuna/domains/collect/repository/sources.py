"""SQL of sources."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from kizuna.domains.collect.contracts import Source, SourceItem

OpenSecret = Callable[[str | None, bytes | None], str]
"""Makes the secret of its plain and its sealed column."""

# Unscoped: the key tells the workspace; for the role that may ask.
FIND_BY_KEY = """
    SELECT id, workspace_id, kind, touchpoint, enabled, signing_secret, sealed_secret
    FROM collect_sources
    WHERE write_key = %(key)s OR (previous_key = %(key)s AND previous_key_until > %(at)s)
"""

FIND_ALL = """
    SELECT id, workspace_id, kind, touchpoint, enabled, '' AS signing_secret
    FROM collect_sources
    WHERE workspace_id = %(workspace_id)s
"""

# Counters of 24 hours are at most 1,440 small rows a source.
LIST = """
    SELECT id, name, kind, touchpoint, write_key, previous_key, previous_key_until, enabled, settings, created_at,
           seen.last_event_at, coalesce(seen.events, 0)::bigint AS events_24h
    FROM collect_sources AS source
    LEFT JOIN LATERAL (
        SELECT max(flow.last_event_at) AS last_event_at,
               sum(flow.accepted) FILTER (WHERE flow.minute > %(now)s - interval '24 hours') AS events
        FROM collect_flow AS flow
        WHERE flow.workspace_id = source.workspace_id AND flow.source_id = source.id
    ) AS seen ON true
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND (%(id)s::int IS NULL OR id = %(id)s)
    ORDER BY id
"""

ADD = """
    INSERT INTO collect_sources
        (workspace_id, name, kind, touchpoint, write_key, sealed_secret, settings, created_at)
    VALUES (%(workspace_id)s, %(name)s, %(kind)s, %(touchpoint)s, %(write_key)s, %(sealed_secret)s,
            %(settings)s, %(now)s)
    RETURNING id, name, kind, touchpoint, write_key, previous_key, previous_key_until, enabled, settings, created_at,
              NULL::timestamptz AS last_event_at, 0::bigint AS events_24h
"""

CHANGE = """
    UPDATE collect_sources
    SET name = %(name)s, touchpoint = %(touchpoint)s, enabled = %(enabled)s, settings = %(settings)s
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND id = %(id)s
"""

ROTATE = """
    UPDATE collect_sources
    SET write_key = %(write_key)s,
        previous_key = CASE WHEN %(until)s::timestamptz > %(now)s THEN write_key END,
        previous_key_until = CASE WHEN %(until)s::timestamptz > %(now)s THEN %(until)s::timestamptz END
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND id = %(id)s
"""

REMOVE = "DELETE FROM collect_sources WHERE workspace_id = (SELECT kizuna_workspace_id()) AND id = %(id)s"

READ_SECRET = """
    SELECT signing_secret, sealed_secret FROM collect_sources
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND id = %(id)s
"""  # noqa: S105  # a query

FIND_PLAIN = """
    SELECT id, signing_secret FROM collect_sources
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND signing_secret IS NOT NULL
    ORDER BY id
    LIMIT 500
    FOR UPDATE
"""

SEAL_SECRET = """
    UPDATE collect_sources SET sealed_secret = %(sealed)s, signing_secret = NULL
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND id = %(id)s
"""  # noqa: S105  # a query


async def find_by_key(db: AsyncConnection[Any], key: str, at: datetime, open_secret: OpenSecret) -> Source | None:
    """The source that a write key belongs to, of any workspace; needs the role ``auth``."""
    async with db.cursor(row_factory=dict_row) as cursor:
        row = await (await cursor.execute(FIND_BY_KEY, {"key": key, "at": at})).fetchone()
    if row is None:
        return None
    secret = open_secret(row.pop("signing_secret"), row.pop("sealed_secret"))
    return Source(**row, signing_secret=secret)


async def find_all(db: AsyncConnection[Any], workspace_id: int) -> dict[int, Source]:
    """The sources of a workspace, without their secrets."""
    async with db.cursor(row_factory=class_row(Source)) as cursor:
        rows = await (await cursor.execute(FIND_ALL, {"workspace_id": workspace_id})).fetchall()
    return {row.id: row for row in rows}


async def list_sources(db: AsyncConnection[Any], now: datetime, source_id: int | None = None) -> list[SourceItem]:
    async with db.cursor(row_factory=class_row(SourceItem)) as cursor:
        return await (await cursor.execute(LIST, {"now": now, "id": source_id})).fetchall()


async def add_source(db: AsyncConnection[Any], row: dict[str, Any]) -> SourceItem:
    async with db.cursor(row_factory=class_row(SourceItem)) as cursor:
        added = await (await cursor.execute(ADD, row | {"settings": Jsonb(row["settings"])})).fetchone()
    assert added is not None
    return added


async def change_source(db: AsyncConnection[Any], row: dict[str, Any]) -> None:
    await db.execute(CHANGE, row | {"settings": Jsonb(row["settings"])})


async def rotate_key(db: AsyncConnection[Any], source_id: int, write_key: str, until: datetime, now: datetime) -> None:
    await db.execute(ROTATE, {"id": source_id, "write_key": write_key, "until": until, "now": now})


async def remove_source(db: AsyncConnection[Any], source_id: int) -> None:
    await db.execute(REMOVE, {"id": source_id})


async def read_secret(db: AsyncConnection[Any], source_id: int) -> tuple[str | None, bytes | None] | None:
    """The plain and the sealed secret, one of which is there; None when there is no such source."""
    return await (await db.execute(READ_SECRET, {"id": source_id})).fetchone()


async def find_plain_secrets(db: AsyncConnection[Any]) -> list[tuple[int, str]]:
    """(source id, secret) of the workspace's secrets that are not sealed yet; locked."""
    return await (await db.execute(FIND_PLAIN)).fetchall()


async def seal_secret(db: AsyncConnection[Any], source_id: int, sealed: bytes) -> None:
    await db.execute(SEAL_SECRET, {"id": source_id, "sealed": sealed})
