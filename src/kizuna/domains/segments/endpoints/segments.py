"""HTTP of segments: made, shown, changed, archived."""

from typing import Any

import msgspec
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from kizuna.domains.segments.contracts import Kind
from kizuna.domains.segments.schemas import (
    NamedSegment,
    NewSegment,
    SegmentChange,
    SegmentDetail,
    SegmentItem,
    SegmentUser,
)
from kizuna.domains.segments.service import segments
from kizuna.domains.segments.service.segments import ListQuery, SegmentView, ShownSegment, Wanted
from kizuna.kernel.context import Context
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

READ, MANAGE = require("segments.read"), require("segments.manage")


@get("", guards=[READ])
async def list_segments(
    ctx: InContext,
    search: FromQuery[str | None] = None,
    kind: FromQuery[Kind | None] = None,
    archived: FromQuery[bool] = False,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[SegmentItem]:
    """List segments, the newest first. `search` finds parts of names and descriptions."""
    before = decode_id_cursor(cursor)
    query = ListQuery(search, kind, archived, before, check_limit(limit) + 1)
    shown = await segments.list_segments(ctx, query)
    total = await segments.count_segments(ctx, query) if before is None else None
    next_cursor = encode_cursor([shown[limit - 1].row.id]) if len(shown) > limit else None
    return Page([SegmentItem(**_fields(one)) for one in shown[:limit]], next_cursor, total)


@post("", guards=[MANAGE], problems=[409, 429])
async def add_segment(ctx: InContext, data: JSONBody[NewSegment]) -> SegmentDetail:
    """Make a live or scheduled segment. Its members are worked out in the background: `state` says when."""
    wanted = Wanted(data.name, data.description, data.kind, data.condition, data.every)
    return await show_detail(ctx, await segments.add_segment(ctx, wanted))


@get("/{id:int}", guards=[READ])
async def read_segment(ctx: InContext, id: FromPath[int]) -> SegmentDetail:
    """One segment with its condition, what it reads and what builds on it."""
    return make_detail(await segments.read_segment(ctx, id))


@patch("/{id:int}", guards=[MANAGE], problems=[409, 429])
async def change_segment(ctx: InContext, id: FromPath[int], data: JSONBody[SegmentChange]) -> SegmentDetail:
    """Rename a segment, or give it a new condition or schedule."""
    given = {name: getattr(data, name) for name in SegmentChange.__struct_fields__}
    wanted = Wanted(**{name: value for name, value in given.items() if value is not msgspec.UNSET})
    return await show_detail(ctx, await segments.change_segment(ctx, id, wanted))


@delete("/{id:int}", guards=[MANAGE], problems=[409])
async def archive_segment(ctx: InContext, id: FromPath[int]) -> None:
    """Archive a segment: it is kept up to date no more. One that something builds on stays."""
    await segments.archive_segment(ctx, id)


@post("/{id:int}/rebuild", guards=[MANAGE], status_code=200, problems=[409])
async def rebuild_segment(ctx: InContext, id: FromPath[int]) -> SegmentDetail:
    """Work the members out anew from everything that is stored."""
    return await show_detail(ctx, await segments.rebuild_segment(ctx, id))


@post("/{id:int}/run", guards=[MANAGE], status_code=200, problems=[409])
async def run_segment(ctx: InContext, id: FromPath[int]) -> SegmentDetail:
    """Run a scheduled segment now, beside its schedule."""
    return await show_detail(ctx, await segments.run_now(ctx, id))


async def show_detail(ctx: Context, row: segments.SegmentRow) -> SegmentDetail:
    return make_detail(await segments.view_segment(ctx, row))


def make_detail(view: SegmentView) -> SegmentDetail:
    return SegmentDetail(**detail_fields(view))


def detail_fields(view: SegmentView) -> dict[str, Any]:
    return _fields(view.shown) | {
        "condition": view.condition,
        "condition_masked": view.masked,
        "used_by_names": [SegmentUser(one.kind, one.id, one.name) for one in view.users],
        "uses": [NamedSegment(*one) for one in view.uses],
        "events": view.shown.row.events,
    }


def _fields(shown: ShownSegment) -> dict[str, Any]:
    names = ("people", "sentence", "used_by")
    fields: dict[str, Any] = {name: getattr(shown, name) for name in names}
    fields |= {"entered_24h": shown.entered, "left_24h": shown.left}
    missing = [name for name in SegmentItem.__struct_fields__ if name not in fields]
    return fields | {name: getattr(shown.row, name) for name in missing}


router = Router(
    "/api/segments",
    route_handlers=[
        list_segments,
        add_segment,
        read_segment,
        change_segment,
        archive_segment,
        rebuild_segment,
        run_segment,
    ],
    tags=["segments"],
)
