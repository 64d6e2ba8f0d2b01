"""Requests of the person."""

from datetime import datetime

from kizuna.kernel.context import Context

INSERT_REQUEST = """
    INSERT INTO privacy_requests (
        workspace_id, kind, state, law, via, subjects, keys, note, received_at, due_at,
        actor_kind, actor_id, actor_name)
    VALUES (
        %(workspace_id)s, %(kind)s, 'received', %(law)s, %(via)s, %(subjects)s, %(keys)s, %(note)s, %(now)s, %(due_at)s,
        %(actor_kind)s, %(actor_id)s, %(actor_name)s)
    RETURNING id
"""


async def insert_request(
    ctx: Context, kind: str, law: str, via: str, subjects: bytes, keys: list[int], note: str, due_at: datetime
) -> int:
    values = {
        "workspace_id": ctx.workspace.id,
        "kind": kind,
        "law": law,
        "via": via,
        "subjects": subjects,
        "keys": keys,
        "note": note,
        "now": ctx.clock.now(),
        "due_at": due_at,
        "actor_kind": ctx.actor.kind,
        "actor_id": ctx.actor.id,
        "actor_name": ctx.actor.name,
    }
    row = await (await ctx.db.execute(INSERT_REQUEST, values)).fetchone()
    assert row is not None
    return row[0]
