"""Who must not come in again, by keyed hashes; and node keys of those who were erased."""

from collections.abc import Sequence
from datetime import datetime

from psycopg import AsyncConnection

from kizuna.kernel.context import Context

READ_HASHES = "SELECT hash FROM privacy_suppressions WHERE workspace_id = %(workspace_id)s"

READ_ERASED = "SELECT key FROM privacy_erased_keys WHERE workspace_id = %(workspace_id)s"


async def read_hashes(ctx: Context) -> list[bytes]:
    return [hash_ for (hash_,) in await _rows(ctx, READ_HASHES)]


async def read_erased(ctx: Context) -> list[int]:
    return [key for (key,) in await _rows(ctx, READ_ERASED)]


async def _rows(ctx: Context, query: str) -> list[tuple]:
    db: AsyncConnection = ctx.db
    cursor = await db.execute(query.encode(), {"workspace_id": ctx.workspace.id})
    return await cursor.fetchall()


# What was erased stays so when it is suppressed again.
SUPPRESS = """
    INSERT INTO privacy_suppressions AS known (workspace_id, hash, kind, request_id, at)
    SELECT %(workspace_id)s, hash, %(kind)s, %(request_id)s, %(now)s
    FROM unnest(%(hashes)s::bytea[]) AS new (hash)
    ORDER BY hash
    ON CONFLICT (workspace_id, hash) DO UPDATE
    SET kind = 'erased', request_id = excluded.request_id, at = excluded.at
    WHERE excluded.kind = 'erased' AND known.kind <> 'erased'
"""

LIFT = "DELETE FROM privacy_suppressions WHERE workspace_id = %(workspace_id)s AND hash = ANY (%(hashes)s::bytea[])"

WRITE_ERASED = """
    INSERT INTO privacy_erased_keys (workspace_id, key, request_id, at)
    SELECT %(workspace_id)s, key, %(request_id)s, %(now)s FROM unnest(%(keys)s::integer[]) AS gone (key)
    ORDER BY key
    ON CONFLICT (workspace_id, key) DO NOTHING
"""

COUNT_ERASED = """
    SELECT count(*) FROM privacy_erased_keys WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])
"""

# Which transaction this is; and whether all that began before one have ended.
READ_XID = "SELECT pg_current_xact_id()::text::bigint"
HAVE_ENDED = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > %(xid)s"

COUNTS_BY_DAY = """
    SELECT kind, (at AT TIME ZONE %(zone)s)::date AS day, count(*), min(at), max(at)
    FROM privacy_suppressions
    WHERE workspace_id = %(workspace_id)s
    GROUP BY kind, day
    ORDER BY day DESC, kind
    LIMIT %(limit)s
"""
TOTALS = "SELECT kind, count(*) FROM privacy_suppressions WHERE workspace_id = %(workspace_id)s GROUP BY kind"

ERASE_DISCLOSED = "SELECT privacy_erase_disclosed(%(keys)s::integer[])"


async def suppress(ctx: Context, hashes: Sequence[bytes], kind: str, request_id: int | None) -> None:
    parameters = {"hashes": list(hashes), "kind": kind, "request_id": request_id, "now": ctx.clock.now()}
    await ctx.db.execute(SUPPRESS, {"workspace_id": ctx.workspace.id, **parameters})


async def lift(ctx: Context, hashes: Sequence[bytes]) -> int:
    return (await ctx.db.execute(LIFT, {"workspace_id": ctx.workspace.id, "hashes": list(hashes)})).rowcount


async def write_erased(ctx: Context, keys: Sequence[int], request_id: int | None) -> None:
    parameters = {"keys": list(keys), "request_id": request_id, "now": ctx.clock.now()}
    await ctx.db.execute(WRITE_ERASED, {"workspace_id": ctx.workspace.id, **parameters})


async def count_erased(ctx: Context, keys: Sequence[int]) -> int:
    """How many of the nodes are known to be gone."""
    row = await (await ctx.db.execute(COUNT_ERASED, {"workspace_id": ctx.workspace.id, "keys": list(keys)})).fetchone()
    return row[0] if row else 0


async def read_xid(ctx: Context) -> int:
    row = await (await ctx.db.execute(READ_XID)).fetchone()
    assert row is not None
    return row[0]


async def have_ended(ctx: Context, xid: int) -> bool:
    """Whether no transaction is left that may not have seen what transaction ``xid`` committed."""
    row = await (await ctx.db.execute(HAVE_ENDED, {"xid": xid})).fetchone()
    return bool(row and row[0])


async def count_by_day(ctx: Context, limit: int) -> list[tuple[str, object, int, datetime, datetime]]:
    """(kind, day, number, first, last), newest day first."""
    parameters = {"workspace_id": ctx.workspace.id, "zone": ctx.workspace.time_zone, "limit": limit}
    return await (await ctx.db.execute(COUNTS_BY_DAY, parameters)).fetchall()


async def count_kinds(ctx: Context) -> dict[str, int]:
    return dict(await (await ctx.db.execute(TOTALS, {"workspace_id": ctx.workspace.id})).fetchall())


async def erase_disclosed(ctx: Context, keys: Sequence[int]) -> int:
    """Takes nodes out of the record of disclosures; returns how many entries named them."""
    row = await (await ctx.db.execute(ERASE_DISCLOSED, {"keys": list(keys)})).fetchone()
    return row[0] if row else 0
