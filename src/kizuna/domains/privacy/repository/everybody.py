"""Reads over all nodes of a workspace."""

from kizuna.domains.privacy.contracts import STATE_RESTRICTED
from kizuna.kernel.context import Context

# Everybody else is decided by what holds without an answer.
LIST_EXCEPTIONS = """
    SELECT key FROM privacy_answers
    WHERE workspace_id = %(workspace_id)s AND purpose = %(purpose)s AND channel = %(channel)s
    UNION
    SELECT key FROM privacy_node_states
    WHERE workspace_id = %(workspace_id)s AND state & %(restricted)s <> 0
"""


async def list_exceptions(ctx: Context, purpose: str, channel: str) -> list[int]:
    """Nodes that ever answered, or whose processing is restricted."""
    values = {"purpose": purpose, "channel": channel, "restricted": STATE_RESTRICTED}
    cursor = await ctx.db.execute(LIST_EXCEPTIONS, {"workspace_id": ctx.workspace.id, **values})
    return [key for (key,) in await cursor.fetchall()]
