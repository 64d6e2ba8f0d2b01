"""What a workspace knows, as conditions are checked and worded by."""

from datetime import datetime, timedelta

from kizuna.conditions.problems import Names
from kizuna.domains.privacy.contracts import NO_CHANNEL
from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.service.catalogue import Catalogue, read_catalogue
from kizuna.kernel.context import Context, Runtime

FRESH = timedelta(seconds=10)

# What the catalogue of events and the traits of profiles call the types of JSON.
_TYPES = {"list": "array", "date": "string", "datetime": "string"}


class CatalogueMemory:
    """A condition is checked at every keystroke; what there is changes slowly."""

    def __init__(self, _runtime: Runtime) -> None:
        self.catalogues: dict[int, tuple[datetime, Catalogue]] = {}


async def read_names(ctx: Context, own_id: int | None = None) -> Names:
    """``own_id`` is of the segment whose condition is checked."""
    found = await _read_catalogue(ctx)
    segments = dict(await repository.list_names(ctx, len(found.segments) + 1_000))
    uses = await repository.read_uses(ctx)
    return Names(
        events={
            event.name: {path: _TYPES.get(kind, kind) for path, kind in event.properties} for event in found.events
        },
        traits={one.name: _TYPES.get(one.type, one.type) for one in found.traits},
        trait_words=ctx.runtime.registry.trait_words,
        identifier_types=frozenset(found.identifier_types),
        purposes={one.key: frozenset(one.channels) or frozenset((NO_CHANNEL,)) for one in found.purposes},
        segments=segments,
        segment_refs={segment_id: frozenset(used) for segment_id, used in uses.items()},
        facts={fact.name: _TYPES.get(fact.type, fact.type) for fact in found.facts},
        touchpoints=frozenset(found.touchpoints),
        own_segment=own_id,
    )


async def _read_catalogue(ctx: Context) -> Catalogue:
    memory = ctx.runtime.remembered(CatalogueMemory)
    now = ctx.clock.now()
    known = memory.catalogues.get(ctx.workspace.id)
    if known is None or not known[0] <= now < known[0] + FRESH:
        known = memory.catalogues[ctx.workspace.id] = (now, await read_catalogue(ctx))
    return known[1]
