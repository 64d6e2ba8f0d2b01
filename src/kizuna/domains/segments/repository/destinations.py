"""SQL of destinations and of who they may know of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from kizuna.kernel.context import Context

_COLUMNS = """
    id, segment_id, kind, name, purpose, recipient, recipient_address, basis, settings, secrets_sealed, contact,
    sensitive, enabled, paused_at, failing_since, missed_at, last_sent_at, last_move_id, lease_id, lease_until, job_id,
    created_by, created_at, updated_at
"""

FIND_SEGMENT = """
    SELECT name, archived_at IS NOT NULL FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

INSERT = f"""
    INSERT INTO segments_destinations (
        workspace_id, segment_id, kind, name, purpose, recipient, recipient_address, basis, settings, secrets_sealed,
        contact, sensitive, enabled, last_move_id, created_by, created_at, updated_at)
    VALUES (
        %(workspace_id)s, %(segment_id)s, %(kind)s, %(name)s, %(purpose)s, %(recipient)s, %(recipient_address)s,
        %(basis)s, %(settings)s, %(secrets_sealed)s, %(contact)s, %(sensitive)s, %(enabled)s, %(last_move_id)s,
        %(created_by)s, %(now)s, %(now)s)
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only, here and below

UPDATE = f"""
    UPDATE segments_destinations
    SET name = %(name)s, purpose = %(purpose)s, recipient = %(recipient)s, recipient_address = %(recipient_address)s,
        basis = %(basis)s, settings = %(settings)s, secrets_sealed = %(secrets_sealed)s, contact = %(contact)s,
        sensitive = %(sensitive)s, enabled = %(enabled)s, paused_at = %(paused_at)s,
        failing_since = %(failing_since)s, missed_at = %(missed_at)s, last_move_id = %(last_move_id)s,
        updated_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
    RETURNING {_COLUMNS}
"""  # noqa: S608

FIND = f"""
    SELECT {_COLUMNS} FROM segments_destinations WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""  # noqa: S608

FIND_LOCKED = f"""
    SELECT {_COLUMNS} FROM segments_destinations WHERE workspace_id = %(workspace_id)s AND id = %(id)s FOR UPDATE
"""  # noqa: S608

LIST = f"""
    SELECT {_COLUMNS} FROM segments_destinations
    WHERE workspace_id = %(workspace_id)s AND segment_id = %(segment_id)s AND id > %(after)s
    ORDER BY id
    LIMIT %(limit)s
"""  # noqa: S608

# Locked in the order of their ids: two changes of one segment wait for each other, and never in a circle.
FIND_SENT = """
    SELECT DISTINCT segment_id FROM segments_destinations
    WHERE workspace_id = %(workspace_id)s AND segment_id = ANY (%(segment_ids)s::integer[])
"""

LIST_LOCKED = f"""
    SELECT {_COLUMNS} FROM segments_destinations
    WHERE workspace_id = %(workspace_id)s AND segment_id = %(segment_id)s
    ORDER BY id
    FOR UPDATE
"""  # noqa: S608

COUNT = """
    SELECT count(*) FROM segments_destinations WHERE workspace_id = %(workspace_id)s AND segment_id = %(segment_id)s
"""

DELETE = "DELETE FROM segments_destinations WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING id"
DELETE_TOLD = "DELETE FROM segments_told WHERE workspace_id = %(workspace_id)s AND destination_id = %(id)s"

LAST_MOVE = """
    SELECT coalesce(max(id), 0) FROM segments_moves WHERE workspace_id = %(workspace_id)s AND segment_id = %(id)s
"""

SET_JOB = "UPDATE segments_destinations SET job_id = %(job_id)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"

# Who holds the lease sends; one that was held longer than it may belongs to a worker that is gone.
CLAIM = f"""
    UPDATE segments_destinations SET lease_id = %(lease_id)s, lease_until = %(until)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND enabled
        AND (lease_until IS NULL OR lease_until < %(now)s OR lease_id = %(lease_id)s)
    RETURNING {_COLUMNS}
"""  # noqa: S608

RELEASE = """
    UPDATE segments_destinations SET lease_id = NULL, lease_until = NULL
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_id = %(lease_id)s
"""

NOTE_SUCCESS = """
    UPDATE segments_destinations SET failing_since = NULL, last_sent_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

NOTE_FAILURE = """
    UPDATE segments_destinations SET failing_since = coalesce(failing_since, %(now)s),
        missed_at = CASE WHEN %(missed)s THEN coalesce(missed_at, %(now)s) ELSE missed_at END
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
    RETURNING failing_since
"""

PAUSE = """
    UPDATE segments_destinations SET enabled = false, paused_at = %(now)s, missed_at = coalesce(missed_at, %(now)s)
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

NOTE_MISSED = """
    UPDATE segments_destinations SET missed_at = coalesce(missed_at, %(now)s)
    WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s::integer[])
"""

NOTE_COMPLETE = """
    UPDATE segments_destinations SET missed_at = NULL WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

NOTE_MOVE = """
    UPDATE segments_destinations SET last_move_id = greatest(last_move_id, %(move_id)s)
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

READ_TOLD = """
    SELECT chunk, payload FROM segments_told
    WHERE workspace_id = %(workspace_id)s AND destination_id = %(destination_id)s
        AND (%(chunks)s::integer[] IS NULL OR chunk = ANY (%(chunks)s::integer[]))
    ORDER BY chunk
    FOR UPDATE
"""

WRITE_TOLD = """
    INSERT INTO segments_told (workspace_id, destination_id, chunk, payload)
    SELECT %(workspace_id)s, %(destination_id)s, written.chunk, written.payload
    FROM unnest(%(chunks)s::integer[], %(payloads)s::bytea[]) AS written (chunk, payload)
    ON CONFLICT (workspace_id, destination_id, chunk) DO UPDATE SET payload = excluded.payload
"""

DESTINATIONS_TOLD = """
    SELECT DISTINCT destination_id FROM segments_told WHERE workspace_id = %(workspace_id)s AND chunk = ANY (%(chunks)s)
"""


@dataclass(frozen=True, slots=True)
class DestinationRow:
    id: int
    segment_id: int
    kind: str
    name: str
    purpose: str
    recipient: str
    recipient_address: str
    basis: str
    settings: dict[str, Any]
    secrets_sealed: bytes
    contact: bool
    sensitive: bool
    enabled: bool
    paused_at: datetime | None
    failing_since: datetime | None
    missed_at: datetime | None
    last_sent_at: datetime | None
    last_move_id: int
    lease_id: UUID | None
    lease_until: datetime | None
    job_id: int | None
    created_by: str
    created_at: datetime
    updated_at: datetime


async def find_segment(ctx: Context, segment_id: int) -> tuple[str, bool] | None:
    """Name, and whether it is archived."""
    cursor = await ctx.db.execute(FIND_SEGMENT, {"workspace_id": ctx.workspace.id, "id": segment_id})
    return await cursor.fetchone()


async def _fetch(ctx: Context, query: Any, parameters: dict[str, Any]) -> list[DestinationRow]:
    async with ctx.db.cursor(row_factory=class_row(DestinationRow)) as cursor:
        await cursor.execute(query, {"workspace_id": ctx.workspace.id, **parameters})
        return await cursor.fetchall()


async def insert(ctx: Context, values: dict[str, Any]) -> DestinationRow:
    given = values | {"settings": Jsonb(values["settings"]), "now": ctx.clock.now()}
    return (await _fetch(ctx, INSERT, given))[0]


async def update(ctx: Context, values: dict[str, Any]) -> DestinationRow:
    given = values | {"settings": Jsonb(values["settings"]), "now": ctx.clock.now()}
    return (await _fetch(ctx, UPDATE, given))[0]


async def find(ctx: Context, id_: int, *, lock: bool = False) -> DestinationRow | None:
    found = await _fetch(ctx, FIND_LOCKED if lock else FIND, {"id": id_})
    return found[0] if found else None


async def list_page(ctx: Context, segment_id: int, after: int, limit: int) -> list[DestinationRow]:
    return await _fetch(ctx, LIST, {"segment_id": segment_id, "after": after, "limit": limit})


async def find_sent(ctx: Context, segment_ids: Iterable[int]) -> set[int]:
    """Those of some segments that have destinations."""
    place = {"workspace_id": ctx.workspace.id, "segment_ids": sorted(segment_ids)}
    return {id_ for (id_,) in await (await ctx.db.execute(FIND_SENT, place)).fetchall()}


async def lock_all(ctx: Context, segment_id: int) -> list[DestinationRow]:
    return await _fetch(ctx, LIST_LOCKED, {"segment_id": segment_id})


async def _read_number(ctx: Context, query: Any, parameters: dict[str, Any]) -> int:
    cursor = await ctx.db.execute(query, {"workspace_id": ctx.workspace.id, **parameters})
    row = await cursor.fetchone()
    return row[0] if row else 0


async def count(ctx: Context, segment_id: int) -> int:
    return await _read_number(ctx, COUNT, {"segment_id": segment_id})


async def read_last_move(ctx: Context, segment_id: int) -> int:
    return await _read_number(ctx, LAST_MOVE, {"id": segment_id})


async def _run(ctx: Context, query: Any, parameters: dict[str, Any]) -> None:
    given = {"workspace_id": ctx.workspace.id, "now": ctx.clock.now(), **parameters}
    await ctx.db.execute(query, given)


async def delete(ctx: Context, id_: int) -> None:
    """Its deliveries go elsewhere: ``deliveries.delete_of``."""
    await _run(ctx, DELETE_TOLD, {"id": id_})
    await _run(ctx, DELETE, {"id": id_})


async def set_job(ctx: Context, id_: int, job_id: int) -> None:
    await _run(ctx, SET_JOB, {"id": id_, "job_id": job_id})


async def claim(ctx: Context, id_: int, lease_id: UUID, until: datetime) -> DestinationRow | None:
    """None when another holds it, or it is off."""
    given = {"id": id_, "lease_id": lease_id, "until": until, "now": ctx.clock.now()}
    found = await _fetch(ctx, CLAIM, given)
    return found[0] if found else None


async def release(ctx: Context, id_: int, lease_id: UUID) -> None:
    await _run(ctx, RELEASE, {"id": id_, "lease_id": lease_id})


async def note_success(ctx: Context, id_: int) -> None:
    await _run(ctx, NOTE_SUCCESS, {"id": id_})


async def note_failure(ctx: Context, id_: int, *, missed: bool) -> datetime:
    """Since when it has been failing. ``missed``: something was given up that it does not know now."""
    given = {"workspace_id": ctx.workspace.id, "id": id_, "now": ctx.clock.now(), "missed": missed}
    row = await (await ctx.db.execute(NOTE_FAILURE, given)).fetchone()
    return row[0] if row else ctx.clock.now()


async def pause(ctx: Context, id_: int) -> None:
    await _run(ctx, PAUSE, {"id": id_})


async def note_missed(ctx: Context, ids: Sequence[int]) -> None:
    await _run(ctx, NOTE_MISSED, {"ids": list(ids)})


async def note_complete(ctx: Context, id_: int) -> None:
    await _run(ctx, NOTE_COMPLETE, {"id": id_})


async def note_move(ctx: Context, id_: int, move_id: int) -> None:
    await _run(ctx, NOTE_MOVE, {"id": id_, "move_id": move_id})


async def read_told(ctx: Context, destination_id: int, keys: Iterable[int] | None = None) -> BitMap:
    """Profile keys that it may know of: all, or those in the chunks of some keys, which are locked."""
    chunks = None if keys is None else sorted({key >> 16 for key in keys})
    given = {"workspace_id": ctx.workspace.id, "destination_id": destination_id, "chunks": chunks}
    rows = await (await ctx.db.execute(READ_TOLD, given)).fetchall()
    return BitMap.union(*(BitMap.deserialize(payload) for _, payload in rows)) if rows else BitMap()


async def change_told(ctx: Context, destination_id: int, add: BitMap, remove: BitMap) -> None:
    touched = sorted({key >> 16 for key in add | remove})
    if not touched:
        return
    told = ((await read_told(ctx, destination_id, add | remove)) | add) - remove
    payloads = [
        told[told.rank((chunk << 16) - 1) if chunk else 0 : told.rank((chunk << 16) | 0xFFFF)] for chunk in touched
    ]
    given = {
        "workspace_id": ctx.workspace.id,
        "destination_id": destination_id,
        "chunks": touched,
        "payloads": [payload.serialize() for payload in payloads],
    }
    await ctx.db.execute(WRITE_TOLD, given)


async def forget_told(ctx: Context, keys: Iterable[int]) -> int:
    """Takes people out of what every destination may know; returns from how many."""
    wanted = BitMap(keys)
    chunks = sorted({key >> 16 for key in wanted})
    cursor = await ctx.db.execute(DESTINATIONS_TOLD, {"workspace_id": ctx.workspace.id, "chunks": chunks})
    changed = 0
    for (destination_id,) in await cursor.fetchall():
        if (await read_told(ctx, destination_id, wanted)) & wanted:
            await change_told(ctx, destination_id, BitMap(), wanted)
            changed += 1
    return changed


async def list_telling(ctx: Context, keys: Iterable[int]) -> list[DestinationRow]:
    """Destinations that may know of the person with these keys."""
    wanted = BitMap(keys)
    chunks = sorted({key >> 16 for key in wanted})
    cursor = await ctx.db.execute(DESTINATIONS_TOLD, {"workspace_id": ctx.workspace.id, "chunks": chunks})
    found = [id_ for (id_,) in await cursor.fetchall() if (await read_told(ctx, id_, wanted)) & wanted]
    return [row for id_ in found if (row := await find(ctx, id_)) is not None]
