"""HTTP of who is in segments: members, moves, sizes, overlaps, lists."""

from typing import Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from kizuna.domains.segments.endpoints.segments import detail_fields, make_detail
from kizuna.domains.segments.schemas import (
    Combined,
    CombineRequest,
    MoveItem,
    Overlap,
    OverlapRequest,
    ProfileSegment,
    SegmentDetail,
    SegmentPerson,
    SizedSegment,
    SizePoint,
    Sizes,
    SnapshotRequest,
    UploadedSegment,
    UploadRequest,
)
from kizuna.domains.segments.service import members, moves, overlap, segments, sizes, static
from kizuna.kernel.errors import Invalid
from kizuna.web.auth import authenticate, require
from kizuna.web.context import InContext, InRuntime
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_cursor, decode_id_cursor, encode_cursor

TAGS = ["segments"]
READ, MANAGE = require("segments.read"), require("segments.manage")
SEE_PEOPLE = require("profiles.read")
UPLOAD_BYTES_MAX = 32 << 20


@get("/api/segments/{id:int}/members", tags=TAGS, guards=[READ, SEE_PEOPLE])
async def list_members(
    ctx: InContext, id: FromPath[int], cursor: FromQuery[str | None] = None, limit: FromQuery[int] = PAGE_DEFAULT
) -> Page[SegmentPerson]:
    """Who is in a segment now, as the list of customers shows them."""
    shown, more, total = await members.list_members(ctx, id, decode_id_cursor(cursor), check_limit(limit))
    items = [SegmentPerson(one.id, one.name, one.email, one.identified, one.last_seen, one.masked) for one in shown]
    return Page(items, None if more is None else encode_cursor([more]), total)


@get("/api/segments/{id:int}/moves", tags=TAGS, guards=[READ, SEE_PEOPLE])
async def list_moves(
    ctx: InContext,
    id: FromPath[int],
    direction: FromQuery[Literal["entered", "left"] | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[MoveItem]:
    """Who came and who left, newest first, and why."""
    entered = None if direction is None else direction == "entered"
    found, more = await moves.list_moves(ctx, id, entered, _read_place(cursor), check_limit(limit))
    items = [
        MoveItem(
            id=f"{one.move_id}.{one.place}",
            at=one.at,
            entered=one.entered,
            profile_id=one.profile.id if one.profile else None,
            name=one.profile.name if one.profile else None,
            masked=one.profile is not None and "name" in one.profile.masked,
            cause=one.cause,
        )
        for one in found
    ]
    return Page(items, None if more is None else encode_cursor(list(more)))


def _read_place(cursor: str | None) -> tuple[int, int] | None:
    place = decode_cursor(cursor, 2)
    if place is None:
        return None
    if not all(type(one) is int and 0 <= one < 2**62 for one in place):
        raise Invalid("cursor_invalid", "The cursor is not valid; start again from the first page.")
    return place[0], place[1]


@get("/api/segments/{id:int}/sizes", tags=TAGS, guards=[READ])
async def read_sizes(ctx: InContext, id: FromPath[int], days: FromQuery[int] = 30) -> Sizes:
    """How large a segment was, up to a year back."""
    if not 1 <= days <= 366:
        raise Invalid("days_invalid", "days must be from 1 to 366.", fields={"days": "From 1 to 366."})
    points = await sizes.read_sizes(ctx, id, days)
    return Sizes([SizePoint(one.at, one.size, one.entered, one.left) for one in points], ctx.workspace.time_zone)


@post("/api/segments/overlap", tags=TAGS, guards=[READ], status_code=200, problems=[404])
async def measure_overlap(ctx: InContext, data: JSONBody[OverlapRequest]) -> Overlap:
    """How many people segments share, two by two."""
    rows, both = await overlap.measure_overlap(ctx, data.ids)
    sized = [SizedSegment(row.id, row.name, both[place][place]) for place, row in enumerate(rows)]
    return Overlap(sized, both)


@post("/api/segments/combine", tags=TAGS, guards=[READ], status_code=200, problems=[404])
async def combine_segments(ctx: InContext, data: JSONBody[CombineRequest]) -> Combined:
    """How many people are in any of some segments, in all of them, or in the first and none of the others."""
    return Combined(await overlap.combine_segments(ctx, data.op, data.ids))


@post("/api/segments/{id:int}/snapshot", tags=TAGS, guards=[MANAGE], problems=[409, 429])
async def take_snapshot(
    request: Request[Any, Any, Any], runtime: InRuntime, id: FromPath[int], data: JSONBody[SnapshotRequest]
) -> SegmentDetail:
    """Keep who is in a segment now as a list of its own."""
    principal = await authenticate(request)
    made = await static.take_snapshot(runtime, principal.workspace_id, principal.actor, id, data.name, data.description)
    async with runtime.unit(principal.workspace_id, principal.actor) as ctx:
        return make_detail(await segments.read_segment(ctx, made))


@post(
    "/api/segments/upload",
    tags=TAGS,
    guards=[MANAGE],
    request_max_body_size=UPLOAD_BYTES_MAX,
    problems=[409, 429],
)
async def upload_segment(
    request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[UploadRequest]
) -> UploadedSegment:
    """Make a segment of a list of identifiers, 100,000 lines at the most. Who is not known is counted and left out."""
    principal = await authenticate(request)
    lines = [[(one.type.strip().lower(), one.value)] for one in data.identifiers]
    upload = static.Upload(data.name, data.description, lines, data.csv, data.type)
    done = await static.upload_segment(runtime, principal.workspace_id, principal.actor, upload)
    async with runtime.unit(principal.workspace_id, principal.actor) as ctx:
        view = await segments.read_segment(ctx, done.segment_id)
    return UploadedSegment(
        **detail_fields(view), matched=done.matched, unknown=done.unknown, unknown_lines=done.unknown_lines
    )


@get("/api/profiles/{profile_id:uuid}/segments", tags=TAGS, guards=[READ, SEE_PEOPLE])
async def list_segments_of(ctx: InContext, profile_id: FromPath[UUID]) -> Page[ProfileSegment]:
    """The segments a customer is in now, by name."""
    rows = await members.list_segments_of(ctx, profile_id)
    return Page([ProfileSegment(row.id, row.name, row.kind) for row in rows], total=len(rows))


HANDLERS = (
    list_members,
    list_moves,
    read_sizes,
    measure_overlap,
    combine_segments,
    take_snapshot,
    upload_segment,
    list_segments_of,
)
