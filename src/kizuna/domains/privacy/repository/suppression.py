"""Who must not come in again, by keyed hashes; and node keys of those who were erased."""

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
