"""Makes a group of events durable: duplicates out, identifiers to keys, one row into the inbox.

Runs inside the caller's transaction; when that commits, the events are safe.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from kizuna.domains.collect.contracts import Event
from kizuna.domains.collect.repository import intake
from kizuna.domains.collect.rules.bodies import BadItem
from kizuna.domains.collect.rules.chunks import Counts, write_chunk
from kizuna.domains.collect.service.identities import Identity, resolve
from kizuna.kernel.context import Context

SAMPLES_PER_COMMIT_MAX = 50

REASONS = {
    "future": "The event's time is more than 24 hours ahead, even after the sender's clock was corrected.",
    "late": "The event's time is before 1990; the sender's clock was never set.",
}


class Recognised(msgspec.Struct, gc=False):
    """An accepted event and whom it names."""

    event: Event
    identity: Identity


@dataclass(slots=True)
class Group:
    """What one transaction takes in."""

    events: list[Recognised] = field(default_factory=list[Recognised])
    notes: list[tuple[int, BadItem]] = field(default_factory=list[tuple[int, BadItem]])
    """(source id, why): refusals to show, a bounded sample of all."""
    refused: dict[int, int] = field(default_factory=dict[int, int])
    """How many items were refused, by source."""


@dataclass(slots=True)
class Stored:
    """What became of a group. Call ``learn`` after the commit."""

    accepted: int = 0
    duplicates: int = 0
    set_aside: int = 0
    identities: list[Identity] = field(default_factory=list[Identity])
    keys: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])

    def learn(self) -> None:
        for identity, keys in zip(self.identities, self.keys, strict=True):
            if identity.keys is None:
                identity.keys = keys


async def store_group(ctx: Context, group: Group) -> Stored:
    """Stores a group of events of the context's workspace."""
    counts: dict[int, Counts] = {}
    for source_id, number in group.refused.items():
        _count(counts, source_id).refused += number
    fresh = await drop_duplicates(ctx, group.events, counts)
    kept = [one for one in fresh if one.event.set_aside is None]
    apart = [one for one in fresh if one.event.set_aside is not None]
    for one in apart:
        _count(counts, one.event.source_id).set_aside += 1
    identities = [one.identity for one in fresh]
    keys = await resolve(ctx, identities, [one.event.source_id for one in fresh])
    now = ctx.clock.now()
    if apart:
        key_of = dict(zip(map(id, fresh), keys, strict=True))
        await _set_aside(ctx, apart, [key_of[id(one)] for one in apart], now)
        keys_of_kept = [key_of[id(one)] for one in kept]
    else:
        keys_of_kept = keys
    if kept or counts:
        await _put(ctx, kept, keys_of_kept, counts, now)
    if group.notes:
        await _record_refusals(ctx, group.notes, now)
    return Stored(
        accepted=len(kept),
        duplicates=len(group.events) - len(fresh),
        set_aside=len(apart),
        identities=identities,
        keys=keys,
    )


async def drop_duplicates(
    ctx: Context, events: Sequence[Recognised], counts: dict[int, Counts]
) -> Sequence[Recognised]:
    """Events whose message id was not seen from their source; within the group the first wins."""
    if not events:
        return events
    first: dict[bytes, Recognised] = {}
    for one in events:
        if first.setdefault(one.event.digest, one) is not one:
            _count(counts, one.event.source_id).duplicates += 1
    known = await intake.remember_hashes(ctx.db, sorted(first))
    if not known:
        return list(first.values()) if len(first) < len(events) else events
    for digest in known:
        _count(counts, first[digest].event.source_id).duplicates += 1
    return [one for digest, one in first.items() if digest not in known]


def _count(counts: dict[int, Counts], source_id: int) -> Counts:
    found = counts.get(source_id)
    if found is None:
        found = counts[source_id] = Counts()
    return found


async def _put(
    ctx: Context,
    kept: Sequence[Recognised],
    keys: Sequence[tuple[int, ...]],
    counts: dict[int, Counts],
    now: datetime,
) -> None:
    payload = _write(kept, keys, counts, now)
    await intake.put_chunk(ctx.db, ctx.workspace.id, len(kept), payload)


def _write(
    events: Sequence[Recognised], keys: Sequence[tuple[int, ...]], counts: dict[int, Counts], now: datetime
) -> bytes:
    return write_chunk(
        [one.event for one in events],
        keys,
        [one.identity.text for one in events],
        counts,
        round(now.timestamp() * 1_000_000),
    )


async def _set_aside(
    ctx: Context, events: Sequence[Recognised], keys: Sequence[tuple[int, ...]], now: datetime
) -> None:
    for kind, reason in REASONS.items():
        chosen = [index for index, one in enumerate(events) if one.event.set_aside == kind]
        if not chosen:
            continue
        picked = [events[index] for index in chosen]
        await intake.set_aside(
            ctx.db,
            {
                "workspace_id": ctx.workspace.id,
                "at": now,
                "kind": kind,
                "reason": reason,
                "events": len(picked),
                "sample": describe_event(picked[0].event),
                "payload": _write(picked, [keys[index] for index in chosen], {}, now),
            },
        )


def describe_event(event: Event) -> str:
    """A few facts about an event, as JSON for people."""
    facts: dict[str, Any] = {
        "message_id": event.message_id,
        "type": event.type,
        "name": event.name,
        "time_us": event.time_us,
        "source_id": event.source_id,
        "user_id": event.user_id,
        "anonymous_id": event.anonymous_id,
    }
    return msgspec.json.encode(facts).decode()


async def _record_refusals(ctx: Context, notes: Sequence[tuple[int, BadItem]], now: datetime) -> None:
    rows = [(source_id, item.code, item.message, item.sample) for source_id, item in notes[:SAMPLES_PER_COMMIT_MAX]]
    await intake.record_refusals(ctx.db, ctx.workspace.id, now, rows)
