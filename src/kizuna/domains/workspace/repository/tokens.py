"""Invitations, password resets and API keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from kizuna.domains.workspace.contracts import Role

Db = AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class InvitationRow:
    id: int
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation found by its token; ``workspace_name`` is shown to the invited."""

    workspace_id: int
    workspace_name: str
    id: int
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class OpenReset:
    workspace_id: int
    id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class KeyRow:
    id: int
    name: str
    prefix: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    last_used_at: datetime | None


INSERT_INVITATION = """
    INSERT INTO workspace_invitations (workspace_id, email, role, token_hash, invited_by, created_at, expires_at)
    VALUES (%(workspace_id)s, %(email)s, %(role)s, %(token_hash)s, %(invited_by)s, %(now)s, %(expires_at)s)
    RETURNING id, email, role, invited_by, created_at, expires_at
"""

LIST_INVITATIONS = """
    SELECT id, email, role, invited_by, created_at, expires_at FROM workspace_invitations
    WHERE workspace_id = %s AND accepted_at IS NULL
    ORDER BY id DESC
"""

# Unscoped: the token tells the workspace.
FIND_INVITATION = """
    SELECT i.workspace_id, w.name AS workspace_name, i.id, i.email, i.role
    FROM workspace_invitations i JOIN workspace_workspaces w ON w.id = i.workspace_id
    WHERE i.token_hash = %(token_hash)s AND i.accepted_at IS NULL AND i.expires_at > %(now)s
"""

# The WHERE makes it single use: of two at once, the second waits and finds it taken.
ACCEPT_INVITATION = """
    UPDATE workspace_invitations SET accepted_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND accepted_at IS NULL
"""

# Unscoped: the token tells the workspace.
FIND_RESET = """
    SELECT workspace_id, id, member_id FROM workspace_resets
    WHERE token_hash = %(token_hash)s AND used_at IS NULL AND expires_at > %(now)s
"""

USE_RESET = """
    UPDATE workspace_resets SET used_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND used_at IS NULL
"""

INSERT_RESET = """
    INSERT INTO workspace_resets (workspace_id, member_id, token_hash, created_at, expires_at)
    VALUES (%(workspace_id)s, %(member_id)s, %(token_hash)s, %(now)s, %(expires_at)s)
"""

INSERT_KEY = """
    INSERT INTO workspace_keys (workspace_id, name, prefix, token_hash, scopes, created_by, created_at)
    VALUES (%(workspace_id)s, %(name)s, %(prefix)s, %(token_hash)s, %(scopes)s, %(created_by)s, %(now)s)
    RETURNING id, name, prefix, scopes, created_by, created_at, last_used_at
"""

LIST_KEYS = """
    SELECT id, name, prefix, scopes, created_by, created_at, last_used_at FROM workspace_keys
    WHERE workspace_id = %s AND revoked_at IS NULL
    ORDER BY id DESC
"""

REVOKE_KEY = """
    UPDATE workspace_keys SET revoked_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND revoked_at IS NULL
    RETURNING id, name, prefix, scopes, created_by, created_at, last_used_at
"""


async def insert_invitation(db: Db, values: dict[str, object]) -> InvitationRow:
    """Takes the place of an earlier open invitation of the same address."""
    await db.execute(
        """
        DELETE FROM workspace_invitations
        WHERE workspace_id = %(workspace_id)s AND email = %(email)s AND accepted_at IS NULL
        """,
        values,
    )
    async with db.cursor(row_factory=class_row(InvitationRow)) as cursor:
        await cursor.execute(INSERT_INVITATION, values)
        row = await cursor.fetchone()
    assert row
    return row


async def list_invitations(db: Db, workspace_id: int) -> list[InvitationRow]:
    async with db.cursor(row_factory=class_row(InvitationRow)) as cursor:
        await cursor.execute(LIST_INVITATIONS, (workspace_id,))
        return await cursor.fetchall()


async def delete_invitation(db: Db, workspace_id: int, invitation_id: int) -> InvitationRow | None:
    async with db.cursor(row_factory=class_row(InvitationRow)) as cursor:
        await cursor.execute(
            """
            DELETE FROM workspace_invitations WHERE workspace_id = %s AND id = %s AND accepted_at IS NULL
            RETURNING id, email, role, invited_by, created_at, expires_at
            """,
            (workspace_id, invitation_id),
        )
        return await cursor.fetchone()


async def find_invitation(db: Db, token_hash: bytes, now: datetime) -> OpenInvitation | None:
    async with db.cursor(row_factory=class_row(OpenInvitation)) as cursor:
        await cursor.execute(FIND_INVITATION, {"token_hash": token_hash, "now": now})
        return await cursor.fetchone()


async def accept_invitation(db: Db, workspace_id: int, invitation_id: int, now: datetime) -> bool:
    done = await db.execute(ACCEPT_INVITATION, {"workspace_id": workspace_id, "id": invitation_id, "now": now})
    return done.rowcount == 1


async def insert_reset(db: Db, values: dict[str, object]) -> None:
    await db.execute(INSERT_RESET, values)


async def find_reset(db: Db, token_hash: bytes, now: datetime) -> OpenReset | None:
    async with db.cursor(row_factory=class_row(OpenReset)) as cursor:
        await cursor.execute(FIND_RESET, {"token_hash": token_hash, "now": now})
        return await cursor.fetchone()


async def use_reset(db: Db, workspace_id: int, reset_id: int, now: datetime) -> bool:
    done = await db.execute(USE_RESET, {"workspace_id": workspace_id, "id": reset_id, "now": now})
    return done.rowcount == 1


async def delete_resets_of(db: Db, workspace_id: int, member_id: int) -> None:
    """Links made before a password was chosen must not open the door after it."""
    await db.execute(
        "DELETE FROM workspace_resets WHERE workspace_id = %s AND member_id = %s AND used_at IS NULL",
        (workspace_id, member_id),
    )


async def insert_key(db: Db, values: dict[str, object]) -> KeyRow:
    async with db.cursor(row_factory=class_row(KeyRow)) as cursor:
        await cursor.execute(INSERT_KEY, values)
        row = await cursor.fetchone()
    assert row
    return row


async def list_keys(db: Db, workspace_id: int) -> list[KeyRow]:
    async with db.cursor(row_factory=class_row(KeyRow)) as cursor:
        await cursor.execute(LIST_KEYS, (workspace_id,))
        return await cursor.fetchall()


async def revoke_key(db: Db, workspace_id: int, key_id: int, now: datetime) -> KeyRow | None:
    async with db.cursor(row_factory=class_row(KeyRow)) as cursor:
        await cursor.execute(REVOKE_KEY, {"workspace_id": workspace_id, "id": key_id, "now": now})
        return await cursor.fetchone()
