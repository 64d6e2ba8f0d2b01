"""Makes a group of events durable: duplicates out, identifiers to keys, one row into the inbox.

Runs inside the caller's transaction; when that commits, the events are safe.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from kizuna.domains.collect.repository import intake
from kizuna.domains.collect.rules.bodies import BadItem
from kizuna.domains.collect.rules.chunks import Counts, write_chunk
from kizuna.domains.collect.rules.events import Events
from kizuna.domains.collect.service.identities import Identity, known_keys, resolve
from kizuna.domains.collect.service.known_messages import Question, Written
from kizuna.domains.collect.service.recognise import Recognised
from kizuna.domains.collect.service.screen import Withheld, passes_whole, screen
from kizuna.domains.privacy import api as privacy
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
    withheld: int = 0
    identities: list[Identity] = field(default_factory=list[Identity])
    keys: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])
    written: Written | None = None
    stated_no: list[Identity] = field(default_factory=list[Identity])

    def learn(self) -> None:
        for identity in self.stated_no:
            identity.has_stated_no = True
        for identity, keys in zip(self.identities, self.keys, strict=True):
            if identity.keys is None:
                identity.learn(keys)
        if self.written is not None:
            self.written.learn()


def usual_keys(group: Group, terms: privacy.Terms | None) -> list[tuple[int, ...]] | None:
    """Node keys of each event, if nobody is new, all may be stored, and nothing is to be noted or set aside."""
    if terms is None or group.notes or any(group.taken.events.set_aside):
        return None
    keys = known_keys(group.taken.identities)
    return keys if keys is not None and passes_whole(group.taken, keys, terms) else None


async def store_whole(
    db: AsyncConnection[Any],
    workspace_id: int,
    taken: Recognised,
    refused: dict[int, Counts],
    question: Question,
    keys: Sequence[tuple[int, ...]],
    now: datetime,
) -> Stored | None:
    """Stores events by one statement, complete in itself; None, and nothing, when a message was known."""
    if len(question.asked.hashes) < len(taken):
        return None
    payload = _write(taken, keys, refused, now)
    generation = await intake.take(db, workspace_id, question.asked, len(taken), payload)
    if generation is None:
        return None
    written = Written(question, generation, len(taken))
    return Stored(accepted=len(taken), identities=taken.identities, keys=list(keys), written=written)


async def store_group(ctx: Context, group: Group, question: Question, *, whole: bool = True) -> Stored:
    """Stores a group of events of the context's workspace, as far as they may be stored. ``whole`` tries
    first whether all are new."""
    terms = await ctx.runtime.remembered(privacy.TermsMemory).read(ctx)
    screened = await screen(ctx, group.taken, terms)
    now, taken = ctx.clock.now(), screened.taken
    keys = await resolve(ctx, taken.identities, taken.events.sources)
    if group.notes:
        await _record_refusals(ctx, group.notes, now)
    if whole and not screened.withheld and not any(taken.events.set_aside):
        stored = await store_whole(ctx.db, ctx.workspace.id, taken, count_refused(group), question, keys, now)
        if stored is not None:
            stored.stated_no = screened.stated_no
            return stored
    counts = count_refused(group)
    withheld = _count_withheld(counts, screened.withheld)
    fresh, written = await find_fresh(ctx, taken.events, question, counts)
    apart = [place for place in fresh if taken.events.set_aside[place] is not None]
    kept = [place for place in fresh if taken.events.set_aside[place] is None]
    for place in apart:
        _count(counts, taken.events.sources[place]).set_aside += 1
    if apart:
        await _set_aside(ctx, taken.pick(apart), [keys[place] for place in apart], now)
    if kept or counts:
        payload = _write(taken.pick(kept), [keys[place] for place in kept], counts, now)
        await intake.put_chunk(ctx.db, ctx.workspace.id, len(kept), payload)
    return Stored(
        accepted=len(kept),
        duplicates=len(taken) - len(fresh),
        set_aside=len(apart),
        withheld=withheld,
        identities=taken.identities,
        keys=keys,
        written=written,
        stated_no=screened.stated_no,
    )


def _count_withheld(counts: dict[int, Counts], withheld: Withheld) -> int:
    for source_id, reasons in withheld.items():
        _count(counts, source_id).withheld = reasons
    return sum(number for reasons in withheld.values() for number in reasons.values())


async def find_fresh(
    ctx: Context, events: Events, question: Question, counts: dict[int, Counts]
) -> tuple[list[int], Written | None]:
    """Places of the events whose message id was not seen from their source; within the group the first
    wins. Counts the others."""
    digests = events.digests
    if not digests:
        return [], None
    first = dict(zip(reversed(digests), range(len(digests) - 1, -1, -1), strict=True))
    generation, number, known = await intake.remember(ctx.db, question.asked)
    fresh = [place for place, digest in enumerate(digests) if digest not in known and first[digest] == place]
    for place in set(range(len(digests))).difference(fresh):
        _count(counts, events.sources[place]).duplicates += 1
    return fresh, Written(question, generation, number)


def count_refused(group: Group) -> dict[int, Counts]:
    return {source_id: Counts(refused=number) for source_id, number in group.refused.items()}


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
