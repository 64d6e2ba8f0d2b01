"""The people that events name: identifiers to node keys, remembered in the server.

Keys never change, so what was once committed may be remembered for ever; only memory is bounded.
"""

from collections.abc import Iterable
from typing import cast

import msgspec

from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import Identifier
from kizuna.kernel.context import Context

GENERATION_MAX = 40_000

Found = tuple[tuple[str, str], ...]


class Identity(msgspec.Struct):
    """The identifiers of an event, normalised. ``keys`` are set once their commit is done."""

    identifiers: tuple[Identifier, ...]
    text: str
    """JSON of [[type, value], …], as the lake keeps it."""
    keys: tuple[int, ...] | None = None


class IdentityMemory:
    """Identifiers as they came → identity, for one workspace. Two generations make a cheap
    least-recently-used cache: what was not asked for during a whole generation goes."""

    def __init__(self, country: str) -> None:
        self._country = country
        self._young: dict[Found, Identity] = {}
        self._old: dict[Found, Identity] = {}

    def find(self, found: Found) -> Identity | None:
        """The identity that these identifiers were found to be before."""
        identity = self._young.get(found)
        if identity is None:
            identity = self._old.get(found)
            if identity is not None:
                self._remember(found, identity)
        return identity

    def meet(self, found: Found) -> tuple[Identity | None, Found]:
        """A new identity and those of the identifiers that name nobody; no identity if none does."""
        identifiers = profiles.accept_identifiers(found, self._country)
        dropped: Found = ()
        if len(identifiers) < len(found):
            dropped = tuple(one for one in found if not profiles.accept_identifiers([one], self._country))
        if not identifiers:
            return None, dropped
        identity = Identity(identifiers, write_identifiers(identifiers))
        self._remember(found, identity)
        return identity, dropped

    def _remember(self, found: Found, identity: Identity) -> None:
        if len(self._young) >= GENERATION_MAX:
            self._old, self._young = self._young, {}
        self._young[found] = identity


def write_identifiers(identifiers: Iterable[Identifier]) -> str:
    return msgspec.json.encode([(one.type, one.value) for one in identifiers]).decode()


async def resolve(ctx: Context, identities: list[Identity], source_ids: list[int]) -> list[tuple[int, ...]]:
    """Node keys of each identity, highest priority first. Does not touch ``Identity.keys``: only the
    commit makes new keys true."""
    known = [identity.keys for identity in identities]
    if None not in known:
        return cast("list[tuple[int, ...]]", known)
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
