"""Leaves that ask what people are, not what they did: traits, identifiers, consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from kizuna.conditions.ast import Ago, Ahead, Anniversary, Consents, Dated, HasIdentifier, Moment, StartOf, Trait
from kizuna.conditions.moments import FAR_US, At, day_start_us, local_date, moment_us
from kizuna.conditions.values import compile_test, person_zone, read_instant, read_trait
from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments.repository import live
from kizuna.domains.segments.rules.packing import States, pack_states, unpack_states
from kizuna.domains.segments.service.feed_work import Crowd, turn
from kizuna.domains.segments.service.flips import CODES, Flips, Reason
from kizuna.domains.segments.service.memory import Sets
from kizuna.domains.segments.service.messages import Look
from kizuna.domains.segments.service.plan import Plan, PlannedLeaf, asks_consent
from kizuna.kernel.context import Context

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

LOOKED_AT_ONCE = 5_000
DAY_US = 86_400_000_000
_LONGEST_US = {"day": 2 * DAY_US, "week": 8 * DAY_US, "month": 32 * DAY_US, "year": 367 * DAY_US}


async def settle(
    ctx: Context,
    plan: Plan,
    sets: Sets,
    flips: Flips,
    people: Ints,
    crowd: Crowd,
    found: Mapping[int, bytes],
    at: At,
) -> list[tuple[int, int, int | None, bytes]]:
    """Judges these leaves for some profiles and changes their sets; returns the dues that are others now."""
    leaves = [leaf for leaf in plan.standing if leaf.ready]
    if not leaves or not len(people):
        return []
    due = np.full(len(people), FAR_US)
    described = await profiles.read_described(ctx, people.tolist())
    allowed = await _read_consent(ctx, leaves, described)
    reason = _reason(found, crowd, people, at)
    for leaf in leaves:
        holds = np.zeros(len(people), np.bool_)
        judge = _compile(leaf, at)
        for place, key in enumerate(people.tolist()):
            own = described.get(key)
            if own is None:
                continue
            if isinstance(leaf.node, Consents):
                holds[place] = key in allowed[leaf.node.purpose, leaf.node.channel]
            else:
                holds[place], when = judge(own)
                due[place] = min(int(due[place]), when)
        turn(sets, flips, leaf, people, holds, reason)
    return _write_dues(found, crowd, people, due)


def _reason(found: Mapping[int, bytes], crowd: Crowd, people: Ints, at: At) -> Reason:
    codes, ats = np.full(len(people), CODES["trait"]), np.full(len(people), at.now_us)
    known = unpack_states(sorted(found.items()))
    due = (known.dues > 0) & (known.dues <= at.now_us)
    owners = crowd.owner_of(known.keys[due])
    inside = np.isin(owners, people)
    places = np.searchsorted(people, owners[inside])
    codes[places], ats[places] = CODES["expiry"], known.dues[due][inside]
    return Reason(people, codes, ats)


async def _read_consent(
    ctx: Context, leaves: Sequence[PlannedLeaf], described: Mapping[int, profiles.Described]
) -> dict[tuple[str, str], set[int]]:
    """Who may be served, by (purpose, channel)."""
    allowed: dict[tuple[str, str], set[int]] = {}
    groups = {key: own.keys for key, own in described.items()}
    for purpose, channel in asks_consent(leaves):
        withheld = await privacy.find_withheld(ctx, groups, f"{purpose}.{channel}" if channel else purpose)
        allowed[purpose, channel] = groups.keys() - withheld.keys()
    return allowed


def _compile(leaf: PlannedLeaf, at: At) -> Any:
    """A function from what a profile is to (whether the leaf holds, when time may change that)."""
    node = leaf.node
    if isinstance(node, HasIdentifier):
        test = compile_test(node.test)
        return lambda own: (
            any(kind == node.type and test(value, at, None) for kind, value in own.identifiers),
            FAR_US,
        )
    assert isinstance(node, Trait | Consents)
    if isinstance(node, Consents):
        return lambda own: (False, FAR_US)
    test = compile_test(node.test)
    dated = node.test if isinstance(node.test, Dated | Anniversary) else None

    def judge(own: profiles.Described) -> tuple[bool, int]:
        value = read_trait(own.traits, node.name)
        zone = person_zone(own.traits, at)
        return test(value, at, zone), FAR_US if dated is None else next_look_us(dated, value, at, zone)

    return judge


def next_look_us(test: Dated | Anniversary, value: Any, at: At, zone: str) -> int:
    """Not later than the moment at which time alone may change what the test says of the value."""
    own = zone if test.zone == "person" else at.zone
    instant = read_instant(value, own)
    if instant is None:
        return FAR_US
    tomorrow = day_start_us(local_date(at, own) + timedelta(days=1), own)
    if isinstance(test, Anniversary):
        return tomorrow
    return min((_crosses_us(moment, instant, at, own, tomorrow) for moment in (test.since, test.until)), default=FAR_US)


def _crosses_us(moment: Moment | None, instant: int, at: At, zone: str, tomorrow: int) -> int:
    """When a moment that moves with the clock reaches an instant."""
    if isinstance(moment, Ago | Ahead):
        reaches = instant + moment.span.us if isinstance(moment, Ago) else instant - moment.span.us
        # Inclusive on one side, exclusive on the other: both instants are looked at.
        return next((when for when in (reaches, reaches + 1) if when > at.now_us), FAR_US)
    if isinstance(moment, StartOf):
        ahead = instant - moment_us(moment, at, zone)
        if ahead < 0:
            return FAR_US
        return max(tomorrow, at.now_us + ahead - _LONGEST_US[moment.unit])
    return FAR_US


def _write_dues(
    found: Mapping[int, bytes], crowd: Crowd, people: Ints, due: Ints
) -> list[tuple[int, int, int | None, bytes]]:
    """A person's due stands with the node that is their profile's key."""
    before = unpack_states(sorted(found.items()))
    nodes = np.union1d(before.keys, people)
    dues = np.zeros(len(nodes), np.int64)
    dues[np.searchsorted(nodes, before.keys)] = before.dues
    own, _ = crowd.nodes_of(people)
    dues[np.isin(nodes, own)] = 0
    dues[np.searchsorted(nodes, people)] = np.where(due >= FAR_US, 0, due)
    empty = np.zeros(0, np.int64)
    states = States(nodes, np.zeros(len(nodes), np.int64), dues, empty, empty, empty)
    return [
        (live.NO_FEED, chunk, when, payload)
        for chunk, when, payload in pack_states(states)
        if found.get(chunk, b"") != payload
    ]


async def ask_for_consent(ctx: Context, plan: Plan) -> None:
    """The terms for everybody changed: everybody is looked at, some at a time."""
    if not asks_consent(plan.standing):
        return
    universe = (await profiles.read_universe(ctx)).tolist()
    for start in range(0, len(universe), LOOKED_AT_ONCE):
        await live.put(ctx, "look", msgspec.msgpack.encode(Look(universe[start : start + LOOKED_AT_ONCE])))
