"""Makes a group of events durable: duplicates out, identifiers to keys, one row into the inbox.

Runs inside the caller's transaction; when that commits, the events are safe.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from kizuna.domains.collect.repository import intake
from kizuna.domains.collect.rules.bodies import BadItem
from kizuna.domains.collect.rules.chunks import Counts, write_chunk
from kizuna.domains.collect.rules.events import Events
from kizuna.domains.collect.service.identities import Identity, resolve
from kizuna.domains.collect.service.recognise import Recognised
from kizuna.kernel.context import Context

SAMPLES_PER_COMMIT_MAX = 50

REASONS = {
    "future": "The event's time is more than 24 hours ahead, even after the sender's clock was corrected.",
    "late": "The event's time is before 1990; the sender's clock was never set.",
}


@dataclass(slots=True)
class Group:
    """What one transaction takes in."""

    taken: Recognised = field(default_factory=Recognised)
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
    fresh = await drop_duplicates(ctx, group.taken, counts)
    keys = await resolve(ctx, fresh.identities, fresh.events.sources)
    now = ctx.clock.now()
    apart = [place for place, reason in enumerate(fresh.events.set_aside) if reason is not None]
    kept, keys_of_kept = fresh, keys
    if apart:
        for place in apart:
            _count(counts, fresh.events.sources[place]).set_aside += 1
        await _set_aside(ctx, fresh.pick(apart), [keys[place] for place in apart], now)
        places = [place for place, reason in enumerate(fresh.events.set_aside) if reason is None]
        kept, keys_of_kept = fresh.pick(places), [keys[place] for place in places]
    if len(kept) or counts:
        await intake.put_chunk(ctx.db, ctx.workspace.id, len(kept), _write(kept, keys_of_kept, counts, now))
    if group.notes:
        await _record_refusals(ctx, group.notes, now)
    return Stored(
        accepted=len(kept),
        duplicates=len(group.taken) - len(fresh),
        set_aside=len(apart),
        identities=fresh.identities,
        keys=keys,
    )


async def drop_duplicates(ctx: Context, taken: Recognised, counts: dict[int, Counts]) -> Recognised:
    """Events whose message id was not seen from their source; within the group the first wins."""
    digests, sources = taken.events.digests, taken.events.sources
    if not digests:
        return taken
    first = dict(zip(reversed(digests), range(len(digests) - 1, -1, -1), strict=True))
    known = await intake.remember_hashes(ctx.db, sorted(first))
    if not known and len(first) == len(digests):
        return taken
    fresh = [place for place, digest in enumerate(digests) if digest not in known and first[digest] == place]
    for place in set(range(len(digests))).difference(fresh):
        _count(counts, sources[place]).duplicates += 1
    return taken.pick(fresh)


def _count(counts: dict[int, Counts], source_id: int) -> Counts:
    found = counts.get(source_id)
    if found is None:
        found = counts[source_id] = Counts()
    return found


def _write(taken: Recognised, keys: Sequence[tuple[int, ...]], counts: dict[int, Counts], now: datetime) -> bytes:
    texts = [identity.text for identity in taken.identities]
    return write_chunk(taken.events, keys, texts, counts, round(now.timestamp() * 1_000_000))


async def _set_aside(ctx: Context, apart: Recognised, keys: Sequence[tuple[int, ...]], now: datetime) -> None:
    for kind, reason in REASONS.items():
        places = [place for place, given in enumerate(apart.events.set_aside) if given == kind]
        if not places:
            continue
        picked = apart.pick(places)
        await intake.set_aside(
            ctx.db,
            {
                "workspace_id": ctx.workspace.id,
                "at": now,
                "kind": kind,
                "reason": reason,
                "events": len(picked),
                "sample": describe_first(picked.events),
                "payload": _write(picked, [keys[place] for place in places], {}, now),
            },
        )


def describe_first(events: Events) -> str:
    """A few facts about the first of some events, as JSON for people."""
    user_id, anonymous_id, *_ = events.named[0]
    facts: dict[str, Any] = {
        "message_id": events.message_ids[0],
        "type": events.types[0],
        "name": events.names[0],
        "time_us": events.times[0],
        "source_id": events.sources[0],
        "user_id": user_id,
        "anonymous_id": anonymous_id,
    }
    return msgspec.json.encode(facts).decode()


async def _record_refusals(ctx: Context, notes: Sequence[tuple[int, BadItem]], now: datetime) -> None:
    rows = [(source_id, item.code, item.message, item.sample) for source_id, item in notes[:SAMPLES_PER_COMMIT_MAX]]
    await intake.record_refusals(ctx.db, ctx.workspace.id, now, rows)
