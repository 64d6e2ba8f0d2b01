"""SQL of the intake: known message ids, and the one row that makes a commit's events durable."""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg import AsyncConnection, pq
from psycopg.adapt import Dumper

# Hashes come sorted: two intakes that write the same ones wait for each other and never in a circle.
TAKE = """
    SELECT collect_take(%(workspace_id)s, %(hashes)b, %(suspects)b, %(covered)s, %(events)s, %(payload)b)
"""
REMEMBER = "SELECT * FROM collect_remember(%(hashes)b, %(suspects)b, %(covered)s)"

# With a word to the drain.
PUT_CHUNK = """
    WITH put AS (
        INSERT INTO collect_inbox (workspace_id, events, payload)
        VALUES (%(workspace_id)s, %(events)s, %(payload)b)
    )
    SELECT pg_notify('kizuna_inbox', '')
"""

RECORD_REFUSALS = """
    INSERT INTO collect_refusals (workspace_id, at, source_id, reason_code, reason, sample)
    SELECT %(workspace_id)s, %(at)s, source_id, code, reason, sample
    FROM unnest(%(source_ids)s::int[], %(codes)s::text[], %(reasons)s::text[], %(samples)s::text[])
        AS refused (source_id, code, reason, sample)
"""

SET_ASIDE = """
    INSERT INTO collect_set_aside (workspace_id, at, kind, reason, events, sample, payload)
    VALUES (%(workspace_id)s, %(at)s, %(kind)s, %(reason)s, %(events)s, %(sample)s::jsonb, %(payload)b)
"""


class Hashes:
    """128-bit hashes as PostgreSQL's binary ``uuid[]``: thousands of UUID objects would cost more than
    the insert."""

    def __init__(self, hashes: list[bytes]) -> None:
        self.hashes = hashes


class _HashesDumper(Dumper):
    format = pq.Format.BINARY
    oid = psycopg.adapters.types["uuid"].array_oid
    _uuid_oid = psycopg.adapters.types["uuid"].oid

    def dump(self, obj: Hashes) -> bytes:
        length = (16).to_bytes(4, "big")
        head = b"".join(n.to_bytes(4, "big") for n in (1, 0, self._uuid_oid, len(obj.hashes), 1))
        return head + length + length.join(obj.hashes) if obj.hashes else head


psycopg.adapters.register_dumper(Hashes, _HashesDumper)


class Asked(NamedTuple):
    """Sorted, distinct hashes of messages, and which of them may be known from generations up to ``covered``."""

    hashes: list[bytes]
    suspects: list[bytes]
    covered: int


class Remembered(NamedTuple):
    """What was written into the present generation."""

    generation: int
    written: int
    known: set[bytes]


async def take(db: AsyncConnection[Any], workspace_id: int, asked: Asked, events: int, payload: bytes) -> int | None:
    """Writes down hashes and the row of their events; returns the generation, or None and nothing is
    written when one was known.

    One statement, complete in itself: also outside of a transaction.
    """
    parameters = {"workspace_id": workspace_id, "events": events, "payload": payload, **_ask(asked)}
    row = await (await db.execute(TAKE, parameters)).fetchone()
    assert row is not None
    return row[0]


async def remember(db: AsyncConnection[Any], asked: Asked) -> Remembered:
    """Writes down hashes, whether known or not."""
    row = await (await db.execute(REMEMBER, _ask(asked))).fetchone()
    assert row is not None
    generation, written, known = row
    return Remembered(generation, written, {hash_.bytes for hash_ in known})


def _ask(asked: Asked) -> dict[str, Any]:
    return {"hashes": Hashes(asked.hashes), "suspects": Hashes(asked.suspects), "covered": asked.covered}


async def put_chunk(db: AsyncConnection[Any], workspace_id: int, events: int, payload: bytes) -> None:
    """One row for all events of a commit, and a word to the drain."""
    await db.execute(PUT_CHUNK, {"workspace_id": workspace_id, "events": events, "payload": payload})


async def record_refusals(
    db: AsyncConnection[Any], workspace_id: int, at: Any, rows: list[tuple[int, str, str, str]]
) -> None:
    """Rows of (source id, code, reason, sample)."""
    source_ids, codes, reasons, samples = zip(*rows, strict=True)
    await db.execute(
        RECORD_REFUSALS,
        {
            "workspace_id": workspace_id,
            "at": at,
            "source_ids": list(source_ids),
            "codes": list(codes),
            "reasons": list(reasons),
            "samples": list(samples),
        },
    )


async def set_aside(db: AsyncConnection[Any], row: dict[str, Any]) -> None:
    await db.execute(SET_ASIDE, row)


ROTATE_SEEN = "SELECT collect_rotate_seen(%(at)s, %(full_at)s)"
COUNT_SEEN = "SELECT collect_count_seen()"


async def rotate_seen(db: AsyncConnection[Any], at: datetime, full_at: int) -> bool:
    """Begins a new generation of known hashes when the present one has about ``full_at`` or is half a day
    old; needs the role ``worker``."""
    row = await (await db.execute(ROTATE_SEEN, {"at": at, "full_at": full_at})).fetchone()
    return bool(row and row[0])


async def count_seen(db: AsyncConnection[Any]) -> None:
    """Counts generations that have ended; needs the role ``worker``."""
    await db.execute(COUNT_SEEN)


ENDED_GENERATIONS = """
    SELECT generation, slot, hashes, pg_relation_size('collect_seen_' || slot) / current_setting('block_size')::bigint
    FROM collect_seen_generations
    WHERE ended_at IS NOT NULL
    ORDER BY generation
"""
# By pages, from which rows are taken as they lie.
READ_SEEN = """
    SELECT string_agg(uuid_send(hash), '') FROM collect_seen_{slot}
    WHERE ctid >= format('(%%s,0)', %(page)s::bigint)::tid AND ctid < format('(%%s,0)', %(page)s + %(pages)s)::tid
"""


class Generation(NamedTuple):
    """One that ended; ``hashes`` is None until they are counted."""

    generation: int
    slot: int
    hashes: int | None
    pages: int
    """Of its table; there may be many on which no hash stands, for an intake undoes what it wrote."""


async def list_ended_generations(db: AsyncConnection[Any]) -> list[Generation]:
    return [Generation(*row) for row in await (await db.execute(ENDED_GENERATIONS)).fetchall()]


async def read_seen(db: AsyncConnection[Any], slot: int, page: int, pages: int) -> bytes:
    """Hashes, 16 bytes each, of so many pages of a generation's table."""
    query = READ_SEEN.format(slot=int(slot)).encode()
    row = await (await db.execute(query, {"page": page, "pages": pages})).fetchone()
    return (row and row[0]) or b""
