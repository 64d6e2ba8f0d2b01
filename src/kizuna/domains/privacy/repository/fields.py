"""SQL of field classes and of the limit on reveals."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from kizuna.domains.privacy.contracts import FieldClass
from kizuna.kernel.fields import FieldKind

Db = AsyncConnection[Any]

READ_CLASSES = """
    SELECT kind, name, class AS field_class, changed_by, changed_at
    FROM privacy_field_classes
    WHERE workspace_id = %(workspace_id)s
"""

WRITE_CLASS = """
    INSERT INTO privacy_field_classes (workspace_id, kind, name, class, changed_by, changed_at)
    VALUES (%(workspace_id)s, %(kind)s, %(name)s, %(field_class)s, %(changed_by)s, %(now)s)
    ON CONFLICT (workspace_id, kind, name) DO UPDATE
    SET class = excluded.class, changed_by = excluded.changed_by, changed_at = excluded.changed_at
"""

DELETE_CLASS = """
    DELETE FROM privacy_field_classes
    WHERE workspace_id = %(workspace_id)s AND kind = %(kind)s AND name = %(name)s
"""

# One at a time for each member, or two requests at once would each see room for one more.
LOCK_REVEALS = "SELECT pg_advisory_xact_lock(hashtextextended('privacy_reveals:' || %(actor)s, %(workspace_id)s))"

FORGET_REVEALS = "DELETE FROM privacy_reveals WHERE workspace_id = %(workspace_id)s AND at <= %(before)s"

COUNT_REVEALS = """
    SELECT count(*), min(at) FROM privacy_reveals
    WHERE workspace_id = %(workspace_id)s AND actor = %(actor)s AND subject <> %(subject)s
"""

WRITE_REVEAL = """
    INSERT INTO privacy_reveals (workspace_id, actor, subject, at)
    VALUES (%(workspace_id)s, %(actor)s, %(subject)s, %(now)s)
    ON CONFLICT (workspace_id, actor, subject) DO UPDATE SET at = excluded.at
"""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """What the workspace decided about one field."""

    kind: FieldKind
    name: str
    field_class: FieldClass
    changed_by: str
    changed_at: datetime


async def read_classes(db: Db, workspace_id: int) -> list[ClassRow]:
    async with db.cursor(row_factory=class_row(ClassRow)) as cursor:
        await cursor.execute(READ_CLASSES, {"workspace_id": workspace_id})
        return await cursor.fetchall()


async def write_class(db: Db, values: dict[str, Any]) -> None:
    await db.execute(WRITE_CLASS, values)


async def delete_class(db: Db, workspace_id: int, kind: FieldKind, name: str) -> None:
    await db.execute(DELETE_CLASS, {"workspace_id": workspace_id, "kind": kind, "name": name})


async def count_other_reveals(db: Db, reveal: dict[str, Any]) -> tuple[int, datetime | None]:
    """How many others an actor revealed since ``before``, and when the first of them was."""
    await db.execute(LOCK_REVEALS, reveal)
    await db.execute(FORGET_REVEALS, reveal)
    row = await (await db.execute(COUNT_REVEALS, reveal)).fetchone()
    return row or (0, None)


async def write_reveal(db: Db, reveal: dict[str, Any]) -> None:
    await db.execute(WRITE_REVEAL, reveal)
