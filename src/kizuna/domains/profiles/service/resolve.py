"""Identifiers to keys: the part of identity that the acknowledgement of an event waits for."""

from collections.abc import Sequence

from kizuna.domains.profiles.contracts import Identifier
from kizuna.domains.profiles.repository import identity
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Unavailable

ATTEMPTS_MAX = 3


async def resolve_keys(
    ctx: Context, identifiers: Sequence[Identifier], sources: Sequence[int | None] | None = None
) -> list[int]:
    """The key of each identifier, in their order; unknown ones get a node.

    One look-up statement and, when there is anything new, one insert for all.
    """
    if not identifiers:
        return []
    source_of = dict(zip(identifiers, sources, strict=True)) if sources else {}
    wanted = sorted(set(identifiers), key=lambda identifier: (identifier.value, identifier.type))
    known = await identity.find_nodes(ctx, wanted)
    for _ in range(ATTEMPTS_MAX):
        new = [identifier for identifier in wanted if identifier not in known]
        if not new:
            return [known[identifier] for identifier in identifiers]
        made = await identity.insert_nodes(ctx, new, [source_of.get(one) for one in new], ctx.clock.now())
        known |= made
        if len(made) < len(new):  # another transaction was first, and has committed by now
            known |= await identity.find_nodes(ctx, [one for one in new if one not in made])
    raise Unavailable("identifiers_busy", "Identifiers could not be stored just now; try again.", retry_after_s=1)
