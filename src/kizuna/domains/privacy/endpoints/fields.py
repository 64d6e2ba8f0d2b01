"""HTTP of field classes."""

from typing import Annotated

from litestar import Router, get, put
from litestar.params import FromQuery, JSONBody
from msgspec import Meta, Struct, field

from kizuna.domains.privacy.contracts import FieldClass, FieldItem
from kizuna.domains.privacy.service import fields
from kizuna.kernel.errors import Invalid
from kizuna.kernel.fields import FieldKind
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_cursor, encode_cursor


class FieldChange(Struct, forbid_unknown_fields=True):
    """``class`` null lets the field's name decide again."""

    kind: FieldKind
    name: Annotated[str, Meta(min_length=1, max_length=500)]
    field_class: FieldClass | None = field(name="class")


@get("/fields", guards=[require("privacy.read")])
async def list_fields(
    ctx: InContext,
    kind: FromQuery[FieldKind | None] = None,
    field_class: FromQuery[FieldClass | None] = None,
    search: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[FieldItem]:
    """Every trait, identifier and event property that was seen, with the class that says who sees it."""
    items = await fields.list_fields(ctx, kind, field_class, search)
    after = _read_place(cursor)
    rest = items if after is None else [item for item in items if (item.kind, item.name) > after]
    shown = rest[: check_limit(limit)]
    more = encode_cursor([shown[-1].kind, shown[-1].name]) if len(rest) > limit else None
    return Page(shown, more, len(items))


@put("/fields", guards=[require("privacy.manage")])
async def change_field(ctx: InContext, data: JSONBody[FieldChange]) -> FieldItem:
    """Decide who sees a field. It holds at once, for lists, timelines, SQL and exports alike."""
    return await fields.change_class(ctx, data.kind, data.name, data.field_class)


def _read_place(cursor: str | None) -> tuple[str, str] | None:
    place = decode_cursor(cursor, 2)
    if place is None:
        return None
    kind, name = place
    if not isinstance(kind, str) or not isinstance(name, str):
        raise Invalid("cursor_invalid", "The cursor belongs to another list; start again from the first page.")
    return kind, name


router = Router("/api/privacy", route_handlers=[list_fields, change_field], tags=["privacy"])
