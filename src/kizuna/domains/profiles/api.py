"""What other domains may ask of profiles.

Tracking: ``accept_identifiers`` → ``resolve_keys`` before the acknowledgement, ``observe`` in
the stream. Everything takes batches.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from kizuna.domains.profiles.contracts import Identifier, Observations, Observed, ProfileRef
from kizuna.domains.profiles.rules.identifiers import accept_identifiers, normalise_value
from kizuna.domains.profiles.service import observe as _observe
from kizuna.domains.profiles.service import rebuild as _rebuild
from kizuna.domains.profiles.service import refs as _refs
from kizuna.domains.profiles.service import resolve as _resolve
from kizuna.domains.profiles.service.memory import StreamMemory
from kizuna.kernel.context import Context

__all__ = [
    "Identifier",
    "Observations",
    "Observed",
    "ProfileRef",
    "StreamMemory",
    "accept_identifiers",
    "find_keys",
    "member_keys",
    "normalise_value",
    "observe",
    "profile_ids",
    "rebuild_profiles",
    "resolve_keys",
    "watched_keys",
]


async def resolve_keys(
    ctx: Context,
    identifiers: Sequence[Identifier | tuple[str, str]],
    sources: Sequence[int | None] | None = None,
) -> list[int]:
    """The node key of each normalised identifier, in their order; unknown ones get one.

    ``sources`` says which source brought each. Call it once in a transaction: identifiers are inserted
    in order within a call, and two calls could wait for each other's. A key never changes, but only the
    commit makes it true: remember it then, not before. Raises ``Unavailable`` when others were in the way.
    """
    return await _resolve.resolve_keys(ctx, _as_identifiers(identifiers), sources)


async def find_keys(ctx: Context, identifiers: Sequence[Identifier | tuple[str, str]]) -> dict[Identifier, int]:
    """Node keys of those identifiers that are known already; creates nothing."""
    return await _refs.find_keys(ctx, _as_identifiers(identifiers))


async def observe(ctx: Context, batch: Observations, memory: StreamMemory) -> Observed:
    """Takes in what a batch of events says: links by the rules of identity, traits, signs of life.

    In the order given; an observation may come twice without harm. Call it once in a transaction and
    before taking row locks of other tables, for it takes the workspace's identity lock. Open
    ``memory.staged()`` around the transaction, so that only what was committed is remembered.
    """
    return await _observe.observe(ctx, batch, memory)


async def profile_ids(ctx: Context, keys: Iterable[int]) -> dict[int, ProfileRef]:
    """The profile that each node key belongs to now; keys never observed are left out."""
    return await _refs.profile_ids(ctx, keys)


async def member_keys(ctx: Context, keys: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """For each node key all node keys of the profile it belongs to now, ascending; keys of nodes that are
    gone are left out."""
    return await _refs.member_keys(ctx, keys)


async def watched_keys(ctx: Context, profile_ids: Iterable[str | UUID]) -> dict[int, UUID]:
    """Node key → profile id, of all nodes of these profiles: to tell a watched page of its events.

    Ids that are unknown or not UUIDs are left out; the id of a merged profile stands for what it is
    part of now, under the id asked for.
    """
    return await _refs.watched_keys(ctx, profile_ids)


async def rebuild_profiles(ctx: Context) -> int:
    """Works out from the identity log alone who is one profile, and corrects what differs; returns how
    many nodes that were. For the doctor and after a restore: it is 0 unless rows were lost or changed
    from outside."""
    return await _rebuild.rebuild_profiles(ctx)


def _as_identifiers(given: Sequence[Identifier | tuple[str, str]]) -> list[Identifier]:
    return [one if isinstance(one, Identifier) else Identifier(*one) for one in given]
