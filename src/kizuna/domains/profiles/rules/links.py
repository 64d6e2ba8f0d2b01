"""Which profiles an event joins, and which it must not.

An event's identifiers are taken in order of priority. The first one's profile is the event's; each
further identifier brings its own profile in, unless that would break a rule, and is then left out of
this event while the others go on. (Segment drops the lowest identifier and tries again; this ends at
the same or a larger set, because an innocent identifier below the offending one is kept.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kizuna.domains.profiles.contracts import Link, Refusal, Trust
from kizuna.domains.profiles.rules.identifiers import (
    IDENTIFIED_TYPES,
    IDENTIFIERS_PER_PROFILE_MAX,
    is_weak,
    limit_of,
)

BLOCKED = "blocked"
"""A member took these people apart; only a member's merge brings them together again."""
SHARED_DEVICE = "shared_device"
"""A device or cookie is no evidence that two known people are one."""
UNSIGNED = "unsigned"
"""A public write key may not merge two known profiles unless the user id is signed."""
SIZE = "size"
"""The profile would hold too many identifiers: a sign that something shared is sent as an id."""
LIMIT = "limit:"
"""Prefix of ``limit:<type>``: the profile would hold too many identifiers of a type."""


@dataclass(frozen=True, slots=True)
class Node:
    key: int
    type: str


@dataclass(slots=True)
class Component:
    """A profile as far as decisions need it."""

    key: int
    counts: dict[str, int]
    """Identifiers by type."""
    observed: bool
    """False for an identifier that no event belonged to yet: there is no such customer so far."""
    sides: frozenset[tuple[int, int]] = frozenset()
    """(block, side) for each block that a node of this profile stands in; sides are 0 and 1."""
    members: list[int] = field(default_factory=list[int])

    @property
    def identified(self) -> bool:
        return not IDENTIFIED_TYPES.isdisjoint(self.counts)


@dataclass(frozen=True, slots=True)
class Decision:
    links: tuple[Link, ...]
    refusals: tuple[Refusal, ...]
    joined: Component


def decide_links(
    nodes: Sequence[Node],
    component_of: Mapping[int, Component],
    trust: Trust,
    *,
    alias: bool = False,
) -> Decision:
    """Links and refusals of one event. ``nodes`` in order of priority; ``component_of`` by node key.

    Nothing given is changed; ``joined`` is the event's profile after the links.
    """
    links: list[Link] = []
    refusals: list[Refusal] = []
    first = nodes[0]
    joined = component_of[first.key]
    brought = {joined.key}
    for node in nodes[1:]:
        other = component_of[node.key]
        if other.key in brought:
            continue
        reason = refuse_join(joined, other, node, trust, alias=alias and trust > Trust.PUBLIC)
        if reason is None:
            links.append(Link(first.key, node.key))
            joined = join_components(joined, other)
            brought.add(other.key)
        else:
            refusals.append(Refusal(node.key, other.key, reason))
    return Decision(tuple(links), tuple(refusals), joined)


def refuse_join(profile: Component, other: Component, evidence: Node, trust: Trust, *, alias: bool) -> str | None:
    """Why ``other`` may not come into ``profile`` on the evidence of one of its nodes; None when it may."""
    if stand_apart(profile, other):
        return BLOCKED
    if len(profile.members) + len(other.members) > IDENTIFIERS_PER_PROFILE_MAX:
        return SIZE
    if alias:
        return None
    exceeded = exceeded_limit(profile, other)
    if exceeded is not None:
        return LIMIT + exceeded
    if profile.identified and other.identified:
        if is_weak(evidence.type):
            return SHARED_DEVICE
        # An identifier never seen before may be added to the profile that names it; a profile that
        # exists may not be claimed by naming its e-mail address, which anybody can know.
        if trust is Trust.PUBLIC and other.observed:
            return UNSIGNED
    return None


def stand_apart(one: Component, other: Component) -> bool:
    """True when a block has nodes of ``one`` on one side and of ``other`` on the other."""
    if not one.sides or not other.sides:
        return False
    return any((block, 1 - side) in other.sides for block, side in one.sides)


def blocks_between(one: Component, other: Component) -> list[int]:
    """The blocks that keep two profiles apart, ascending."""
    return sorted({block for block, side in one.sides if (block, 1 - side) in other.sides})


def exceeded_limit(one: Component, other: Component) -> str | None:
    """The first type, by name, of which both together hold more than its limit."""
    shared = one.counts.keys() & other.counts.keys()
    over = [type_ for type_ in shared if one.counts[type_] + other.counts[type_] > limit_of(type_)]
    return min(over, default=None)


def join_components(one: Component, other: Component) -> Component:
    counts = dict(one.counts)
    for type_, count in other.counts.items():
        counts[type_] = counts.get(type_, 0) + count
    return Component(
        key=min(one.key, other.key),
        counts=counts,
        observed=True,
        sides=one.sides | other.sides,
        members=one.members + other.members,
    )
