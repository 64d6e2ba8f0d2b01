"""Sessions, API keys and failed sign-ins: what is asked before the workspace is known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from kizuna.domains.workspace.contracts import Role

Db = AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class SessionRow:
    workspace_id: int
    id: UUID
    member_id: int
    csrf_token: str
    created_at: datetime
    last_seen_at: datetime
    name: str
    role: Role
    enrolment_due: bool
    networks: list[str]


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session as its member sees it."""

    id: UUID
    user_agent: str
    ip: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class KeyLookup:
    workspace_id: int
    id: int
    name: str
    scopes: list[str]
    last_used_at: datetime | None
    networks: list[str]


# Unscoped: the cookie tells the workspace; for the role that may ask.
FIND_SESSION = """
    SELECT s.workspace_id, s.id, s.member_id, s.csrf_token, s.created_at, s.last_seen_at, m.name, m.role,
        coalesce(p.require_totp, false) AND t.confirmed_at IS NULL AS enrolment_due,
        coalesce(p.networks, '{}') AS networks
    FROM workspace_sessions s
    JOIN workspace_members m ON m.workspace_id = s.workspace_id AND m.id = s.member_id
    LEFT JOIN workspace_sign_in p ON p.workspace_id = s.workspace_id
    LEFT JOIN workspace_totp t ON t.workspace_id = s.workspace_id AND t.member_id = s.member_id
    WHERE s.token_hash = %(token_hash)s AND s.expires_at > %(now)s AND NOT m.disabled
"""

INSERT_SESSION = """
    INSERT INTO workspace_sessions (workspace_id, id, member_id, token_hash, csrf_token, user_agent, ip,
        created_at, last_seen_at, expires_at)
    VALUES (%(workspace_id)s, %(id)s, %(member_id)s, %(token_hash)s, %(csrf_token)s, %(user_agent)s, %(ip)s,
        %(now)s, %(now)s, %(expires_at)s)
"""

# Unscoped: the key tells the workspace.
FIND_KEY = """
    SELECT k.workspace_id, k.id, k.name, k.scopes, k.last_used_at, coalesce(p.networks, '{}') AS networks
    FROM workspace_keys k LEFT JOIN workspace_sign_in p ON p.workspace_id = k.workspace_id
    WHERE k.token_hash = %(token_hash)s AND k.revoked_at IS NULL
"""

LIST_SESSIONS = """
    SELECT id, user_agent, ip, created_at, last_seen_at FROM workspace_sessions
    WHERE workspace_id = %(workspace_id)s AND member_id = %(member_id)s AND expires_at > %(now)s
    ORDER BY last_seen_at DESC, id
    LIMIT %(limit)s
"""

DELETE_EXPIRED = (
    "DELETE FROM workspace_sessions WHERE workspace_id = %s AND expires_at < %s",
    "DELETE FROM workspace_resets WHERE workspace_id = %s AND expires_at < %s",
)

# Counted before the password is tried, so that many tries at once do not all pass as the first.
COUNT_ATTEMPT = """
    INSERT INTO workspace_sign_in_attempts AS a (key, failures, last_at) VALUES (%(key)s, 1, %(now)s)
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN a.last_at < %(forget)s THEN 1 ELSE a.failures + 1 END,
        blocked_until = CASE WHEN a.last_at < %(forget)s THEN NULL ELSE a.blocked_until END,
        last_at = %(now)s
    WHERE a.blocked_until IS NULL OR a.blocked_until <= %(now)s
    RETURNING failures
"""


async def find_session(db: Db, token_hash: bytes, now: datetime) -> SessionRow | None:
    async with db.cursor(row_factory=class_row(SessionRow)) as cursor:
        await cursor.execute(FIND_SESSION, {"token_hash": token_hash, "now": now})
        return await cursor.fetchone()


async def insert_session(db: Db, values: dict[str, object]) -> None:
    await db.execute(INSERT_SESSION, values)


async def extend_session(db: Db, workspace_id: int, session_id: UUID, now: datetime, expires_at: datetime) -> None:
    await db.execute(
        "UPDATE workspace_sessions SET last_seen_at = %s, expires_at = %s WHERE workspace_id = %s AND id = %s",
        (now, expires_at, workspace_id, session_id),
    )


async def list_sessions(db: Db, workspace_id: int, member_id: int, now: datetime, limit: int) -> list[OwnSession]:
    async with db.cursor(row_factory=class_row(OwnSession)) as cursor:
        await cursor.execute(
            LIST_SESSIONS, {"workspace_id": workspace_id, "member_id": member_id, "now": now, "limit": limit}
        )
        return await cursor.fetchall()


async def delete_session(db: Db, workspace_id: int, session_id: str) -> None:
    await db.execute("DELETE FROM workspace_sessions WHERE workspace_id = %s AND id = %s", (workspace_id, session_id))


async def delete_session_of(db: Db, workspace_id: int, member_id: int, session_id: UUID) -> OwnSession | None:
    async with db.cursor(row_factory=class_row(OwnSession)) as cursor:
        await cursor.execute(
            """
            DELETE FROM workspace_sessions WHERE workspace_id = %s AND member_id = %s AND id = %s
            RETURNING id, user_agent, ip, created_at, last_seen_at
            """,
            (workspace_id, member_id, session_id),
        )
        return await cursor.fetchone()


async def delete_sessions_of(db: Db, workspace_id: int, member_id: int, keep: str | None = None) -> int:
    """How many went."""
    done = await db.execute(
        """
        DELETE FROM workspace_sessions
        WHERE workspace_id = %s AND member_id = %s AND id IS DISTINCT FROM %s::uuid
        """,
        (workspace_id, member_id, keep),
    )
    return done.rowcount


async def delete_expired(db: Db, workspace_id: int, now: datetime) -> None:
    for statement in DELETE_EXPIRED:
        await db.execute(statement, (workspace_id, now))


async def find_key(db: Db, token_hash: bytes) -> KeyLookup | None:
    async with db.cursor(row_factory=class_row(KeyLookup)) as cursor:
        await cursor.execute(FIND_KEY, {"token_hash": token_hash})
        return await cursor.fetchone()


async def touch_key(db: Db, workspace_id: int, key_id: int, now: datetime) -> None:
    await db.execute(
        "UPDATE workspace_keys SET last_used_at = %s WHERE workspace_id = %s AND id = %s", (now, workspace_id, key_id)
    )


async def count_attempt(db: Db, key: bytes, now: datetime, forget: datetime) -> int | None:
    """Failures in a row including this one (should it fail); None while the key is blocked."""
    row = await (await db.execute(COUNT_ATTEMPT, {"key": key, "now": now, "forget": forget})).fetchone()
    return None if row is None else int(row[0])


async def block_until(db: Db, key: bytes, until: datetime) -> None:
    await db.execute("UPDATE workspace_sign_in_attempts SET blocked_until = %s WHERE key = %s", (until, key))


async def blocked_until(db: Db, key: bytes) -> datetime | None:
    row = await (
        await db.execute("SELECT blocked_until FROM workspace_sign_in_attempts WHERE key = %s", (key,))
    ).fetchone()
    return None if row is None else row[0]


async def forgive(db: Db, key: bytes) -> None:
    await db.execute("DELETE FROM workspace_sign_in_attempts WHERE key = %s", (key,))


async def take_back_attempt(db: Db, key: bytes) -> None:
    """An attempt that succeeded was not a failure; earlier ones of the same address still count."""
    await db.execute(
        """
        UPDATE workspace_sign_in_attempts SET failures = greatest(failures - 1, 0), blocked_until = NULL
        WHERE key = %s
        """,
        (key,),
    )


async def delete_old_attempts(db: Db, before: datetime) -> None:
    await db.execute("DELETE FROM workspace_sign_in_attempts WHERE last_at < %s", (before,))
