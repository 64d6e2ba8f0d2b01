"""Letters to customers: a link, or a question that is answered by a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.rows import class_row

from kizuna.kernel.context import Context

LetterKind = Literal["opt_in", "erasure", "link"]

INSERT_LETTER = """
    INSERT INTO privacy_letters (
        workspace_id, kind, address, address_hash, key, purpose, channels, text_version, language,
        message_id, made_at, expires_at)
    VALUES (
        %(workspace_id)s, %(kind)s, %(address)s, %(address_hash)s, %(key)s, %(purpose)s, %(channels)s,
        %(text_version)s, %(language)s, %(message_id)s, %(now)s, %(expires_at)s)
    RETURNING id
"""

READ_LETTER = """
    SELECT id, kind, address, key, purpose, channels, text_version, language, message_id,
        made_at, expires_at, sent_at, used_at
    FROM privacy_letters WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

COUNT_LETTERS = """
    SELECT count(*) FROM privacy_letters
    WHERE workspace_id = %(workspace_id)s AND address_hash = %(address_hash)s AND made_at > %(since)s
"""

# The condition decides the race of two clicks: one gets the row, the other nothing.
USE_LETTER = """
    UPDATE privacy_letters SET used_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND used_at IS NULL AND expires_at > %(now)s
    RETURNING id
"""

NOTE_SENT = """
    UPDATE privacy_letters SET sent_at = %(now)s, failure = NULL
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

NOTE_FAILURE = """
    UPDATE privacy_letters SET failure = %(failure)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

DELETE_LETTER = "DELETE FROM privacy_letters WHERE workspace_id = %(workspace_id)s AND id = %(id)s"

DELETE_OLD_LETTERS = """
    DELETE FROM privacy_letters WHERE workspace_id = %(workspace_id)s AND expires_at < %(before)s
"""

# Addresses that never were confirmed belong to no node; they are known by their hash only.
ERASE_LETTERS = """
    DELETE FROM privacy_letters
    WHERE workspace_id = %(workspace_id)s
        AND (key = ANY (%(keys)s::integer[]) OR address_hash = ANY (%(hashes)s::bytea[]))
"""

READ_LETTERS_OF = """
    SELECT id, kind, address, key, purpose, channels, text_version, language, message_id,
        made_at, expires_at, sent_at, used_at
    FROM privacy_letters
    WHERE workspace_id = %(workspace_id)s
        AND (key = ANY (%(keys)s::integer[]) OR address_hash = ANY (%(hashes)s::bytea[]))
    ORDER BY id LIMIT 1000
"""

NOTE_REPLAYED = """
    INSERT INTO privacy_replayed (workspace_id, id, at) VALUES (%(workspace_id)s, %(id)s, %(now)s)
    ON CONFLICT DO NOTHING
"""

DELETE_OLD_REPLAYED = "DELETE FROM privacy_replayed WHERE workspace_id = %(workspace_id)s AND at < %(before)s"

# Pressed twice, one request is enough.
FIND_OPEN_REQUEST = """
    SELECT id FROM privacy_requests
    WHERE workspace_id = %(workspace_id)s AND kind = %(kind)s AND keys && %(keys)s::integer[]
        AND state IN ('received', 'running', 'failed')
    LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class LetterRow:
    """``address`` is sealed by the vault."""

    id: int
    kind: LetterKind
    address: bytes
    key: int | None
    purpose: str | None
    channels: list[str]
    text_version: int | None
    language: str
    message_id: str
    made_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    used_at: datetime | None


async def insert_letter(ctx: Context, values: dict[str, Any]) -> int:
    row = await (await ctx.db.execute(INSERT_LETTER, {"workspace_id": ctx.workspace.id} | values)).fetchone()
    assert row is not None
    return row[0]


async def read_letter(ctx: Context, letter_id: int) -> LetterRow | None:
    async with ctx.db.cursor(row_factory=class_row(LetterRow)) as cursor:
        await cursor.execute(READ_LETTER, {"workspace_id": ctx.workspace.id, "id": letter_id})
        return await cursor.fetchone()


async def count_letters(ctx: Context, address_hash: bytes, since: datetime) -> int:
    values = {"workspace_id": ctx.workspace.id, "address_hash": address_hash, "since": since}
    row = await (await ctx.db.execute(COUNT_LETTERS, values)).fetchone()
    return row[0] if row else 0


async def use_letter(ctx: Context, letter_id: int) -> bool:
    """False when it was used or has expired."""
    values = {"workspace_id": ctx.workspace.id, "id": letter_id, "now": ctx.clock.now()}
    return await (await ctx.db.execute(USE_LETTER, values)).fetchone() is not None


async def note_sent(ctx: Context, letter_id: int) -> None:
    await ctx.db.execute(NOTE_SENT, {"workspace_id": ctx.workspace.id, "id": letter_id, "now": ctx.clock.now()})


async def note_failure(ctx: Context, letter_id: int, failure: str) -> None:
    await ctx.db.execute(NOTE_FAILURE, {"workspace_id": ctx.workspace.id, "id": letter_id, "failure": failure})


async def delete_letter(ctx: Context, letter_id: int) -> None:
    await ctx.db.execute(DELETE_LETTER, {"workspace_id": ctx.workspace.id, "id": letter_id})


async def delete_old(ctx: Context, before: datetime) -> None:
    await ctx.db.execute(DELETE_OLD_LETTERS, {"workspace_id": ctx.workspace.id, "before": before})
    await ctx.db.execute(DELETE_OLD_REPLAYED, {"workspace_id": ctx.workspace.id, "before": before})


async def erase_letters(ctx: Context, keys: Sequence[int], hashes: Sequence[bytes]) -> int:
    values = {"workspace_id": ctx.workspace.id, "keys": list(keys), "hashes": list(hashes)}
    return (await ctx.db.execute(ERASE_LETTERS, values)).rowcount


async def read_letters_of(ctx: Context, keys: Sequence[int], hashes: Sequence[bytes]) -> list[LetterRow]:
    values = {"workspace_id": ctx.workspace.id, "keys": list(keys), "hashes": list(hashes)}
    async with ctx.db.cursor(row_factory=class_row(LetterRow)) as cursor:
        await cursor.execute(READ_LETTERS_OF, values)
        return await cursor.fetchall()


async def note_replayed(ctx: Context, wish_id: str) -> bool:
    """False when it stands in the log already."""
    values = {"workspace_id": ctx.workspace.id, "id": wish_id, "now": ctx.clock.now()}
    return (await ctx.db.execute(NOTE_REPLAYED, values)).rowcount == 1


async def has_open_request(ctx: Context, kind: str, keys: Sequence[int]) -> bool:
    values = {"workspace_id": ctx.workspace.id, "kind": kind, "keys": list(keys)}
    return await (await ctx.db.execute(FIND_OPEN_REQUEST, values)).fetchone() is not None
