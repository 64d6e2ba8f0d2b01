"""SQL of uploads, imports and mappings."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

Db = AsyncConnection[Any]

ADD_UPLOAD = """
    INSERT INTO collect_uploads (workspace_id, id, filename, bytes, shape, created_by, created_at)
    VALUES (%(workspace_id)s, %(id)s, %(filename)s, %(bytes)s, %(shape)s, %(created_by)s, %(now)s)
"""

FIND_UPLOAD = """
    SELECT id, filename, bytes, shape, created_by, created_at
    FROM collect_uploads
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

# Stopped imports may still go on from their file, so uploads stay long.
DELETE_OLD_UPLOADS = """
    DELETE FROM collect_uploads
    WHERE workspace_id = %(workspace_id)s AND created_at < %(before)s
    RETURNING id
"""

IMPORT_COLUMNS = """
    id, upload_id, filename, kind, mapping, options, source_id, dry_run, rows_read, rows_accepted, rows_refused,
    events_sent, events_known, refusals, samples, created_by, created_at
"""

ADD_IMPORT = """
    INSERT INTO collect_imports
        (workspace_id, id, upload_id, filename, kind, mapping, options, source_id, dry_run, created_by, created_at)
    VALUES
        (%(workspace_id)s, %(id)s, %(upload_id)s, %(filename)s, %(kind)s, %(mapping)s, %(options)s, %(source_id)s,
         %(dry_run)s, %(created_by)s, %(now)s)
"""

FIND_IMPORT = f"""
    SELECT {IMPORT_COLUMNS} FROM collect_imports WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""  # noqa: S608  # columns are ours

LIST_IMPORTS = f"""
    SELECT {IMPORT_COLUMNS} FROM collect_imports
    WHERE workspace_id = %(workspace_id)s AND (%(before_id)s::int IS NULL OR id < %(before_id)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""  # noqa: S608

COUNT = """
    UPDATE collect_imports
    SET rows_read = %(rows_read)s, rows_accepted = %(rows_accepted)s, rows_refused = %(rows_refused)s,
        events_sent = %(events_sent)s, events_known = %(events_known)s,
        refusals = %(refusals)s, samples = %(samples)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

HAS_EARLIER = """
    SELECT EXISTS (
        SELECT FROM collect_imports
        WHERE workspace_id = %(workspace_id)s AND source_id = %(source_id)s AND id <> %(id)s
          AND NOT dry_run AND events_sent > 0)
"""

LIST_MAPPINGS = """
    SELECT id, name, kind, mapping, options, created_by, created_at
    FROM collect_mappings
    WHERE workspace_id = %(workspace_id)s
    ORDER BY kind, name
"""

# Saving under a known name replaces what stood there.
SAVE_MAPPING = """
    INSERT INTO collect_mappings (workspace_id, name, kind, mapping, options, created_by, created_at)
    VALUES (%(workspace_id)s, %(name)s, %(kind)s, %(mapping)s, %(options)s, %(created_by)s, %(now)s)
    ON CONFLICT (workspace_id, kind, name) DO UPDATE
    SET mapping = excluded.mapping, options = excluded.options, created_by = excluded.created_by,
        created_at = excluded.created_at
    RETURNING id, name, kind, mapping, options, created_by, created_at
"""

DELETE_MAPPING = "DELETE FROM collect_mappings WHERE workspace_id = %(workspace_id)s AND id = %(id)s"

INBOX_EVENTS = "SELECT collect_inbox_events()"

# Two imports that start together must not make the default source twice.
LOCK_SOURCES = "SELECT pg_advisory_xact_lock(1667198836, %(workspace_id)s)"

FIND_DEFAULT_SOURCE = """
    SELECT id FROM collect_sources
    WHERE workspace_id = %(workspace_id)s AND kind = 'import'
      AND settings ->> 'default_for' = %(kind)s AND touchpoint = %(touchpoint)s
    ORDER BY id
    LIMIT 1
"""


class UploadRow(msgspec.Struct, frozen=True):
    id: UUID
    filename: str
    bytes: int
    shape: dict[str, Any]
    created_by: str
    created_at: datetime


class ImportRow(msgspec.Struct, frozen=True):
    id: int
    upload_id: UUID
    filename: str
    kind: str
    mapping: dict[str, str]
    options: dict[str, Any]
    source_id: int
    dry_run: bool
    rows_read: int
    rows_accepted: int
    rows_refused: int
    events_sent: int
    events_known: int
    refusals: list[dict[str, Any]]
    samples: list[dict[str, Any]]
    created_by: str
    created_at: datetime


class MappingRow(msgspec.Struct, frozen=True):
    id: int
    name: str
    kind: str
    mapping: dict[str, str]
    options: dict[str, Any]
    created_by: str
    created_at: datetime


async def add_upload(db: Db, row: dict[str, Any]) -> None:
    await db.execute(ADD_UPLOAD, row | {"shape": Jsonb(row["shape"])})


async def find_upload(db: Db, workspace_id: int, upload_id: UUID) -> UploadRow | None:
    async with db.cursor(row_factory=class_row(UploadRow)) as cursor:
        return await (await cursor.execute(FIND_UPLOAD, {"workspace_id": workspace_id, "id": upload_id})).fetchone()


async def delete_old_uploads(db: Db, workspace_id: int, before: datetime) -> list[UUID]:
    rows = await (await db.execute(DELETE_OLD_UPLOADS, {"workspace_id": workspace_id, "before": before})).fetchall()
    return [row[0] for row in rows]


async def add_import(db: Db, row: dict[str, Any]) -> None:
    await db.execute(ADD_IMPORT, row | {"mapping": Jsonb(row["mapping"]), "options": Jsonb(row["options"])})


async def find_import(db: Db, workspace_id: int, import_id: int) -> ImportRow | None:
    async with db.cursor(row_factory=class_row(ImportRow)) as cursor:
        return await (await cursor.execute(FIND_IMPORT, {"workspace_id": workspace_id, "id": import_id})).fetchone()


async def list_imports(db: Db, workspace_id: int, limit: int, before_id: int | None) -> list[ImportRow]:
    values = {"workspace_id": workspace_id, "limit": limit, "before_id": before_id}
    async with db.cursor(row_factory=class_row(ImportRow)) as cursor:
        return await (await cursor.execute(LIST_IMPORTS, values)).fetchall()


async def count(db: Db, row: dict[str, Any]) -> None:
    await db.execute(COUNT, row | {"refusals": Jsonb(row["refusals"]), "samples": Jsonb(row["samples"])})


async def has_earlier(db: Db, workspace_id: int, source_id: int, import_id: int) -> bool:
    """Whether another import brought events of this source."""
    values = {"workspace_id": workspace_id, "source_id": source_id, "id": import_id}
    row = await (await db.execute(HAS_EARLIER, values)).fetchone()
    return bool(row and row[0])


async def list_mappings(db: Db, workspace_id: int) -> list[MappingRow]:
    async with db.cursor(row_factory=class_row(MappingRow)) as cursor:
        return await (await cursor.execute(LIST_MAPPINGS, {"workspace_id": workspace_id})).fetchall()


async def save_mapping(db: Db, row: dict[str, Any]) -> MappingRow:
    values = row | {"mapping": Jsonb(row["mapping"]), "options": Jsonb(row["options"])}
    async with db.cursor(row_factory=class_row(MappingRow)) as cursor:
        saved = await (await cursor.execute(SAVE_MAPPING, values)).fetchone()
    assert saved is not None
    return saved


async def delete_mapping(db: Db, workspace_id: int, mapping_id: int) -> bool:
    return (await db.execute(DELETE_MAPPING, {"workspace_id": workspace_id, "id": mapping_id})).rowcount == 1


async def inbox_events(db: Db) -> int:
    """Events of the workspace that wait for the drain."""
    row = await (await db.execute(INBOX_EVENTS)).fetchone()
    return int(row[0]) if row else 0


async def find_default_source(db: Db, workspace_id: int, kind: str, touchpoint: str) -> int | None:
    """The source that imports of this kind use when none is named; until the commit nobody else makes one."""
    await db.execute(LOCK_SOURCES, {"workspace_id": workspace_id})
    values = {"workspace_id": workspace_id, "kind": kind, "touchpoint": touchpoint}
    row = await (await db.execute(FIND_DEFAULT_SOURCE, values)).fetchone()
    return None if row is None else int(row[0])
