"""HTTP of computed traits."""

from typing import Any

import msgspec
from litestar import Request, Router, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from kizuna.domains.segments.schemas import SegmentUser
from kizuna.domains.segments.service import traits, traits_preview
from kizuna.domains.segments.service.traits import ShownTrait, WantedTrait
from kizuna.domains.segments.trait_schemas import (
    CommonValue,
    ComputedTrait,
    NewTrait,
    TraitBin,
    TraitChange,
    TraitPerson,
    TraitPreview,
    TraitPreviewRequest,
)
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid
from kizuna.web.auth import authenticate, require
from kizuna.web.context import InContext, InRuntime
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_cursor, encode_cursor

READ, MANAGE = require("segments.read"), require("segments.manage")


@get("", guards=[READ])
async def list_computed_traits(
    ctx: InContext,
    search: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[ComputedTrait]:
    """List computed traits by name. `search` finds parts of names and descriptions."""
    after = _read_place(cursor)
    shown = await traits.list_traits(ctx, search, after, check_limit(limit) + 1)
    total = await traits.count_traits(ctx, search) if after is None else None
    next_cursor = encode_cursor([shown[limit - 1].row.name]) if len(shown) > limit else None
    return Page([_make(one) for one in shown[:limit]], next_cursor, total)


@post("", guards=[MANAGE], problems=[409, 429])
async def add_computed_trait(ctx: InContext, data: JSONBody[NewTrait]) -> ComputedTrait:
    """Make a computed trait. Everybody's value is worked out in the background: `state` says when. No event may
    bring a trait of its name."""
    wanted = WantedTrait(data.name, data.description, data.figure, data.every)
    return await _show(ctx, (await traits.add_trait(ctx, wanted)).id)


@get("/{id:int}", guards=[READ])
async def read_computed_trait(ctx: InContext, id: FromPath[int]) -> ComputedTrait:
    """One computed trait, with the segments that ask for it."""
    return await _show(ctx, id)


@patch("/{id:int}", guards=[MANAGE], problems=[409])
async def change_computed_trait(ctx: InContext, id: FromPath[int], data: JSONBody[TraitChange]) -> ComputedTrait:
    """Give a computed trait another description, figure or schedule. Its name stays."""
    given = {name: getattr(data, name) for name in TraitChange.__struct_fields__}
    wanted = WantedTrait(**{name: value for name, value in given.items() if value is not msgspec.UNSET})
    return await _show(ctx, (await traits.change_trait(ctx, id, wanted)).id)


@delete("/{id:int}", guards=[MANAGE], problems=[409])
async def delete_computed_trait(ctx: InContext, id: FromPath[int]) -> None:
    """Delete a computed trait; its values go from all profiles. One that a segment asks for stays."""
    await traits.delete_trait(ctx, id)


@post("/{id:int}/rebuild", guards=[MANAGE], status_code=200)
async def rebuild_computed_trait(ctx: InContext, id: FromPath[int]) -> ComputedTrait:
    """Work everybody's value out anew; a scheduled trait beside its schedule."""
    return await _show(ctx, (await traits.rebuild_trait(ctx, id)).id)


@post("/preview", guards=[MANAGE], status_code=200, problems=[429])
async def preview_computed_trait(
    request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[TraitPreviewRequest]
) -> TraitPreview:
    """What a figure is for everybody now: how many have one, how it is spread, and ten customers with theirs."""
    principal = await authenticate(request)
    found = await traits_preview.preview_trait(runtime, principal.workspace_id, principal.actor, data.figure)
    return TraitPreview(
        people=found.people,
        found=found.found,
        least=found.least,
        median=found.median,
        most=found.most,
        bins=[TraitBin(one.low, one.high, one.people) for one in found.bins],
        common=[CommonValue(one.value, one.people) for one in found.common],
        sample=[
            TraitPerson(
                id=person.id,
                name=person.name,
                email=person.email,
                value=value,
                masked=[name for name in person.masked if name in ("name", "email")],
            )
            for person, value in found.sample
        ],
    )


def _read_place(cursor: str | None) -> str | None:
    match decode_cursor(cursor, 1):
        case None:
            return None
        case [str() as name]:
            return name
        case _:
            raise Invalid("cursor_invalid", "The cursor belongs to another list; start again from the first page.")


async def _show(ctx: Context, trait_id: int) -> ComputedTrait:
    return _make(await traits.show_trait(ctx, trait_id))


def _make(shown: ShownTrait) -> ComputedTrait:
    fields: dict[str, Any] = {
        "figure": shown.figure,
        "masked": shown.masked,
        "sentence": shown.sentence,
        "everybody": shown.everybody,
        "used_by": [SegmentUser(one.kind, one.id, one.name) for one in shown.users],
    }
    missing = [name for name in ComputedTrait.__struct_fields__ if name not in fields]
    return ComputedTrait(**fields, **{name: getattr(shown.row, name) for name in missing})


router = Router(
    "/api/segments/traits",
    route_handlers=[
        list_computed_traits,
        add_computed_trait,
        read_computed_trait,
        change_computed_trait,
        delete_computed_trait,
        rebuild_computed_trait,
        preview_computed_trait,
    ],
    tags=["segments"],
)
