"""HTTP of dashboards and annotations."""

from dataclasses import asdict
from datetime import datetime

from litestar import Router, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from kizuna.domains.analytics.report_schemas import (
    AnnotationChange,
    AnnotationItem,
    DashboardChange,
    DashboardDetail,
    DashboardItem,
    DuplicateRequest,
    NewAnnotation,
    NewDashboard,
    TileItem,
)
from kizuna.domains.analytics.service import annotations, dashboards
from kizuna.domains.analytics.service.annotations import AnnotationRow
from kizuna.domains.analytics.service.dashboards import DashboardView, Head, Search
from kizuna.kernel.errors import Invalid
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import (
    PAGE_DEFAULT,
    Page,
    check_limit,
    decode_cursor,
    decode_id_cursor,
    encode_cursor,
)
from kizuna.web.times import read_time

READ, MANAGE = require("reports.read"), require("reports.manage")


@get("/dashboards", guards=[READ])
async def list_dashboards(
    ctx: InContext,
    search: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[DashboardItem]:
    """List dashboards: on the first page those that every workspace has, then those that people made, the newest
    first. `limit` and `total` count the latter."""
    before = decode_id_cursor(cursor)
    query = Search(search, before, check_limit(limit) + 1)
    made = await dashboards.list_dashboards(ctx, query)
    ready = await dashboards.list_ready(ctx, search) if before is None else []
    total = await dashboards.count_dashboards(ctx, query) if before is None else None
    next_cursor = encode_cursor([int(made[limit - 1].ref)]) if len(made) > limit else None
    return Page([_item(one) for one in (*ready, *made[:limit])], next_cursor, total)


@post("/dashboards", guards=[MANAGE], problems=[429])
async def add_dashboard(ctx: InContext, data: JSONBody[NewDashboard]) -> DashboardDetail:
    """Make a dashboard."""
    wanted = dashboards.Wanted(data.name, data.description, data.tiles, data.range, data.interval)
    return make_detail(await dashboards.add_dashboard(ctx, wanted))


@get("/dashboards/{ref:str}", guards=[READ])
async def read_dashboard(ctx: InContext, ref: FromPath[str]) -> DashboardDetail:
    """One dashboard, by its number or by the key of a ready one, with the question of each tile."""
    return make_detail(await dashboards.read_dashboard(ctx, ref))


@patch("/dashboards/{ref:str}", guards=[MANAGE], problems=[429])
async def change_dashboard(ctx: InContext, ref: FromPath[str], data: JSONBody[DashboardChange]) -> DashboardDetail:
    """Change a dashboard. Ready ones stay as they are: copy them."""
    wanted = dashboards.Wanted(data.name, data.description, data.tiles, data.range, data.interval)
    return make_detail(await dashboards.change_dashboard(ctx, ref, wanted))


@delete("/dashboards/{ref:str}", guards=[MANAGE])
async def remove_dashboard(ctx: InContext, ref: FromPath[str]) -> None:
    """Remove a dashboard with its links and mailings; reports stay."""
    await dashboards.delete_dashboard(ctx, ref)


@post("/dashboards/{ref:str}/duplicate", guards=[MANAGE], problems=[429])
async def duplicate_dashboard(ctx: InContext, ref: FromPath[str], data: JSONBody[DuplicateRequest]) -> DashboardDetail:
    """Copy a dashboard, also a ready one, to change it."""
    return make_detail(await dashboards.duplicate_dashboard(ctx, ref, data.name))


@put("/dashboards/{ref:str}/pin", guards=[READ], status_code=204)
async def pin_dashboard(ctx: InContext, ref: FromPath[str]) -> None:
    """Put a dashboard on top of one's own lists."""
    await dashboards.pin_dashboard(ctx, ref, pinned=True)


@delete("/dashboards/{ref:str}/pin", guards=[READ])
async def unpin_dashboard(ctx: InContext, ref: FromPath[str]) -> None:
    """Take a dashboard down from the top of one's own lists."""
    await dashboards.pin_dashboard(ctx, ref, pinned=False)


@get("/annotations", guards=[READ])
async def list_annotations(
    ctx: InContext,
    since: FromQuery[str | None] = None,
    until: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[AnnotationItem]:
    """What happened in [since, until), the latest first."""
    before = _read_place(cursor)
    within = read_time(since, "since"), read_time(until, "until")
    found = await annotations.list_annotations(ctx, *within, before, check_limit(limit) + 1)
    last = found[limit - 1] if len(found) > limit else None
    next_cursor = None if last is None else encode_cursor([last.at.isoformat(), last.id])
    return Page([_annotation(one) for one in found[:limit]], next_cursor)


def _read_place(cursor: str | None) -> tuple[datetime, int] | None:
    place = decode_cursor(cursor, 2)
    if place is None:
        return None
    try:
        at = datetime.fromisoformat(place[0])
        if at.tzinfo is None or type(place[1]) is not int or not 0 <= place[1] < 2**31:
            raise ValueError(place)
    except (TypeError, ValueError) as error:
        raise Invalid("cursor_invalid", "The cursor is not valid; start again from the first page.") from error
    return at, place[1]


@post("/annotations", guards=[MANAGE])
async def add_annotation(ctx: InContext, data: JSONBody[NewAnnotation]) -> AnnotationItem:
    """Note what happened, such as that a campaign began or the shop was down."""
    return _annotation(await annotations.add_annotation(ctx, data.at, data.text, data.kind, data.link))


@patch("/annotations/{id:int}", guards=[MANAGE])
async def change_annotation(ctx: InContext, id: FromPath[int], data: JSONBody[AnnotationChange]) -> AnnotationItem:
    """Change a note."""
    return _annotation(await annotations.change_annotation(ctx, id, data.at, data.text, data.kind, data.link))


@delete("/annotations/{id:int}", guards=[MANAGE])
async def remove_annotation(ctx: InContext, id: FromPath[int]) -> None:
    """Remove a note."""
    await annotations.delete_annotation(ctx, id)


def make_detail(view: DashboardView) -> DashboardDetail:
    head = asdict(view.head)
    del head["tiles"]
    tiles = [TileItem(**{name: getattr(one, name) for name in TileItem.__struct_fields__}) for one in view.tiles]
    return DashboardDetail(**head, tiles=tiles, range=view.range, interval=view.interval)


def _item(head: Head) -> DashboardItem:
    return DashboardItem(**asdict(head))


def _annotation(row: AnnotationRow) -> AnnotationItem:
    return AnnotationItem(row.id, row.at, row.text, row.kind, row.link, row.created_by, row.created_at)


router = Router(
    "/api/analytics",
    route_handlers=[
        list_dashboards,
        add_dashboard,
        read_dashboard,
        change_dashboard,
        remove_dashboard,
        duplicate_dashboard,
        pin_dashboard,
        unpin_dashboard,
        list_annotations,
        add_annotation,
        change_annotation,
        remove_annotation,
    ],
    tags=["analytics"],
)
