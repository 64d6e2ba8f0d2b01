"""SQL of segments themselves: what they are, not who is in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kizuna.domains.segments.contracts import Every, Kind, State
from kizuna.kernel.context import Context

DEFINITIONS_LOCK = 1936025959

# Those who change definitions wait for each other: else two changes at once could close a circle.
LOCK_DEFINITIONS = "SELECT pg_advisory_xact_lock(%(lock)s, %(workspace_id)s)"

_COLUMNS = """
    id, name, description, kind, condition, every, state, error, size, version, job_id, uses, events,
    created_by, created_at, updated_at, ran_at, archived_at
"""

INSERT = f"""
    INSERT INTO segments_segments (
        workspace_id, name, description, kind, condition, every, state, uses, events, created_by, created_at,
        updated_at)
    VALUES (
        %(workspace_id)s, %(name)s, %(description)s, %(kind)s, %(condition)s, %(every)s, 'building', %(uses)s,
        %(events)s, %(created_by)s, %(now)s, %(now)s)
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only

UPDATE = f"""
    UPDATE segments_segments
    SET name = %(name)s, description = %(description)s, kind = %(kind)s, condition = %(condition)s,
        every = %(every)s, uses = %(uses)s, events = %(events)s, updated_at = %(now)s,
        version = version + %(rebuilt)s::integer,
        state = CASE WHEN %(rebuilt)s::integer > 0 THEN 'building' ELSE state END,
        error = CASE WHEN %(rebuilt)s::integer > 0 THEN NULL ELSE error END
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND archived_at IS NULL
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only

FIND = f"""
    SELECT {_COLUMNS} FROM segments_segments WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""  # noqa: S608  # column names only

FIND_MANY = f"""
    SELECT {_COLUMNS} FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s::bigint[]) AND archived_at IS NULL
    ORDER BY id
"""  # noqa: S608  # column names only

# Newest first, along the primary key.
LIST = f"""
    SELECT {_COLUMNS} FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND (archived_at IS NOT NULL) = %(archived)s
        AND (%(kind)s::text IS NULL OR kind = %(kind)s)
        AND (%(search)s::text IS NULL OR name ILIKE %(search)s OR description ILIKE %(search)s)
        AND (%(before)s::bigint IS NULL OR id < %(before)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""  # noqa: S608  # column names only

COUNT = """
    SELECT count(*) FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND (archived_at IS NOT NULL) = %(archived)s
        AND (%(kind)s::text IS NULL OR kind = %(kind)s)
        AND (%(search)s::text IS NULL OR name ILIKE %(search)s OR description ILIKE %(search)s)
"""

LIST_NAMES = """
    SELECT id, name FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND archived_at IS NULL
    ORDER BY lower(name), id
    LIMIT %(limit)s
"""

READ_NAMES = """
    SELECT id, name FROM segments_segments WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s::bigint[])
"""

READ_USES = """
    SELECT id, uses FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND archived_at IS NULL AND uses <> '{}'
"""

FIND_USERS = """
    SELECT id, name FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND archived_at IS NULL AND uses @> ARRAY[%(id)s::integer]
    ORDER BY id
"""

# At most five thousand rows are compared with a page's ids.
COUNT_USERS = """
    SELECT wanted.id, count(*)
    FROM unnest(%(ids)s::integer[]) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT FROM segments_segments
        WHERE workspace_id = %(workspace_id)s AND archived_at IS NULL AND uses @> ARRAY[wanted.id]
        UNION ALL
        SELECT FROM segments_destinations WHERE workspace_id = %(workspace_id)s AND segment_id = wanted.id
    ) AS used
    GROUP BY wanted.id
"""

FIND_USERS_OF_EVENT = """
    SELECT id, name FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND archived_at IS NULL AND events && %(names)s::text[]
    ORDER BY id
"""

SET_JOB = """
    UPDATE segments_segments SET job_id = %(job_id)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

SET_BUILDING = """
    UPDATE segments_segments SET state = 'building', error = NULL
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND archived_at IS NULL
"""

END_RUN = """
    UPDATE segments_segments SET state = %(state)s, error = %(error)s, ran_at = coalesce(%(ran_at)s, ran_at)
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND archived_at IS NULL
        AND (%(version)s::integer IS NULL OR version = %(version)s)
"""

ARCHIVE = """
    UPDATE segments_segments SET archived_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND archived_at IS NULL
    RETURNING id
"""

# How many came and went since a moment, by whole hours.
SUM_CHANGES = """
    SELECT segment_id, sum(entered), sum("left") FROM segments_sizes
    WHERE workspace_id = %(workspace_id)s AND segment_id = ANY (%(ids)s::bigint[]) AND hour > %(since)s
    GROUP BY segment_id
"""

# Daily ones are due on a new day of the workspace, hourly ones in a new hour.
LIST_DUE = """
    SELECT id FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND kind = 'scheduled' AND archived_at IS NULL
        AND (ran_at IS NULL OR ran_at < CASE every WHEN 'day' THEN %(day)s ELSE %(hour)s END)
    ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class SegmentRow:
    id: int
    name: str
    description: str
    kind: Kind
    condition: dict[str, Any] | None
    every: Every | None
    state: State
    error: str | None
    size: int
    version: int
    job_id: int | None
    uses: list[int]
    events: list[str]
    created_by: str
    created_at: datetime
    updated_at: datetime
    ran_at: datetime | None
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Definition:
    """What of a segment people decide."""

    name: str
    description: str
    kind: Kind
    condition: dict[str, Any] | None
    every: Every | None
    uses: Sequence[int] = ()
    events: Sequence[str] = ()


class NameTaken(Exception):
    """Another living segment has this name."""


async def lock_definitions(ctx: Context) -> None:
    await ctx.db.execute(LOCK_DEFINITIONS, {"lock": DEFINITIONS_LOCK, "workspace_id": ctx.workspace.id})


async def insert(ctx: Context, new: Definition) -> SegmentRow:
    """Raises ``NameTaken``."""
    row = await _write(ctx, INSERT, new, {"created_by": ctx.actor.name})
    assert row is not None
    return row


async def update(ctx: Context, segment_id: int, new: Definition, *, rebuilt: bool) -> SegmentRow | None:
    """Raises ``NameTaken``."""
    return await _write(ctx, UPDATE, new, {"id": segment_id, "rebuilt": int(rebuilt)})


async def _write(ctx: Context, sql: Any, new: Definition, more: dict[str, Any]) -> SegmentRow | None:
    values: dict[str, Any] = {
        "workspace_id": ctx.workspace.id,
        "name": new.name,
        "description": new.description,
        "kind": new.kind,
        "condition": None if new.condition is None else Jsonb(new.condition),
        "every": new.every,
        "uses": list(new.uses),
        "events": list(new.events),
        "now": ctx.clock.now(),
    }
    try:
        # A savepoint, so that the transaction survives the refusal.
        async with ctx.db.transaction(), ctx.db.cursor(row_factory=class_row(SegmentRow)) as cursor:
            await cursor.execute(sql, values | more)
            return await cursor.fetchone()
    except UniqueViolation as error:
        raise NameTaken(new.name) from error


async def find(ctx: Context, segment_id: int) -> SegmentRow | None:
    """Archived ones too."""
    async with ctx.db.cursor(row_factory=class_row(SegmentRow)) as cursor:
        await cursor.execute(FIND, {"workspace_id": ctx.workspace.id, "id": segment_id})
        return await cursor.fetchone()


async def find_many(ctx: Context, segment_ids: Sequence[int]) -> list[SegmentRow]:
    async with ctx.db.cursor(row_factory=class_row(SegmentRow)) as cursor:
        await cursor.execute(FIND_MANY, {"workspace_id": ctx.workspace.id, "ids": list(segment_ids)})
        return await cursor.fetchall()


@dataclass(frozen=True, slots=True)
class ListQuery:
    search: str | None = None
    kind: Kind | None = None
    archived: bool = False
    before: int | None = None
    limit: int = 50

    def values(self, workspace_id: int) -> dict[str, Any]:
        pattern = None
        if self.search:
            escaped = self.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\0", "")
            pattern = f"%{escaped}%"
        return {
            "workspace_id": workspace_id,
            "search": pattern,
            "kind": self.kind,
            "archived": self.archived,
            "before": self.before,
            "limit": self.limit,
        }


async def list_page(ctx: Context, query: ListQuery) -> list[SegmentRow]:
    async with ctx.db.cursor(row_factory=class_row(SegmentRow)) as cursor:
        await cursor.execute(LIST, query.values(ctx.workspace.id))
        return await cursor.fetchall()


async def count(ctx: Context, query: ListQuery) -> int:
    row = await (await ctx.db.execute(COUNT, query.values(ctx.workspace.id))).fetchone()
    return row[0] if row else 0


async def list_names(ctx: Context, limit: int) -> list[tuple[int, str]]:
    """Of all living segments, by name."""
    cursor = await ctx.db.execute(LIST_NAMES, {"workspace_id": ctx.workspace.id, "limit": limit})
    return await cursor.fetchall()


async def read_names(ctx: Context, segment_ids: Sequence[int]) -> dict[int, str]:
    """Archived ones too: history names them."""
    return dict(await _fetch(ctx, READ_NAMES, ids=list(segment_ids))) if segment_ids else {}


async def read_uses(ctx: Context) -> dict[int, list[int]]:
    """Which segments each segment reads; those that read none are left out."""
    return dict(await _fetch(ctx, READ_USES))


async def find_users(ctx: Context, segment_id: int) -> list[tuple[int, str]]:
    return await _fetch(ctx, FIND_USERS, id=segment_id)


async def count_users(ctx: Context, segment_ids: Sequence[int]) -> dict[int, int]:
    return dict(await _fetch(ctx, COUNT_USERS, ids=list(segment_ids)))


async def find_users_of_event(ctx: Context, names: Sequence[str]) -> list[tuple[int, str]]:
    return await _fetch(ctx, FIND_USERS_OF_EVENT, names=list(names))


async def set_job(ctx: Context, segment_id: int, job_id: int) -> None:
    await ctx.db.execute(SET_JOB, {"workspace_id": ctx.workspace.id, "id": segment_id, "job_id": job_id})


async def set_building(ctx: Context, segment_id: int) -> None:
    await ctx.db.execute(SET_BUILDING, {"workspace_id": ctx.workspace.id, "id": segment_id})


async def end_run(
    ctx: Context,
    segment_id: int,
    state: State,
    *,
    error: str | None = None,
    ran_at: datetime | None = None,
    version: int | None = None,
) -> None:
    """What became of a run; of a given ``version`` only while it is the present one."""
    values = {"id": segment_id, "state": state, "error": error, "ran_at": ran_at, "version": version}
    await ctx.db.execute(END_RUN, {"workspace_id": ctx.workspace.id, **values})


async def archive(ctx: Context, segment_id: int) -> bool:
    return bool(await _fetch(ctx, ARCHIVE, id=segment_id, now=ctx.clock.now()))


async def sum_changes(ctx: Context, segment_ids: Sequence[int], within: timedelta) -> dict[int, tuple[int, int]]:
    """(entered, left) of each segment lately; those without a change are left out."""
    rows = await _fetch(ctx, SUM_CHANGES, ids=list(segment_ids), since=ctx.clock.now() - within)
    return {segment_id: (int(entered), int(left)) for segment_id, entered, left in rows}


async def list_due(ctx: Context, *, hour: datetime, day: datetime) -> list[int]:
    """Scheduled segments that have not run since the present hour or day began."""
    return [segment_id for (segment_id,) in await _fetch(ctx, LIST_DUE, hour=hour, day=day)]


async def _fetch(ctx: Context, sql: Any, **values: Any) -> list[Any]:
    return await (await ctx.db.execute(sql, {"workspace_id": ctx.workspace.id, **values})).fetchall()
