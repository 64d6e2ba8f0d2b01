"""SQL of the intake: known message ids, and the one row that makes a commit's events durable."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection, pq
from psycopg.adapt import Dumper

CURRENT_DAY = "SELECT collect_current_day()"

# The hashes come sorted: two intakes that write the same ids wait for each other and never in a circle.
# Older days are asked by index, with an array; the current one by trying to insert, which also waits
# for a commit in flight that brings the same id. All in one statement: asking thrice cost more than the work.
REMEMBER = """
    WITH before AS (
        SELECT hash FROM collect_seen_{older_1} WHERE hash = ANY (%(hashes)b)
        UNION ALL
        SELECT hash FROM collect_seen_{older_2} WHERE hash = ANY (%(hashes)b)
    ),
    fresh AS (
        INSERT INTO collect_seen_{current} (hash)
        SELECT unnest(%(hashes)b)
        ON CONFLICT DO NOTHING
        RETURNING hash
    )
    SELECT (SELECT array_agg(hash) FROM before), CASE WHEN count(*) < %(count)s THEN array_agg(hash) END, count(*)
    FROM fresh
"""

TAKE = "SELECT collect_take(%(workspace_id)s, %(hashes)b, %(events)s, %(payload)b)"

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

_REMEMBER_BY_DAY = [REMEMBER.format(current=day, older_1=(day + 1) % 3, older_2=(day + 2) % 3) for day in range(3)]


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


async def take(db: AsyncConnection[Any], workspace_id: int, hashes: list[bytes], events: int, payload: bytes) -> bool:
    """Writes down sorted, distinct ``hashes`` and the row of their events; nothing when one is known.

    One statement, complete in itself: also outside of a transaction.
    """
    parameters = {"workspace_id": workspace_id, "hashes": Hashes(hashes), "events": events, "payload": payload}
    row = await (await db.execute(TAKE, parameters)).fetchone()
    return bool(row and row[0])


async def remember_hashes(db: AsyncConnection[Any], hashes: list[bytes]) -> set[bytes]:
    """Writes down sorted, distinct ``hashes``; returns those that were known already."""
    row = await (await db.execute(CURRENT_DAY)).fetchone()
    assert row is not None
    query = _REMEMBER_BY_DAY[row[0]]
    row = await (await db.execute(query, {"hashes": Hashes(hashes), "count": len(hashes)})).fetchone()
    assert row is not None
    before, fresh, inserted = row
    known = {hash_.bytes for hash_ in before or ()}
    if inserted < len(hashes):
        known |= set(hashes) - {hash_.bytes for hash_ in fresh or ()}
    return known


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


ROTATE_SEEN = "SELECT collect_rotate_seen(%(at)s)"


async def rotate_seen(db: AsyncConnection[Any], at: datetime) -> bool:
    """Begins a new day of known hashes when the present one is over; needs the role ``worker``."""
    row = await (await db.execute(ROTATE_SEEN, {"at": at})).fetchone()
    return bool(row and row[0])
