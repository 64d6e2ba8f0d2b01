"""The frozen shapes that cross the border of the domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NewType
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.integer[Any]]

NodeKey = NewType("NodeKey", int)
"""Dense integer of one identifier in its workspace; event rows carry it for ever."""

ProfileKey = NewType("ProfileKey", int)
"""Smallest node key of a profile. Changes with merges: store node keys, show profile ids."""


NO_SIGN = "-"
"""Touchpoint of events that are no sign of life, such as an import of traits."""


class Identifier(msgspec.Struct, frozen=True, order=True, gc=False):
    """A normalised identifier, as ``api.accept_identifiers`` returns it."""

    type: str
    value: str


class Trust(IntEnum):
    """How far the sender of an event is believed when it says that two identifiers are one person."""

    PUBLIC = 0
    """A browser or app with a write key that everybody can read."""
    SIGNED = 1
    """The same, with a user id signed by the company's server."""
    SERVER = 2
    """A server, webhook or import."""


class Observation(msgspec.Struct, frozen=True, gc=False):
    """What one event says about identity and traits."""

    keys: tuple[int, ...]
    """Nodes of the event's identifiers, highest priority first; the first is the event's key."""
    time_s: float
    """When it happened: seconds since 1970, UTC."""
    touchpoint: str
    source_id: int
    trust: Trust = Trust.SERVER
    traits: dict[str, Any] | None = None
    alias: bool = False
    """The sender says outright that these identifiers are one person: limits by type do not apply."""
    active: bool = True
    """False for an event that updates traits without being a sign of life."""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Observations:
    """What a batch of events says, in their order: the same place in every array."""

    keys: "Ints"
    """Nodes of all events' identifiers, one event's after the other's."""
    ends: "Ints"
    """Where the keys of each event end."""
    times_s: "NDArray[np.float64]"
    touchpoints: Sequence[str]
    touchpoint_index: "Ints"
    sources: "Ints"
    trusts: "Ints"
    aliases: "NDArray[np.bool_]"
    active: "NDArray[np.bool_]"
    message_ids: Sequence[str]
    traits: Mapping[int, dict[str, Any] | None]
    """By place; most events bring none."""

    def __len__(self) -> int:
        return len(self.message_ids)

    def starts(self) -> "Ints":
        starts = self.ends.copy()
        starts[1:], starts[:1] = self.ends[:-1], 0
        return starts

    def first_keys(self) -> "Ints":
        """The key of each event: of its identifier with the highest priority."""
        return self.keys[self.starts()]

    def at(self, place: int) -> Observation:
        start = int(self.ends[place - 1]) if place else 0
        return Observation(
            keys=tuple(self.keys[start : self.ends[place]].tolist()),
            time_s=float(self.times_s[place]),
            touchpoint=self.touchpoints[int(self.touchpoint_index[place])],
            source_id=int(self.sources[place]),
            trust=Trust(int(self.trusts[place])),
            traits=self.traits.get(place),
            alias=bool(self.aliases[place]),
            active=bool(self.active[place]),
            message_id=self.message_ids[place],
        )


class Link(msgspec.Struct, frozen=True, gc=False):
    """Two nodes whose profiles became one."""

    a: int
    b: int


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """An identifier that was not joined to its event's profile, and why (``rules.links`` lists reasons)."""

    key: int
    profile_key: int
    reason: str


class Observed(msgspec.Struct, frozen=True):
    """What a batch changed."""

    links: tuple[Link, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    changed: frozenset[int] = frozenset()
    """Profile keys whose traits or identity changed."""


class ProfileRef(msgspec.Struct, frozen=True, gc=False):
    """Which profile a node belongs to now."""

    key: int
    profile_key: int
    profile_id: UUID


class TraitRow(msgspec.Struct, frozen=True, gc=False):
    """One stored observation: the latest that one node brought of one trait."""

    key: int
    name: str
    value: str
    """JSON text. ``null`` is an observation too: from then on the profile has no such trait."""
    at: datetime
    source_id: int | None
    member: str | None


class ShownProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as the one who acts may see them in a list. ``masked`` names what is not shown in full:
    ``name``, ``email``, ``traits.<name>``."""

    key: int
    id: UUID
    name: str | None
    email: str | None
    identified: bool
    last_seen: datetime
    traits: dict[str, Any]
    masked: list[str]


class KnownTrait(msgspec.Struct, frozen=True):
    """A trait, the type of its latest value, and how many of the latest customers have it."""

    name: str
    type: str
    people: int
