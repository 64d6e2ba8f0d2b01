"""What other domains may ask of profiles.

Tracking: ``accept_identifiers`` → ``resolve_keys`` before the acknowledgement, ``observe`` in
the stream. Everything takes batches.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kizuna.domains.profiles.contracts import (
    Identifier,
    KnownTrait,
    Observations,
    Observed,
    ProfileRef,
    ShownProfile,
)
from kizuna.domains.profiles.rules.identifiers import accept_identifiers, normalise_value
from kizuna.domains.profiles.service import computed as _computed
from kizuna.domains.profiles.service import describe as _describe
from kizuna.domains.profiles.service import everybody as _everybody
from kizuna.domains.profiles.service import export as _export
from kizuna.domains.profiles.service import observe as _observe
from kizuna.domains.profiles.service import outgoing as _outgoing
from kizuna.domains.profiles.service import rebuild as _rebuild
from kizuna.domains.profiles.service import refs as _refs
from kizuna.domains.profiles.service import resolve as _resolve
from kizuna.domains.profiles.service.everybody import Described
from kizuna.domains.profiles.service.export import ExportJob, ExportOrder, Listed
from kizuna.domains.profiles.service.memory import StreamMemory
from kizuna.domains.profiles.service.outgoing import Outgoing, OutgoingPerson
from kizuna.kernel.context import Context, Runtime

if TYPE_CHECKING:
    from kizuna.domains.profiles.repository.everybody import Ints

__all__ = [
    "Described",
    "ExportJob",
    "ExportOrder",
    "Identifier",
    "KnownTrait",
    "Listed",
    "Observations",
    "Observed",
    "Outgoing",
    "OutgoingPerson",
    "ProfileRef",
    "ShownProfile",
    "StreamMemory",
    "accept_identifiers",
    "clear_computed",
    "count_computed",
    "count_people",
    "describe_profiles",
    "find_computed",
    "find_keys",
    "find_profile_keys",
    "list_identifier_types",
    "list_traits",
    "may_compute",
    "member_keys",
    "normalise_value",
    "observe",
    "profile_ids",
    "read_changed_keys",
    "read_described",
    "read_groups",
    "read_joined",
    "read_outgoing",
    "read_universe",
    "rebuild_profiles",
    "resolve_keys",
    "run_export",
    "start_export",
    "watched_keys",
    "write_computed",
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


async def describe_profiles(ctx: Context, keys: Iterable[int]) -> dict[int, ShownProfile]:
    """Profile key → the customer as the one who acts may see them; keys that are no profile's now are left out."""
    return await _describe.describe_profiles(ctx, keys)


async def find_profile_keys(ctx: Context, profile_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The profile key that each id leads to now; unknown ids are left out."""
    return await _describe.find_profile_keys(ctx, profile_ids)


async def count_people(ctx: Context) -> int:
    """How many customers there are. Counts them: remember it for a while."""
    return await _describe.count_people(ctx)


async def list_traits(ctx: Context, limit: int) -> list[KnownTrait]:
    """Traits of the customers seen last, the commonest first."""
    return await _describe.list_traits(ctx, limit)


async def list_identifier_types(ctx: Context) -> list[str]:
    """Types of identifiers: those that Kizuna knows, and others that were seen."""
    return await _describe.list_identifier_types(ctx)


async def read_universe(ctx: Context) -> "Ints":
    """Keys of all living profiles, ascending, as an array."""
    return await _everybody.read_universe(ctx)


async def read_joined(ctx: Context) -> "Ints":
    """Rows of (node key, profile key) for every node that is not its own profile, as an array."""
    return await _everybody.read_joined(ctx)


async def read_changed_keys(ctx: Context) -> list[int]:
    """Profiles that changed, or are new, since the lake was told of them last."""
    return await _everybody.read_changed_keys(ctx)


async def read_groups(ctx: Context, keys: Iterable[int]) -> list[tuple[int, int]]:
    """(node key, profile key) of all nodes of the profiles that these nodes belong to now."""
    return await _everybody.read_groups(ctx, keys)


async def read_described(ctx: Context, profile_keys: Iterable[int]) -> dict[int, Described]:
    """Traits, identifiers and nodes of the living profiles among these, unmasked: for deciding, not for showing."""
    return await _everybody.read_described(ctx, profile_keys)


async def write_computed(ctx: Context, values: Mapping[int, Mapping[str, Any]]) -> int:
    """Brings traits that Kizuna works out itself up to date: profile key → name → value, None for none. Returns
    how many profiles had others; keys that are no profile's now are left out.

    Takes the workspace's identity lock when something differs, and keeps it until the transaction ends: call it
    before taking row locks that somebody who holds that lock may wait for.
    """
    return await _computed.write_computed(ctx, values)


async def may_compute(ctx: Context, name: str, module: str | None = None) -> bool:
    """Whether a trait that Kizuna works out may have this name: no event and no member brings one of it, Kizuna
    itself reads no trait of it, and no other module than ``module`` works one out under it."""
    return await _computed.may_compute(ctx, name, module)


async def find_computed(ctx: Context, name: str) -> list[int]:
    """Keys of the profiles for which a value was worked out under a name."""
    return await _computed.find_computed(ctx, name)


async def count_computed(ctx: Context, name: str) -> int:
    """For how many customers a value was worked out under a name."""
    return await _computed.count_computed(ctx, name)


async def clear_computed(ctx: Context, name: str, limit: int) -> int:
    """Takes what was worked out under a name from some profiles; returns 0 when nobody has it any more. Takes the
    workspace's identity lock."""
    return await _computed.clear_computed(ctx, name, limit)


async def start_export(ctx: Context, order: ExportOrder, job: ExportJob) -> int:
    """Queues a file of people that another domain lists, and writes down who asked why; returns the job's id.

    The file shows what the one who acts may see. Raises ``Invalid`` for columns or a purpose there is not.
    """
    return await _export.start_export(ctx, order, job)


async def run_export(
    runtime: Runtime, workspace_id: int, job_id: int, given: Mapping[str, Any], listed: Listed
) -> None:
    """The work of such a job: ``given`` are its arguments without the domain's own, ``listed`` finds the keys
    again. It can stop and go on."""
    await _export.run_export(runtime, workspace_id, job_id, given, listed)


async def read_outgoing(ctx: Context, keys: Iterable[int], use: str, *, contact: bool, sensitive: bool) -> Outgoing:
    """The people with these keys as they may leave Kizuna for ``use`` (``marketing.ads``), by what somebody could
    see who decided that they should: what they could not see is left out. Who is withheld is not counted yet."""
    return await _outgoing.read_outgoing(ctx, keys, use, contact=contact, sensitive=sensitive)


async def rebuild_profiles(ctx: Context) -> int:
    """Works out from the identity log alone who is one profile, and corrects what differs; returns how
    many nodes that were. For the doctor and after a restore: it is 0 unless rows were lost or changed
    from outside."""
    return await _rebuild.rebuild_profiles(ctx)


def _as_identifiers(given: Sequence[Identifier | tuple[str, str]]) -> list[Identifier]:
    return [one if isinstance(one, Identifier) else Identifier(*one) for one in given]
