"""Which properties of events there are, for those who decide who sees them."""

from kizuna.domains.collect.repository import catalogue
from kizuna.kernel.context import Context
from kizuna.kernel.fields import FieldKind, SeenField

LOOKED_AT = 10_000
_TRAITS: frozenset[str] = frozenset({"identify"})


async def find_fields(ctx: Context) -> list[SeenField]:
    """From the catalogue, with the events that carry each; what an ``identify`` carries are traits."""
    where: dict[tuple[FieldKind, str], list[str]] = {}
    for path, call, event in await catalogue.find_fields(ctx.db, LOOKED_AT):
        kind: FieldKind = "trait" if call in _TRAITS else "property"
        where.setdefault((kind, path), []).append(event)
    return [SeenField(kind, path, tuple(events)) for (kind, path), events in where.items()]
