"""What events say about people: the identity step of the stream.

Most events are by somebody known, at a moment near the last: they cost a dictionary look-up and a
place in an array. Only what changes something takes the workspace's identity lock and is written,
all of a batch together.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from kizuna.domains.profiles.contracts import NO_SIGN, Link, Observation, Observations, Observed, Refusal, TraitRow
from kizuna.domains.profiles.repository import identity, profiles
from kizuna.domains.profiles.repository.identity import Head, LogRecord
from kizuna.domains.profiles.repository.profiles import Activity
from kizuna.domains.profiles.rules.links import decide_links
from kizuna.domains.profiles.rules.traits import encode_traits, outranks
from kizuna.domains.profiles.service.derive import derive_profiles
from kizuna.domains.profiles.service.memory import RefusedJoin, StreamMemory
from kizuna.domains.profiles.service.standing import Standing, load_standing, write_joins
from kizuna.kernel.context import Context


async def observe(ctx: Context, batch: Observations, memory: StreamMemory) -> Observed:
    """Takes in a batch in the order given: links, traits, first and last seen.

    Call it once in a transaction, before taking row locks of other tables in it.
    """
    if not len(batch):
        return Observed()
    head = await identity.read_head(ctx)
    unsettled = {place: batch.at(place) for place in memory.list_unsettled(ctx.workspace.id, head.splits, batch)}
    described = [batch.at(place) for place, traits in batch.traits.items() if traits]
    seen = memory.select_unwritten(ctx.workspace.id, memory.gather(batch))
    activities = [
        Activity(key, memory.touchpoint(code), first, last)
        for key, code, first, last in zip(
            seen.keys.tolist(), seen.codes.tolist(), seen.firsts.tolist(), seen.lasts.tolist(), strict=True
        )
    ]
    if not (unsettled or described or activities):
        return Observed()
    head = await identity.lock_identity(ctx)
    profile_of = await _read_profile_keys(ctx, unsettled.values(), described, activities)
    unsettled = _find_undecided(ctx, memory, head, unsettled, profile_of)
    links: list[Link] = []
    refusals: list[Refusal] = []
    changed: set[int] = set()
    if unsettled:
        links, refusals, changed = await _join_profiles(ctx, memory, head, batch, unsettled, profile_of)
    changed |= await _write_traits(ctx, described, profile_of)
    await _write_seen(ctx, head, activities, profile_of, changed)
    return Observed(tuple(links), tuple(refusals), frozenset(changed))


async def _read_profile_keys(
    ctx: Context, unsettled: Iterable[Observation], described: Sequence[Observation], seen: Sequence[Activity]
) -> dict[int, int]:
    """Node → profile key of every node the batch needs; nodes that are gone (erased) are left out."""
    wanted = {key for one in unsettled for key in one.keys}
    wanted.update(one.keys[0] for one in described)
    wanted.update(one.key for one in seen)
    return {key: profile_key for key, _, profile_key in await identity.read_nodes(ctx, sorted(wanted))}


def _find_undecided(
    ctx: Context,
    memory: StreamMemory,
    head: Head,
    unsettled: dict[int, Observation],
    profile_of: dict[int, int],
) -> dict[int, Observation]:
    """Those whose identifiers are not one profile yet."""
    undecided: dict[int, Observation] = {}
    joined: list[tuple[int, ...]] = []
    for place, one in unsettled.items():
        if len({profile_of.get(key) for key in one.keys}) == 1:
            joined.append(one.keys)
        elif all(key in profile_of for key in one.keys):
            undecided[place] = one
    memory.learn_settled(ctx.workspace.id, head.splits, joined)
    return undecided


async def _join_profiles(
    ctx: Context,
    memory: StreamMemory,
    head: Head,
    batch: Observations,
    undecided: dict[int, Observation],
    profile_of: dict[int, int],
) -> tuple[list[Link], list[Refusal], set[int]]:
    """Decides and writes the links of a batch; brings ``profile_of`` up to date."""
    touched = {profile_of[key] for one in undecided.values() for key in one.keys}
    standing = await load_standing(ctx, touched, splits=head.splits)
    links: list[Link] = []
    refusals: list[Refusal] = []
    records: list[LogRecord] = []
    for place, key in enumerate(batch.first_keys().tolist()):
        if key not in standing:
            continue
        one = undecided.get(place)
        if one is not None:
            made, refused = _decide(standing, one)
            links += made
            refusals += refused
            records += _describe(one, made, refused)
        standing.component_of(key).observed = True
    if refusals:
        records = _drop_logged(ctx, memory, records)
    if links:
        await write_joins(ctx, head.version, standing, records)
        profile_of.update(standing.moved())
    elif records:
        await identity.log_records(ctx, ctx.clock.now(), records)
    return links, refusals, {standing.component_of(link.a).key for link in links}


def _decide(standing: Standing, one: Observation) -> tuple[tuple[Link, ...], tuple[Refusal, ...]]:
    nodes = [standing.node(key) for key in one.keys]
    component_of = {key: standing.component_of(key) for key in one.keys}
    decision = decide_links(nodes, component_of, one.trust, alias=one.alias)
    for link in decision.links:
        standing.join(link)
    return decision.links, decision.refusals


def _describe(one: Observation, made: Sequence[Link], refused: Sequence[Refusal]) -> list[LogRecord]:
    """What the log says of an event's decision."""
    cause = one.message_id or None
    reason = "alias" if one.alias else "event"
    links = [LogRecord("link", link.a, link.b, reason, cause, one.source_id) for link in made]
    first = one.keys[0]
    return links + [LogRecord("refuse", first, no.key, no.reason, cause, one.source_id) for no in refused]


def _drop_logged(ctx: Context, memory: StreamMemory, records: Sequence[LogRecord]) -> list[LogRecord]:
    """Leaves out refused joins known to be in the log: a shared device brings the same ones all day."""
    logged = memory.refused(ctx.workspace.id)
    fresh: dict[RefusedJoin, LogRecord] = {}
    for record in records:
        place = (record.a, record.b, record.reason)
        if record.kind == "refuse" and place not in logged:
            fresh.setdefault(place, record)
    memory.learn_refused(ctx.workspace.id, list(fresh))
    return [one for one in records if one.kind == "link" or fresh.get((one.a, one.b, one.reason)) is one]


async def _write_traits(ctx: Context, described: Sequence[Observation], profile_of: dict[int, int]) -> set[int]:
    """Stores what counts among the traits of a batch; returns the profiles where a value changed."""
    latest: dict[tuple[int, str], TraitRow] = {}
    for one in described:
        key = one.keys[0]
        if key not in profile_of:
            continue
        at = datetime.fromtimestamp(one.time_s, UTC)
        for name, value in encode_traits(one.traits or {}):
            row = TraitRow(key, name, value, at, one.source_id, None)
            known = latest.get((key, name))
            if known is None or outranks(row, known):
                latest[key, name] = row
    if not latest:
        return set()
    stored = {(row.key, row.name): row for row in await profiles.read_traits(ctx, {key for key, _ in latest})}
    rows = [row for place, row in latest.items() if (known := stored.get(place)) is None or outranks(row, known)]
    if rows:
        await profiles.write_traits(ctx, rows)
    return {
        profile_of[row.key]
        for row in rows
        if (known := stored.get((row.key, row.name))) is None or known.value != row.value
    }


async def _write_seen(
    ctx: Context, head: Head, seen: Sequence[Activity], profile_of: dict[int, int], changed: set[int]
) -> None:
    """Writes activity, and the rows of profiles that are new, changed, or only seen again."""
    present = [one for one in seen if one.key in profile_of]
    spans: dict[int, tuple[float, float]] = {}
    for one in present:
        profile_key = profile_of[one.key]
        first, last = spans.get(profile_key, (one.first_s, -math.inf))
        # No sign of life: widens only what was first seen.
        last_s = one.last_s if one.touchpoint != NO_SIGN else -math.inf
        spans[profile_key] = (min(first, one.first_s), max(last, last_s))
    new: set[int] = set()
    if present:
        await profiles.write_activity(ctx, present)
        known = await profiles.touch_profiles(
            ctx, head.version, {key: span for key, span in spans.items() if key not in changed}
        )
        new = spans.keys() - known - changed
    if new or changed:
        await derive_profiles(ctx, head.version, new | changed, new=new)
