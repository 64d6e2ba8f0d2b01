"""SQL that finds people in what was collected, and takes them out of it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

Db = AsyncConnection[Any]

PAGE = 200

# Under the role drain; a batch that is being streamed is waited for.
CHUNKS = """
    SELECT id, state, events, payload FROM collect_inbox
    WHERE workspace_id = %(workspace_id)s AND id > %(above)s
    ORDER BY id
    LIMIT 20
    FOR UPDATE
"""

# Without a lock: to be told of, not changed.
CHUNKS_READ = """
    SELECT id, state, events, payload FROM collect_inbox
    WHERE workspace_id = %(workspace_id)s AND id > %(above)s
    ORDER BY id
    LIMIT 20
"""

SET_ASIDE = """
    SELECT id, at, kind, events, sample, payload FROM collect_set_aside
    WHERE workspace_id = %(workspace_id)s AND id > %(above)s
    ORDER BY id
    LIMIT 20
    FOR UPDATE
"""
WRITE_SET_ASIDE = """
    UPDATE collect_set_aside SET events = %(events)s, sample = %(sample)s::jsonb, payload = %(payload)b
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
DELETE_SET_ASIDE = "DELETE FROM collect_set_aside WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)"

REQUESTS = """
    SELECT id, at, source_id, body, events, errors FROM collect_requests
    WHERE workspace_id = %(workspace_id)s AND id > %(above)s
    ORDER BY id
    LIMIT %(limit)s
"""
DELETE_REQUESTS = "DELETE FROM collect_requests WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)"

REFUSALS = """
    SELECT id, at, source_id, reason, sample FROM collect_refusals
    WHERE workspace_id = %(workspace_id)s AND id > %(above)s
    ORDER BY id
    LIMIT %(limit)s
"""
DELETE_REFUSALS = "DELETE FROM collect_refusals WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)"

# An example is of one event, and nothing tells whose it was; the next events bring others.
FORGET_EXAMPLES = "UPDATE collect_properties SET example = '' WHERE workspace_id = %(workspace_id)s AND example <> ''"
READ_NAMES = "SELECT id, name FROM collect_names WHERE workspace_id = %(workspace_id)s"
RENAME = "UPDATE collect_names SET name = %(name)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
READ_PATHS = "SELECT name_id, path FROM collect_properties WHERE workspace_id = %(workspace_id)s"
DELETE_PATH = """
    DELETE FROM collect_properties
    WHERE workspace_id = %(workspace_id)s AND name_id = %(name_id)s AND path = %(path)s
"""
LOCK_TAIL = "SELECT events FROM collect_tail WHERE workspace_id = %(workspace_id)s FOR UPDATE"
WRITE_TAIL = "UPDATE collect_tail SET events = %(events)s WHERE workspace_id = %(workspace_id)s"

LIST_IMPORTS = "SELECT id, upload_id, filename FROM collect_imports WHERE workspace_id = %(workspace_id)s ORDER BY id"
LIST_UPLOAD_IDS = "SELECT id, filename, doomed FROM collect_uploads WHERE workspace_id = %(workspace_id)s ORDER BY id"
DELETE_UPLOADS = "DELETE FROM collect_uploads WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)"
DOOM_UPLOAD = """
    UPDATE collect_uploads
    SET doomed = true, filename = %(filename)s, shape = jsonb_set(
        jsonb_set(shape, '{preview}', '[]'), '{columns}',
        coalesce((SELECT jsonb_agg(one - 'examples') FROM jsonb_array_elements(shape->'columns') AS one), '[]'))
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
FORGET_SAMPLES = """
    UPDATE collect_imports SET samples = '[]', refusals = '[]', filename = %(filename)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""


async def walk(db: Db, query: LiteralString, workspace_id: int, limit: int = PAGE) -> AsyncIterator[dict[str, Any]]:
    """Rows of a query that goes on above an id, some at a time."""
    above = -1
    while True:
        async with db.cursor(row_factory=dict_row, binary=True) as cursor:
            await cursor.execute(query, {"workspace_id": workspace_id, "above": above, "limit": limit})
            rows = await cursor.fetchall()
        for row in rows:
            yield row
        if not rows:
            return
        above = rows[-1]["id"]


async def delete_rows(db: Db, query: LiteralString, workspace_id: int, ids: Sequence[int | UUID]) -> int:
    return (await db.execute(query, {"workspace_id": workspace_id, "ids": list(ids)})).rowcount if ids else 0


async def write_set_aside(db: Db, workspace_id: int, id_: int, events: int, sample: str, payload: bytes) -> None:
    values = {"workspace_id": workspace_id, "id": id_, "events": events, "sample": sample, "payload": payload}
    await db.execute(WRITE_SET_ASIDE, values)


async def forget_examples(db: Db, workspace_id: int) -> int:
    return (await db.execute(FORGET_EXAMPLES, {"workspace_id": workspace_id})).rowcount


async def list_names(db: Db, workspace_id: int) -> list[tuple[int, str]]:
    return await (await db.execute(READ_NAMES, {"workspace_id": workspace_id})).fetchall()


async def rename(db: Db, workspace_id: int, id_: int, name: str) -> None:
    await db.execute(RENAME, {"workspace_id": workspace_id, "id": id_, "name": name})


async def list_paths(db: Db, workspace_id: int) -> list[tuple[int, str]]:
    return await (await db.execute(READ_PATHS, {"workspace_id": workspace_id})).fetchall()


async def delete_path(db: Db, workspace_id: int, name_id: int, path: str) -> None:
    await db.execute(DELETE_PATH, {"workspace_id": workspace_id, "name_id": name_id, "path": path})


async def lock_tail(db: Db, workspace_id: int) -> list[dict[str, Any]]:
    row = await (await db.execute(LOCK_TAIL, {"workspace_id": workspace_id})).fetchone()
    return row[0] if row else []


async def write_tail(db: Db, workspace_id: int, events: list[dict[str, Any]]) -> None:
    await db.execute(WRITE_TAIL, {"workspace_id": workspace_id, "events": Jsonb(events)})


async def list_uploads(db: Db, workspace_id: int) -> list[tuple[UUID, str, bool]]:
    """(id, file name, doomed)"""
    return await (await db.execute(LIST_UPLOAD_IDS, {"workspace_id": workspace_id})).fetchall()


async def list_imports(db: Db, workspace_id: int) -> list[tuple[int, UUID, str]]:
    """(id, upload, file name)"""
    return await (await db.execute(LIST_IMPORTS, {"workspace_id": workspace_id})).fetchall()


async def doom_upload(db: Db, workspace_id: int, id_: UUID, filename: str) -> None:
    """Its file goes when the import that reads it has ended; what was shown of it goes now."""
    await db.execute(DOOM_UPLOAD, {"workspace_id": workspace_id, "id": id_, "filename": filename})


async def forget_samples(db: Db, workspace_id: int, id_: int, filename: str) -> None:
    await db.execute(FORGET_SAMPLES, {"workspace_id": workspace_id, "id": id_, "filename": filename})
