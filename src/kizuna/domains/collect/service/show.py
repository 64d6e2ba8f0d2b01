"""Shows events to open pages: the live tail, the flow, the pages of profiles."""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from kizuna.domains.collect.contracts import EVENT_TYPES, Source
from kizuna.domains.collect.repository import catalogue, flow
from kizuna.domains.collect.service.columns import Columns
from kizuna.domains.collect.service.stream_memory import DrainMemory, WorkspaceMemory, is_stale
from kizuna.domains.profiles import api as profiles
from kizuna.kernel.context import WATCHED_FRESH_S, Context

TAIL_KEPT = 200
TAIL_EVENTS_PER_BATCH = 20
PROFILE_EVENTS_PER_BATCH = 20
MESSAGE_BYTES_MAX = 7_000
PROPERTIES_BYTES_SHOWN = 2_500


async def show_events(ctx: Context, events: Columns, sources: dict[int, Source], memory: DrainMemory) -> None:
    """Publishes what somebody watches, and keeps the last events for those who come later."""
    if is_stale(memory.watched_until):
        memory.watched = await ctx.live.watched(ctx.db)
        memory.watched_until = time.monotonic() + WATCHED_FRESH_S
    topics = memory.watched.get(ctx.workspace.id, frozenset())
    own = memory.of(ctx.workspace.id)
    await _show_tail(ctx, events, sources, own, "tail" in topics)
    profile_topics = [topic for topic in topics if topic.startswith("profile:")]
    if profile_topics:
        await _show_profiles(ctx, events, sources, profile_topics)
    if "flow" in topics and own.flow_messages.take(1):
        now = ctx.clock.now().replace(second=0, microsecond=0)
        minutes = await flow.read_minutes(ctx.db, now)
        if minutes:
            await ctx.live.publish(ctx.db, ctx.workspace.id, "flow", msgspec.to_builtins(minutes[-1]))


async def _show_tail(
    ctx: Context, events: Columns, sources: dict[int, Source], own: WorkspaceMemory, watched: bool
) -> None:
    most = min(events.count, TAIL_EVENTS_PER_BATCH)
    keep = own.tail_writes.take(1)
    allowed = own.tail_events.take(most) if watched else 0
    wanted = max(allowed, most if keep else 0)
    if not wanted:
        return
    # Evenly over the batch, the last one among them; newest first.
    rows = await describe_events(
        ctx, events, [events.count - 1 - (number * events.count) // wanted for number in range(wanted)], sources
    )
    if keep:
        await catalogue.keep_tail(ctx.db, ctx.workspace.id, rows, TAIL_KEPT)
    if allowed:
        await _publish(ctx, "tail", rows[:allowed])


async def _show_profiles(ctx: Context, events: Columns, sources: dict[int, Source], topics: Iterable[str]) -> None:
    topic_of = {topic.partition(":")[2].lower(): topic for topic in topics}
    key_of = await profiles.watched_keys(ctx, list(topic_of))
    if not key_of:
        return
    found: dict[str, list[int]] = {}
    for index, key in enumerate(events.first_keys().tolist()):
        profile_id = key_of.get(key)
        if profile_id is not None:
            found.setdefault(str(profile_id), []).append(index)
    for profile_id, places in found.items():
        rows = await describe_events(ctx, events, places[-PROFILE_EVENTS_PER_BATCH:][::-1], sources)
        await _publish(ctx, topic_of.get(profile_id, f"profile:{profile_id}"), rows)


async def describe_events(
    ctx: Context, events: Columns, places: Sequence[int], sources: dict[int, Source]
) -> list[dict[str, Any]]:
    """Events as pages show them, in the order given."""
    keys = events.first_keys()[list(places)].tolist()
    refs = await profiles.profile_ids(ctx, set(keys))
    return [
        _describe(events, index, sources, str(refs[key].profile_id) if key in refs else None)
        for index, key in zip(places, keys, strict=True)
    ]


def _describe(columns: Columns, index: int, sources: dict[int, Source], profile_id: str | None) -> dict[str, Any]:
    source_id = int(columns.sources[index])
    source = sources.get(source_id)
    return {
        "message_id": columns.chunk.message_ids[index],
        "time": _iso(int(columns.times[index])),
        "received_at": _iso(int(columns.received[index])),
        "name": columns.names[columns.name_index[index]],
        "type": EVENT_TYPES[columns.types[index]],
        "source_id": source_id,
        "touchpoint": source.touchpoint if source else "web",
        "profile_id": profile_id,
        "properties": _show_object(columns.properties(index)),
        "context": _show_object(columns.context(index)),
    }


def _show_object(text: bytes) -> Any:
    """An object as it is, or the first of its members where it is large."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
    if len(text) <= PROPERTIES_BYTES_SHOWN:
        return value
    shown: dict[str, Any] = {}
    size = 0
    for name, inner in value.items():
        size += len(name) + len(msgspec.json.encode(inner)) + 4
        if size > PROPERTIES_BYTES_SHOWN:
            break
        shown[name] = inner
    return shown


def _iso(us: int) -> str:
    return datetime.fromtimestamp(us / 1_000_000, UTC).isoformat().replace("+00:00", "Z")


async def _publish(ctx: Context, topic: str, rows: list[dict[str, Any]]) -> None:
    """Sends rows in as few messages as hold them."""
    message: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        row_size = len(msgspec.json.encode(row)) + 200  # times are written a little longer there
        if message and size + row_size > MESSAGE_BYTES_MAX:
            await ctx.live.publish(ctx.db, ctx.workspace.id, topic, message)
            message, size = [], 0
        message.append(row)
        size += row_size
    if message:
        await ctx.live.publish(ctx.db, ctx.workspace.id, topic, message)
