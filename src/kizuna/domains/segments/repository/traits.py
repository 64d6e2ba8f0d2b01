"""SQL of computed traits: what they are, not what they say of whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kizuna.domains.segments.contracts import Every, State
from kizuna.kernel.context import Context

_COLUMNS = """
    id, name, description, figure, every, feed_id, state, error, people, version, job_id, created_by, created_at,
    updated_at, ran_at
"""

INSERT = f"""
    INSERT INTO segments_traits (
        workspace_id, name, description, figure, every, state, created_by, created_at, updated_at)
    VALUES (
        %(workspace_id)s, %(name)s, %(description)s, %(figure)s, %(every)s, 'building', %(created_by)s, %(now)s,
        %(now)s)
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only

UPDATE = f"""
    UPDATE segments_traits
    SET description = %(description)s, figure = %(figure)s, every = %(every)s, updated_at = %(now)s,
        version = version + %(rebuilt)s::integer,
        feed_id = CASE WHEN %(rebuilt)s::integer > 0 THEN NULL ELSE feed_id END,
        ready = ready AND %(rebuilt)s::integer = 0,
        state = CASE WHEN %(rebuilt)s::integer > 0 THEN 'building' ELSE state END,
        error = CASE WHEN %(rebuilt)s::integer > 0 THEN NULL ELSE error END
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only

DELETE = "DELETE FROM segments_traits WHERE workspace_id = %(workspace_id)s AND id = %(id)s"

FIND = f"""
    SELECT {_COLUMNS} FROM segments_traits WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""  # noqa: S608  # column names only

# Whoever changes or deletes it waits until this transaction ends.
FIND_HELD = FIND + " FOR SHARE"

# A workspace has some hundred at the most: they are sorted and cut where they lie.
LIST = f"""
    SELECT {_COLUMNS} FROM segments_traits
    WHERE workspace_id = %(workspace_id)s
        AND (%(search)s::text IS NULL OR name ILIKE %(search)s OR description ILIKE %(search)s)
        AND (%(after)s::text IS NULL OR name > %(after)s)
    ORDER BY name
    LIMIT %(limit)s
"""  # noqa: S608  # column names only

COUNT = """
    SELECT count(*) FROM segments_traits
    WHERE workspace_id = %(workspace_id)s
        AND (%(search)s::text IS NULL OR name ILIKE %(search)s OR description ILIKE %(search)s)
"""

FIND_ID = "SELECT id FROM segments_traits WHERE workspace_id = %(workspace_id)s AND name = %(name)s"

SET_JOB = "UPDATE segments_traits SET job_id = %(job_id)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"

END_RUN = """
    UPDATE segments_traits
    SET state = %(state)s, error = %(error)s, ran_at = coalesce(%(ran_at)s, ran_at),
        people = coalesce(%(people)s, people)
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND version = %(version)s
"""

LIST_DUE = """
    SELECT id FROM segments_traits
    WHERE workspace_id = %(workspace_id)s AND every IS NOT NULL
        AND (ran_at IS NULL OR ran_at < CASE every WHEN 'day' THEN %(day)s ELSE %(hour)s END)
    ORDER BY id
"""

# Segments whose condition tests a trait, or what stands within it. Reads the conditions of a workspace once.
FIND_USERS = """
    SELECT id, name FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND archived_at IS NULL AND jsonb_path_exists(
        condition,
        '$.** ? (@.kind == "trait" && (@.name == $name || @.name starts with $within))',
        jsonb_build_object('name', %(name)s::text, 'within', %(name)s::text || '.'))
    ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class TraitRow:
    id: int
    name: str
    description: str
    figure: dict[str, Any]
    every: Every | None
    feed_id: int | None
    state: State
    error: str | None
    people: int
    version: int
    job_id: int | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    ran_at: datetime | None


@dataclass(frozen=True, slots=True)
class TraitDefinition:
    """What of a computed trait people decide. ``every`` is None for live ones."""

    name: str
    description: str
    figure: dict[str, Any]
    every: Every | None


class TraitNameTaken(Exception):
    """Another computed trait has this name."""


async def insert(ctx: Context, new: TraitDefinition) -> TraitRow:
    """Raises ``TraitNameTaken``."""
    try:
        # A savepoint, so that the transaction survives the refusal.
        async with ctx.db.transaction():
            row = await _fetch_one(ctx, INSERT, name=new.name, created_by=ctx.actor.name, **_values(ctx, new))
    except UniqueViolation as error:
        raise TraitNameTaken(new.name) from error
    assert row is not None
    return row


async def update(ctx: Context, trait_id: int, new: TraitDefinition, *, rebuilt: bool) -> TraitRow:
    row = await _fetch_one(ctx, UPDATE, id=trait_id, rebuilt=int(rebuilt), **_values(ctx, new))
    assert row is not None
    return row


def _values(ctx: Context, new: TraitDefinition) -> dict[str, Any]:
    return {
        "description": new.description,
        "figure": Jsonb(new.figure),
        "every": new.every,
        "now": ctx.clock.now(),
    }


async def delete(ctx: Context, trait_id: int) -> None:
    await ctx.db.execute(DELETE, {"workspace_id": ctx.workspace.id, "id": trait_id})


async def find(ctx: Context, trait_id: int) -> TraitRow | None:
    return await _fetch_one(ctx, FIND, id=trait_id)


async def hold(ctx: Context, trait_id: int) -> TraitRow | None:
    """As ``find``; nobody changes it until the transaction ends."""
    return await _fetch_one(ctx, FIND_HELD, id=trait_id)


async def exists(ctx: Context, name: str) -> bool:
    return bool(await _fetch(ctx, FIND_ID, name=name))


async def list_page(ctx: Context, search: str | None, after: str | None, limit: int) -> list[TraitRow]:
    """By name."""
    async with ctx.db.cursor(row_factory=class_row(TraitRow)) as cursor:
        place = {"workspace_id": ctx.workspace.id, "search": _pattern(search), "after": after, "limit": limit}
        await cursor.execute(LIST, place)
        return await cursor.fetchall()


async def count(ctx: Context, search: str | None = None) -> int:
    [(number,)] = await _fetch(ctx, COUNT, search=_pattern(search))
    return number


async def set_job(ctx: Context, trait_id: int, job_id: int) -> None:
    await ctx.db.execute(SET_JOB, {"workspace_id": ctx.workspace.id, "id": trait_id, "job_id": job_id})


async def end_run(
    ctx: Context,
    row: TraitRow,
    state: State,
    *,
    error: str | None = None,
    ran_at: datetime | None = None,
    people: int | None = None,
) -> None:
    """What became of a build or run, unless there is a newer definition."""
    place = {"id": row.id, "version": row.version, "state": state, "error": error, "ran_at": ran_at, "people": people}
    await ctx.db.execute(END_RUN, {"workspace_id": ctx.workspace.id, **place})


async def list_due(ctx: Context, *, hour: datetime, day: datetime) -> list[int]:
    """Scheduled ones that have not run since the present hour or day began."""
    return [trait_id for (trait_id,) in await _fetch(ctx, LIST_DUE, hour=hour, day=day)]


async def find_users(ctx: Context, name: str) -> list[tuple[int, str]]:
    """(id, name) of the segments whose condition asks for the trait."""
    return await _fetch(ctx, FIND_USERS, name=name)


def _pattern(search: str | None) -> str | None:
    if not search:
        return None
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\0", "")
    return f"%{escaped}%"


async def _fetch(ctx: Context, sql: Any, **values: Any) -> list[Any]:
    return await (await ctx.db.execute(sql, {"workspace_id": ctx.workspace.id, **values})).fetchall()


async def _fetch_one(ctx: Context, sql: Any, **values: Any) -> TraitRow | None:
    async with ctx.db.cursor(row_factory=class_row(TraitRow)) as cursor:
        await cursor.execute(sql, {"workspace_id": ctx.workspace.id, **values})
        return await cursor.fetchone()
