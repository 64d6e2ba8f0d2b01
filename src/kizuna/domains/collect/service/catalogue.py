"""The event catalogue: every name and property that was seen, and what people say about them."""

from kizuna.domains.collect.contracts import CatalogueItem, CatalogueName, CatalogueProperty, KnownEvent
from kizuna.domains.collect.repository import catalogue
from kizuna.domains.collect.repository.catalogue import NameRow, PropertyRow
from kizuna.domains.collect.rules.shapes import unexpected_types, usual_type
from kizuna.domains.privacy.api import Sight, read_sight
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid, NotFound


async def list_names(
    ctx: Context, search: str | None, after: tuple[int, int] | None, limit: int
) -> tuple[list[CatalogueItem], tuple[int, int] | None]:
    """Names by volume, largest first, and where the next page begins."""
    rows = await catalogue.list_names(ctx.db, search=_pattern(search), after=after, limit=limit + 1)
    more = (rows[limit - 1].volume, rows[limit - 1].id) if len(rows) > limit else None
    return [_item(row) for row in rows[:limit]], more


async def list_events(ctx: Context, names_max: int, properties_max: int) -> list[KnownEvent]:
    rows = await catalogue.list_events(ctx.db, names_max, properties_max)
    return [
        KnownEvent(name, call, volume, tuple((path, usual_type(types)) for path, types in properties))
        for name, call, volume, properties in rows
    ]


def _pattern(search: str | None) -> str | None:
    if not search:
        return None
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\x00", "")
    return f"%{escaped}%"


def _item(row: NameRow) -> CatalogueItem:
    return CatalogueItem(
        name=row.name,
        type=row.type,
        volume=row.volume,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        description=row.description,
        owner=row.owner,
        flagged=sum(bool(unexpected_types(types)) for types in row.types),
        properties_count=row.properties_count,
    )


async def read_name(ctx: Context, name: str) -> CatalogueName:
    """One name with its properties. Raises ``NotFound``."""
    row = await _find(ctx, name)
    item = _item(row)
    properties = await catalogue.list_properties(ctx.db, row.id)
    sight = await read_sight(ctx)
    return CatalogueName(
        **{field: getattr(item, field) for field in CatalogueItem.__struct_fields__},
        properties=[_property(one, row.type, sight) for one in properties],
    )


def _property(row: PropertyRow, call: str, sight: Sight) -> CatalogueProperty:
    unexpected = unexpected_types(row.types)
    example = sight.show("trait" if call == "identify" else "property", row.path, row.example)
    return CatalogueProperty(
        path=row.path,
        type=usual_type(row.types),
        types=row.types,
        volume=row.volume,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        example=example.value,
        description=row.description,
        flagged=bool(unexpected),
        unexpected=unexpected,
        masked=bool(example.masked),
    )


async def _find(ctx: Context, name: str) -> NameRow:
    rows = [] if "\x00" in name else await catalogue.list_names(ctx.db, name=name, limit=1)
    if not rows:
        raise NotFound("event_not_found", "No event of this name was ever seen.")
    return rows[0]


async def describe_name(ctx: Context, name: str, description: str | None, owner: str | None) -> CatalogueName:
    """Writes what people know about an event. What is None stays as it is. Raises ``NotFound``."""
    row = await _find(ctx, name)
    new = {"description": row.description, "owner": row.owner}
    new |= {field: _check(text) for field, text in (("description", description), ("owner", owner)) if text is not None}
    await catalogue.describe_name(ctx.db, row.id, new["description"], new["owner"])
    await record_audit(
        ctx,
        "event.described",
        "event",
        name,
        f"Described the event “{name}”",
        before={"description": row.description, "owner": row.owner},
        after=new,
    )
    return await read_name(ctx, name)


async def describe_property(ctx: Context, name: str, path: str, description: str) -> CatalogueName:
    """Raises ``NotFound``."""
    row = await _find(ctx, name)
    if "\x00" in path or not await catalogue.describe_property(ctx.db, row.id, path, _check(description)):
        raise NotFound("property_not_found", "The event has no property at this path.")
    await record_audit(
        ctx, "property.described", "event", name, f"Described “{path}” of “{name}”", after={"description": description}
    )
    return await read_name(ctx, name)


def _check(text: str) -> str:
    if "\x00" in text:
        raise Invalid("text_invalid", "The text may not hold NUL characters.")
    return text.strip()
