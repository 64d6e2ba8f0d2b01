"""Members and their sessions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from kizuna.domains.workspace.contracts import Role

Db = AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class MemberRow:
    workspace_id: int
    id: int
    name: str
    email: str
    role: Role
    language: str
    password_hash: str
    disabled: bool
    created_at: datetime
    last_seen_at: datetime | None
    reset_requested_at: datetime | None
    linked: bool
    """To a person at the provider."""
    totp: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member an e-mail may mean, with the workspace to choose among."""

    workspace_id: int
    slug: str
    workspace_name: str
    member_id: int
    role: Role
    password_hash: str
    totp: bool
    provider: str | None
    password_allowed: bool


# Unscoped: columns of statements that are; the sub-select binds the workspace to the member's.
COLUMNS = """
    workspace_id, id, name, email, role, language, password_hash, disabled, created_at, last_seen_at,
    reset_requested_at, oidc_subject IS NOT NULL AS linked,
    EXISTS (
        SELECT FROM workspace_totp t
        WHERE t.workspace_id = workspace_members.workspace_id AND t.member_id = workspace_members.id
            AND t.confirmed_at IS NOT NULL
    ) AS totp
"""

INSERT = """
    INSERT INTO workspace_members (workspace_id, name, email, role, language, password_hash, created_at)
    VALUES (%(workspace_id)s, %(name)s, %(email)s, %(role)s, %(language)s, %(password_hash)s, %(now)s)
    ON CONFLICT (workspace_id, email) DO NOTHING
    RETURNING id
"""

# Unscoped: whoever signs in has not said which workspace; for the role that may ask.
CANDIDATES = """
    SELECT m.workspace_id, w.slug, w.name AS workspace_name, m.id AS member_id, m.role, m.password_hash,
        t.confirmed_at IS NOT NULL AS totp, o.name AS provider, coalesce(o.password_allowed, true) AS password_allowed
    FROM workspace_members m JOIN workspace_workspaces w ON w.id = m.workspace_id
    LEFT JOIN workspace_totp t ON t.workspace_id = m.workspace_id AND t.member_id = m.id
    LEFT JOIN workspace_oidc o ON o.workspace_id = m.workspace_id
    WHERE m.email = %(email)s AND NOT m.disabled
    ORDER BY w.name, m.workspace_id
    LIMIT 20
"""

FIND = f"SELECT {COLUMNS} FROM workspace_members WHERE workspace_id = %s AND id = %s"  # noqa: S608  # column names only
FOR_UPDATE = " FOR UPDATE"

OWNERS = """
    SELECT id FROM workspace_members
    WHERE workspace_id = %(workspace_id)s AND role = 'owner' AND NOT disabled
    ORDER BY id FOR UPDATE
"""


async def insert(db: Db, values: dict[str, object]) -> int | None:
    """The new member's id; None when the e-mail is taken in this workspace."""
    row = await (await db.execute(INSERT, values)).fetchone()
    return None if row is None else int(row[0])


async def find(db: Db, workspace_id: int, member_id: int, *, lock: bool = False) -> MemberRow | None:
    async with db.cursor(row_factory=class_row(MemberRow)) as cursor:
        await cursor.execute(FIND + FOR_UPDATE if lock else FIND, (workspace_id, member_id))
        return await cursor.fetchone()


async def find_by_email(db: Db, workspace_id: int, email: str) -> MemberRow | None:
    query = f"SELECT {COLUMNS} FROM workspace_members WHERE workspace_id = %s AND email = %s"  # noqa: S608
    async with db.cursor(row_factory=class_row(MemberRow)) as cursor:
        await cursor.execute(query, (workspace_id, email))
        return await cursor.fetchone()


async def list_all(db: Db, workspace_id: int) -> list[MemberRow]:
    query = f"SELECT {COLUMNS} FROM workspace_members WHERE workspace_id = %s ORDER BY disabled, name, id"  # noqa: S608
    async with db.cursor(row_factory=class_row(MemberRow)) as cursor:
        await cursor.execute(query, (workspace_id,))
        return await cursor.fetchall()


async def list_candidates(db: Db, email: str) -> list[Candidate]:
    """Whom an e-mail may mean, in all workspaces; for the role that signs people in."""
    async with db.cursor(row_factory=class_row(Candidate)) as cursor:
        await cursor.execute(CANDIDATES, {"email": email})
        return await cursor.fetchall()


async def lock_owners(db: Db, workspace_id: int) -> list[int]:
    """Active owners, locked: two owners who remove each other at once must not both succeed."""
    return [row[0] for row in await (await db.execute(OWNERS, {"workspace_id": workspace_id})).fetchall()]


async def set_role_and_state(db: Db, workspace_id: int, member_id: int, role: str, disabled: bool) -> None:
    await db.execute(
        "UPDATE workspace_members SET role = %s, disabled = %s WHERE workspace_id = %s AND id = %s",
        (role, disabled, workspace_id, member_id),
    )


async def set_profile(db: Db, workspace_id: int, member_id: int, name: str, language: str) -> None:
    await db.execute(
        "UPDATE workspace_members SET name = %s, language = %s WHERE workspace_id = %s AND id = %s",
        (name, language, workspace_id, member_id),
    )


async def set_password(db: Db, workspace_id: int, member_id: int, password_hash: str) -> None:
    await db.execute(
        """
        UPDATE workspace_members SET password_hash = %s, reset_requested_at = NULL
        WHERE workspace_id = %s AND id = %s
        """,
        (password_hash, workspace_id, member_id),
    )


async def touch(db: Db, workspace_id: int, member_id: int, now: datetime) -> None:
    await db.execute(
        "UPDATE workspace_members SET last_seen_at = %s WHERE workspace_id = %s AND id = %s",
        (now, workspace_id, member_id),
    )


async def note_reset_request(db: Db, workspace_id: int, member_id: int, now: datetime, since: datetime) -> bool:
    """False when one was noted after ``since`` already."""
    done = await db.execute(
        """
        UPDATE workspace_members SET reset_requested_at = %(now)s
        WHERE workspace_id = %(workspace_id)s AND id = %(id)s
            AND (reset_requested_at IS NULL OR reset_requested_at < %(since)s)
        """,
        {"now": now, "since": since, "workspace_id": workspace_id, "id": member_id},
    )
    return done.rowcount == 1
