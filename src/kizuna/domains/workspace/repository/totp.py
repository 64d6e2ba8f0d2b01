"""Second factors: secrets of authenticator apps, and recovery codes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

Db = AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class TotpRow:
    secret_sealed: bytes
    confirmed_at: datetime | None
    last_step: int | None
    last_used_at: datetime | None


FIND = """
    SELECT secret_sealed, confirmed_at, last_step, last_used_at FROM workspace_totp
    WHERE workspace_id = %(workspace_id)s AND member_id = %(member_id)s
    FOR UPDATE
"""

# A secret that works is never overwritten: whoever finds an open browser must not put in their own.
OFFER = """
    INSERT INTO workspace_totp (workspace_id, member_id, secret_sealed, created_at)
    VALUES (%(workspace_id)s, %(member_id)s, %(secret_sealed)s, %(now)s)
    ON CONFLICT (workspace_id, member_id) DO UPDATE SET
        secret_sealed = excluded.secret_sealed, created_at = excluded.created_at, last_step = NULL
    WHERE workspace_totp.confirmed_at IS NULL
"""

# The comparison makes a code single use, also for two requests at once: the second waits and finds it taken.
USE_STEP = """
    UPDATE workspace_totp
    SET last_step = %(step)s, last_used_at = %(now)s, confirmed_at = coalesce(confirmed_at, %(now)s)
    WHERE workspace_id = %(workspace_id)s AND member_id = %(member_id)s
        AND (last_step IS NULL OR last_step < %(step)s)
"""


async def find(db: Db, workspace_id: int, member_id: int) -> TotpRow | None:
    """Locks the row: codes of one member are looked at one after the other."""
    async with db.cursor(row_factory=class_row(TotpRow)) as cursor:
        await cursor.execute(FIND, {"workspace_id": workspace_id, "member_id": member_id})
        return await cursor.fetchone()


async def offer(db: Db, workspace_id: int, member_id: int, secret_sealed: bytes, now: datetime) -> bool:
    """Keeps a secret until it is confirmed; False when the member has one that works."""
    values = {"workspace_id": workspace_id, "member_id": member_id, "secret_sealed": secret_sealed, "now": now}
    return (await db.execute(OFFER, values)).rowcount == 1


async def use_step(db: Db, workspace_id: int, member_id: int, step: int, now: datetime) -> bool:
    """False when the code of this or a later step was used before."""
    values = {"workspace_id": workspace_id, "member_id": member_id, "step": step, "now": now}
    return (await db.execute(USE_STEP, values)).rowcount == 1


async def note_use(db: Db, workspace_id: int, member_id: int, now: datetime) -> None:
    await db.execute(
        "UPDATE workspace_totp SET last_used_at = %s WHERE workspace_id = %s AND member_id = %s",
        (now, workspace_id, member_id),
    )


async def delete(db: Db, workspace_id: int, member_id: int) -> bool:
    """Secret and recovery codes; False when there was no secret."""
    owner = (workspace_id, member_id)
    await db.execute("DELETE FROM workspace_recovery_codes WHERE workspace_id = %s AND member_id = %s", owner)
    done = await db.execute("DELETE FROM workspace_totp WHERE workspace_id = %s AND member_id = %s", owner)
    return done.rowcount == 1


async def replace_recovery_codes(db: Db, workspace_id: int, member_id: int, hashes: list[bytes]) -> None:
    owner = (workspace_id, member_id)
    await db.execute("DELETE FROM workspace_recovery_codes WHERE workspace_id = %s AND member_id = %s", owner)
    await db.execute(
        """
        INSERT INTO workspace_recovery_codes (workspace_id, member_id, code_hash)
        SELECT %s, %s, unnest(%s::bytea[])
        """,
        (*owner, hashes),
    )


async def use_recovery_code(db: Db, workspace_id: int, member_id: int, code_hash: bytes) -> bool:
    """Takes the code away; of two at once, one gets it."""
    done = await db.execute(
        "DELETE FROM workspace_recovery_codes WHERE workspace_id = %s AND member_id = %s AND code_hash = %s",
        (workspace_id, member_id, code_hash),
    )
    return done.rowcount == 1


async def count_recovery_codes(db: Db, workspace_id: int, member_id: int) -> int:
    row = await (
        await db.execute(
            "SELECT count(*) FROM workspace_recovery_codes WHERE workspace_id = %s AND member_id = %s",
            (workspace_id, member_id),
        )
    ).fetchone()
    return int(row[0]) if row else 0
