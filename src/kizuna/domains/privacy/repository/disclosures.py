"""The record of disclosures to third parties."""

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg.rows import kwargs_row

from kizuna.domains.privacy.contracts import Disclosure
from kizuna.kernel.context import Context

COLUMNS = "id, at, recipient, recipient_address, items, basis, purpose, reason, people, actor_name"

INSERT = f"""
    INSERT INTO privacy_disclosures (workspace_id, at, recipient, recipient_address, items, basis, purpose, reason,
        people, keys, actor_kind, actor_id, actor_name)
    VALUES (%(workspace_id)s, %(at)s, %(recipient)s, %(recipient_address)s, %(items)s, %(basis)s, %(purpose)s,
        %(reason)s, %(people)s, %(keys)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s)
    RETURNING {COLUMNS}
"""  # noqa: S608  # column names only, here and below

PAGE = f"""
    SELECT {COLUMNS} FROM privacy_disclosures
    WHERE workspace_id = %(workspace_id)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
        AND (%(keys)s::integer[] IS NULL OR keys && %(keys)s::integer[])
    ORDER BY id DESC
    LIMIT %(limit)s
"""  # noqa: S608

ABOUT = f"""
    SELECT {COLUMNS} FROM privacy_disclosures
    WHERE workspace_id = %(workspace_id)s AND keys && %(keys)s::integer[]
    ORDER BY id
"""  # noqa: S608


def _disclosure(**row: Any) -> Disclosure:
    return Disclosure(**row)


async def _fetch(ctx: Context, query: LiteralString, parameters: dict[str, Any]) -> list[Disclosure]:
    async with ctx.db.cursor(row_factory=kwargs_row(_disclosure)) as cursor:
        await cursor.execute(query, {"workspace_id": ctx.workspace.id, **parameters})
        return await cursor.fetchall()


async def insert(ctx: Context, values: dict[str, Any]) -> Disclosure:
    actor = {"actor_kind": ctx.actor.kind, "actor_id": ctx.actor.id, "actor_name": ctx.actor.name}
    return (await _fetch(ctx, INSERT, values | actor))[0]


async def list_page(ctx: Context, before: int | None, keys: Sequence[int] | None, limit: int) -> list[Disclosure]:
    """Newest first; of some people's nodes only, if given."""
    parameters = {"before": before, "keys": None if keys is None else list(keys), "limit": limit}
    return await _fetch(ctx, PAGE, parameters)


async def list_about(ctx: Context, keys: Sequence[int]) -> list[Disclosure]:
    return await _fetch(ctx, ABOUT, {"keys": list(keys)})
