"""Live messages through LISTEN/NOTIFY: published in the transaction, delivered at its commit."""

import json
from typing import Any

from psycopg import AsyncConnection

CHANNEL = "kizuna_live"
MESSAGE_BYTES_MAX = 7_800  # NOTIFY carries less than 8,000 bytes

PUBLISH = "SELECT pg_notify('kizuna_live', %s)"

# Unscoped: for the drain, which publishes for every workspace.
WATCHED = """
    SELECT workspace_id, array_agg(DISTINCT topic)
    FROM kizuna_live_watches
    WHERE until > clock_timestamp()
    GROUP BY workspace_id
"""


class PostgresLive:
    """Implements ``kernel.context.Live``."""

    async def publish(self, db: AsyncConnection[Any], workspace_id: int, topic: str, data: object) -> None:
        text = json.dumps({"w": workspace_id, "t": topic, "d": data}, ensure_ascii=False, default=str)
        if len(text.encode()) > MESSAGE_BYTES_MAX:
            # The page fetches what did not fit; that something came is what it needs to know at once.
            text = json.dumps({"w": workspace_id, "t": topic, "d": None})
        await db.execute(PUBLISH, (text,))

    async def watched(self, db: AsyncConnection[Any]) -> dict[int, frozenset[str]]:
        rows = await (await db.execute(WATCHED)).fetchall()
        return {workspace_id: frozenset(topics) for workspace_id, topics in rows}
