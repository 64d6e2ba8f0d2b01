"""What was set aside: looked at, released into the inbox again, or deleted."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from kizuna.domains.collect.contracts import EVENT_TYPES, SetAsideItem
from kizuna.domains.collect.repository import flow, intake
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import NotFound


async def list_set_aside(ctx: Context, before: int | None, limit: int) -> list[SetAsideItem]:
    return await flow.list_set_aside(ctx.db, before, limit)


async def release(ctx: Context, set_aside_id: int) -> int:
    """Puts the events back into the inbox, at the time they state. Returns how many. Raises ``NotFound``.

    They went through deduplication when they came; should the stream refuse them again, they come back.
    """
    taken = await _take(ctx, set_aside_id)
    await intake.put_chunk(ctx.db, ctx.workspace.id, taken.events, taken.payload)
    await _record(ctx, "released", set_aside_id, taken)
    return taken.events


async def delete(ctx: Context, set_aside_id: int) -> None:
    """Raises ``NotFound``."""
    taken = await _take(ctx, set_aside_id)
    await _record(ctx, "deleted", set_aside_id, taken)


async def _record(ctx: Context, done: str, set_aside_id: int, taken: flow.Taken) -> None:
    events = "1 event" if taken.events == 1 else f"{taken.events:,} events"
    await record_audit(
        ctx,
        f"set_aside.{done}",
        "set_aside",
        set_aside_id,
        f"{done.capitalize()} {events} set aside as {taken.kind}",
        before={"events": taken.events, "kind": taken.kind},
    )


async def _take(ctx: Context, set_aside_id: int) -> flow.Taken:
    taken = await flow.take_set_aside(ctx.db, set_aside_id) if 0 < set_aside_id < 1 << 63 else None
    if taken is None:
        raise NotFound(
            "set_aside_not_found", "There is nothing set aside under this number; it may have been released."
        )
    return taken


def describe_columns(columns: Any) -> str:
    """The first event of some columns, as JSON for people."""
    if not columns.count:
        return "{}"
    chunk = columns.chunk
    facts: dict[str, Any] = {
        "message_id": chunk.message_ids[0],
        "type": EVENT_TYPES[columns.types[0]],
        "name": columns.names[columns.name_index[0]],
        "time": datetime.fromtimestamp(int(columns.times[0]) / 1_000_000, UTC),
        "source_id": int(columns.sources[0]),
        "user_id": chunk.user_ids[0],
        "anonymous_id": chunk.anonymous_ids[0],
    }
    return msgspec.json.encode(facts).decode()
