"""Workspaces."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from kizuna.domains.workspace.contracts import WorkspaceRef
from kizuna.kernel.context import Workspace

Db = AsyncConnection[Any]

SETUP_LOCK = 0x6B7A5345  # two wizards finished at the same moment make one workspace

LOAD = """
    SELECT id, slug, name, time_zone, currency, week_start, language, country
    FROM workspace_workspaces WHERE id = %(id)s
"""

INSERT = """
    INSERT INTO workspace_workspaces
        (id, public_id, slug, name, time_zone, currency, week_start, language, country, created_at)
    VALUES (%(id)s, %(public_id)s, %(slug)s, %(name)s, %(time_zone)s, %(currency)s, %(week_start)s,
        %(language)s, %(country)s, %(now)s)
    ON CONFLICT (slug) DO NOTHING
    RETURNING id
"""

UPDATE = """
    UPDATE workspace_workspaces
    SET name = %(name)s, time_zone = %(time_zone)s, currency = %(currency)s, week_start = %(week_start)s,
        language = %(language)s, country = %(country)s
    WHERE id = %(id)s
"""


async def load(db: Db, workspace_id: int) -> Workspace | None:
    async with db.cursor(row_factory=class_row(Workspace)) as cursor:
        await cursor.execute(LOAD, {"id": workspace_id})
        return await cursor.fetchone()


async def any_exists(db: Db) -> bool:
    row = await (await db.execute("SELECT workspace_any_exists()")).fetchone()
    return bool(row and row[0])


async def lock_setup(db: Db) -> None:
    """Holds back other wizards until this transaction ends."""
    await db.execute("SELECT pg_advisory_xact_lock(%s)", (SETUP_LOCK,))


async def lock(db: Db, workspace_id: int) -> None:
    """Changes of a workspace's settings come one after the other."""
    await db.execute("SELECT FROM workspace_workspaces WHERE id = %s FOR NO KEY UPDATE", (workspace_id,))


async def enter_new(db: Db) -> int:
    """Draws the id of a workspace to be and makes the transaction its own, so that its policies let it in."""
    row = await (
        await db.execute(
            """
            SELECT set_config('kizuna.workspace_id', nextval('workspace_workspaces_id_seq')::text, true)::integer
            """
        )
    ).fetchone()
    assert row
    return int(row[0])


async def insert(db: Db, values: dict[str, object], public_id: UUID) -> bool:
    """False when the slug is taken."""
    return (await (await db.execute(INSERT, {**values, "public_id": public_id})).fetchone()) is not None


async def update(db: Db, workspace: Workspace) -> None:
    await db.execute(
        UPDATE,
        {
            "id": workspace.id,
            "name": workspace.name,
            "time_zone": workspace.time_zone,
            "currency": workspace.currency,
            "week_start": workspace.week_start,
            "language": workspace.language,
            "country": workspace.country,
        },
    )


async def list_refs(db: Db) -> list[WorkspaceRef]:
    """All workspaces by name; for the role that signs people in."""
    async with db.cursor(row_factory=class_row(WorkspaceRef)) as cursor:
        await cursor.execute("SELECT id, slug, name FROM workspace_workspaces ORDER BY slug")
        return await cursor.fetchall()


async def list_ids(db: Db) -> list[int]:
    """All workspaces; for the roles of the worker and the drain."""
    return [row[0] for row in await (await db.execute("SELECT id FROM workspace_workspaces ORDER BY id")).fetchall()]
