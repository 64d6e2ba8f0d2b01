"""The people that events name: identifiers to node keys, remembered in the server.

Keys never change, so what was once committed may be remembered for ever; only memory is bounded.
"""

from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from kizuna.domains.collect.rules.events import Named, list_pairs
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import Identifier
from kizuna.kernel.context import Context

GENERATION_MAX = 64_000
"""At about 600 bytes each, and there are two."""


class Identity(msgspec.Struct, eq=False):
    """The identifiers of an event, normalised. ``keys`` are set once their commit is done."""

    identifiers: tuple[Identifier, ...]
    """Until their keys are known."""
    text: str
    """JSON of [[type, value], …], as the lake keeps it."""
    keys: tuple[int, ...] | None = None
    has_stated_no: bool = False
    """A refusal of this person was kept here already; it is repeated with each of their events."""

    def learn(self, keys: tuple[int, ...]) -> None:
        self.identifiers, self.keys = (), keys


class IdentityMemory:
    """Identifiers as they came → identity, for one workspace. Two generations make a cheap
    least-recently-used cache: what was not asked for during a whole generation goes."""

    def __init__(self, country: str) -> None:
        self._country = country
        self._young: dict[Named, Identity] = {}
        self._old: dict[Named, Identity] = {}

    def find_all(self, named: Sequence[Named]) -> tuple[list[Identity | None], list[int]]:
        """The identities of some events, None for those that name nobody; and the places of those met
        for the first time, in which something may be wrong."""
        found: list[Identity | None] = [*map(self._young.get, named)]
        new: list[int] = []
        if None in found:
            for place in [place for place, identity in enumerate(found) if identity is None]:
                one = named[place]
                identity = self._young.get(one) or self._old.get(one)
                if identity is None:
                    identity = self._meet(one)
                    new.append(place)
                if identity is not None:
                    self._remember(one, identity)
                found[place] = identity
        return found, new

    def _meet(self, named: Named) -> Identity | None:
        identifiers = profiles.accept_identifiers(list_pairs(named), self._country)
        return Identity(identifiers, write_identifiers(identifiers)) if identifiers else None

    def _remember(self, named: Named, identity: Identity) -> None:
        if len(self._young) >= GENERATION_MAX:
            self._old, self._young = self._young, {}
        self._young[named] = identity

    def is_blocked(self, type_: str, value: str) -> bool:
        """Whether an identifier is a placeholder that names nobody."""
        return not profiles.accept_identifiers([(type_, value)], self._country)


def write_identifiers(identifiers: Iterable[Identifier]) -> str:
    return msgspec.json.encode([(one.type, one.value) for one in identifiers]).decode()


def known_keys(identities: list[Identity]) -> list[tuple[int, ...]] | None:
    """Node keys of each identity, if all are remembered."""
    keys = [identity.keys for identity in identities]
    return cast("list[tuple[int, ...]]", keys) if None not in keys else None


async def resolve(ctx: Context, identities: list[Identity], source_ids: list[int]) -> list[tuple[int, ...]]:
    """Node keys of each identity, highest priority first. Does not touch ``Identity.keys``: only the
    commit makes new keys true."""
    known = known_keys(identities)
    if known is not None:
        return known
    sources: dict[Identifier, int] = {}
    for identity, source_id in zip(identities, source_ids, strict=True):
        if identity.keys is None:
            for one in identity.identifiers:
                sources.setdefault(one, source_id)
    wanted = list(sources)
    keys = await profiles.resolve_keys(ctx, wanted, list(sources.values()))
    key_of = dict(zip(wanted, keys, strict=True))
    return [
        identity.keys
        if identity.keys is not None
        else tuple(dict.fromkeys([key_of[one] for one in identity.identifiers]))
        for identity in identities
    ]
