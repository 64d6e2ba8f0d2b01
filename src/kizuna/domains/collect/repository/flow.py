"""SQL of the flow counters, refusals and what was set aside, as screens read them."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from kizuna.domains.collect.contracts import FlowMinute, RefusalItem, SetAsideItem

READ_MINUTES = """
    SELECT flow.minute AS at,
           sum(flow.accepted)::bigint AS accepted,
           sum(flow.refused)::bigint AS refused,
           sum(flow.duplicates)::bigint AS duplicates,
           sum(flow.set_aside)::bigint AS set_aside,
           coalesce(jsonb_object_agg(flow.source_id::text, flow.accepted) FILTER (WHERE flow.accepted > 0), '{}')
               AS by_source,
           jsonb_agg(jsonb_build_array(coalesce(source.touchpoint, 'web'), flow.accepted)) AS touchpoints
    FROM collect_flow AS flow
    LEFT JOIN collect_sources AS source ON source.workspace_id = flow.workspace_id AND source.id = flow.source_id
    WHERE flow.workspace_id = (SELECT kizuna_workspace_id()) AND flow.minute >= %(since)s
    GROUP BY flow.minute
    ORDER BY flow.minute
"""

LIST_REFUSALS = """
    SELECT id, at, source_id, reason_code, reason, sample
    FROM collect_refusals
    WHERE workspace_id = (SELECT kizuna_workspace_id())
        AND (%(before)s::bigint IS NULL OR id < %(before)s)
        AND (%(source_id)s::int IS NULL OR source_id = %(source_id)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""

LIST_SET_ASIDE = """
    SELECT id, at, kind, reason, events, sample
    FROM collect_set_aside
    WHERE workspace_id = (SELECT kizuna_workspace_id())
        AND (%(before)s::bigint IS NULL OR id < %(before)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""

TAKE_SET_ASIDE = """
    DELETE FROM collect_set_aside
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND id = %(id)s
    RETURNING kind, events, payload
"""

PURGE = (
    "DELETE FROM collect_flow WHERE workspace_id = (SELECT kizuna_workspace_id()) AND minute < %(flow)s",
    "DELETE FROM collect_refusals WHERE workspace_id = (SELECT kizuna_workspace_id()) AND at < %(refusals)s",
    """
    DELETE FROM collect_refusals
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND id <= (
        SELECT id FROM collect_refusals WHERE workspace_id = (SELECT kizuna_workspace_id())
        ORDER BY id DESC OFFSET %(refusals_max)s LIMIT 1
    )
    """,
)


async def read_minutes(db: AsyncConnection[Any], since: datetime) -> list[FlowMinute]:
    """The minutes of the workspace in which anything came, oldest first."""
    async with db.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(READ_MINUTES, {"since": since})).fetchall()
    minutes: list[FlowMinute] = []
    for row in rows:
        by_touchpoint: dict[str, int] = {}
        for touchpoint, accepted in row.pop("touchpoints"):
            if accepted:
                by_touchpoint[touchpoint] = by_touchpoint.get(touchpoint, 0) + accepted
        minutes.append(FlowMinute(**row, by_touchpoint=by_touchpoint))
    return minutes


async def list_refusals(
    db: AsyncConnection[Any], before: int | None, source_id: int | None, limit: int
) -> list[RefusalItem]:
    async with db.cursor(row_factory=class_row(RefusalItem)) as cursor:
        await cursor.execute(LIST_REFUSALS, {"before": before, "source_id": source_id, "limit": limit})
        return await cursor.fetchall()


async def list_set_aside(db: AsyncConnection[Any], before: int | None, limit: int) -> list[SetAsideItem]:
    async with db.cursor(row_factory=class_row(SetAsideItem)) as cursor:
        await cursor.execute(LIST_SET_ASIDE, {"before": before, "limit": limit})
        return await cursor.fetchall()


class Taken(msgspec.Struct, frozen=True):
    kind: str
    events: int
    payload: bytes


async def take_set_aside(db: AsyncConnection[Any], set_aside_id: int) -> Taken | None:
    """Removes an entry and returns what it held."""
    async with db.cursor(row_factory=class_row(Taken), binary=True) as cursor:
        return await (await cursor.execute(TAKE_SET_ASIDE, {"id": set_aside_id})).fetchone()


async def purge(db: AsyncConnection[Any], limits: dict[str, Any]) -> None:
    """What is older or more than ``limits`` allow, of the workspace."""
    for statement in PURGE:
        await db.execute(statement, limits)
