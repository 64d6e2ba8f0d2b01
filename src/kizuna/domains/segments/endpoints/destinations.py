"""HTTP of destinations: made, changed, tried, told of everybody; and their log."""

from typing import Annotated, Any, cast

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kizuna.domains.segments.destination_schemas import (
    DeliveryItem,
    DeliveryState,
    DestinationChange,
    DestinationItem,
    DestinationKindItem,
    DestinationSecret,
    DestinationTest,
    MadeDestination,
    NewDestination,
    SegmentJob,
)
from kizuna.domains.segments.service import deliver, deliver_sync, destinations
from kizuna.domains.segments.service.destinations import DestinationOrder, DestinationView
from kizuna.domains.workspace.api import read_language
from kizuna.web.auth import authenticate, require
from kizuna.web.context import InContext, InRuntime
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

TAGS = ["segments"]
EXPORT = require("segments.export")
CHANGE = [require("segments.manage"), EXPORT]
ID_MAX = 2**31 - 1


@get("/api/segments/destination-kinds", tags=TAGS, guards=[EXPORT])
async def list_destination_kinds(ctx: InContext) -> list[DestinationKindItem]:
    """The kinds of destinations there are, with the form of their settings, in the language of who asks."""
    language = await read_language(ctx)
    return [
        DestinationKindItem(
            key=kind.key,
            title=kind.texts[language].title,
            description=kind.texts[language].description,
            sends=destinations.is_sending(kind),
            signed=destinations.is_signed(kind),
            for_ads=kind.for_ads,
            schema=kind.describe(language),
        )
        for kind in destinations.list_kinds().values()
    ]


@get("/api/segments/{id:int}/destinations", tags=TAGS, guards=[EXPORT])
async def list_destinations(
    ctx: InContext, id: FromPath[int], cursor: FromQuery[str | None] = None, limit: FromQuery[int] = PAGE_DEFAULT
) -> Page[DestinationItem]:
    """Where a segment is sent."""
    after = min(decode_id_cursor(cursor) or 0, ID_MAX)
    views, total = await destinations.list_destinations(ctx, id, after, check_limit(limit) + 1)
    next_cursor = encode_cursor([views[limit - 1].row.id]) if len(views) > limit else None
    return Page([DestinationItem(**_fields(one)) for one in views[:limit]], next_cursor, total)


@post("/api/segments/{id:int}/destinations", tags=TAGS, guards=CHANGE, problems=[409])
async def make_destination(ctx: InContext, id: FromPath[int], data: JSONBody[NewDestination]) -> MadeDestination:
    """Send a segment somewhere. What you do not see yourself cannot be sent. The secret is shown once."""
    order = DestinationOrder(**{name: getattr(data, name) for name in NewDestination.__struct_fields__})
    row, secret = await destinations.make_destination(ctx, id, order)
    view = await destinations.show_destination(ctx, row)
    return MadeDestination(**_fields(view), secret=secret)


@get("/api/segments/destinations/{id:int}", tags=TAGS, guards=[EXPORT])
async def read_destination(ctx: InContext, id: FromPath[int]) -> DestinationItem:
    """One destination."""
    row = await destinations.load_destination(ctx, id)
    return DestinationItem(**_fields(await destinations.show_destination(ctx, row)))


@patch("/api/segments/destinations/{id:int}", tags=TAGS, guards=CHANGE, problems=[409])
async def change_destination(ctx: InContext, id: FromPath[int], data: JSONBody[DestinationChange]) -> DestinationItem:
    """Change a destination, or switch it on and off."""
    given = {name: getattr(data, name) for name in DestinationChange.__struct_fields__}
    changes = {name: value for name, value in given.items() if value is not msgspec.UNSET}
    row, behind = await destinations.change_destination(ctx, id, changes)
    if behind:
        await deliver_sync.start_sync(ctx, id)
        row = await destinations.load_destination(ctx, id)
    return DestinationItem(**_fields(await destinations.show_destination(ctx, row)))


@delete("/api/segments/destinations/{id:int}", tags=TAGS, guards=CHANGE)
async def remove_destination(ctx: InContext, id: FromPath[int]) -> None:
    """Remove a destination with its log. What was sent stays with its receiver."""
    await destinations.remove_destination(ctx, id)


@post("/api/segments/destinations/{id:int}/rotate-secret", tags=TAGS, guards=CHANGE, status_code=200, problems=[409])
async def rotate_destination_secret(ctx: InContext, id: FromPath[int]) -> DestinationSecret:
    """Change the signing secret. For a day both sign, so that the receiver can change at leisure."""
    return DestinationSecret(await destinations.rotate_secret(ctx, id))


@post("/api/segments/destinations/{id:int}/test", tags=TAGS, guards=CHANGE, status_code=200, problems=[409])
async def test_destination(request: Request[Any, Any, Any], runtime: InRuntime, id: FromPath[int]) -> DestinationTest:
    """Send a message about nobody, now, and say what the receiver answered."""
    principal = await authenticate(request)
    tried = await deliver.try_destination(runtime, principal.workspace_id, id, principal.actor)
    return DestinationTest(tried.outcome.taken, tried.outcome.status, tried.outcome.reason, tried.took_ms)


@post("/api/segments/destinations/{id:int}/sync", tags=TAGS, guards=[EXPORT], status_code=202, problems=[409])
async def sync_destination(ctx: InContext, id: FromPath[int]) -> SegmentJob:
    """Tell a destination of everybody who is in the segment and of those who left, as a job; or make its file."""
    job_id, kind, title = await deliver_sync.start_sync(ctx, id)
    return SegmentJob(job_id, job_id, kind, title)


@get("/api/segments/destinations/{id:int}/deliveries", tags=TAGS, guards=[EXPORT])
async def list_deliveries(
    ctx: InContext,
    id: FromPath[int],
    wanted: Annotated[DeliveryState | None, QueryParameter(name="state")] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[DeliveryItem]:
    """What was sent, what waits and what failed, newest first. Kept for 30 days."""
    rows = await destinations.list_deliveries(ctx, id, decode_id_cursor(cursor), wanted, check_limit(limit) + 1)
    next_cursor = encode_cursor([rows[limit - 1].id]) if len(rows) > limit else None
    return Page([_delivery(one) for one in rows[:limit]], next_cursor)


def _fields(view: DestinationView) -> dict[str, Any]:
    own = {"secret", "state", "waiting", "secrets"}
    names = [name for name in DestinationItem.__struct_fields__ if name not in own]
    return {name: getattr(view.row, name) for name in names} | {
        "state": view.state,
        "waiting": view.waiting,
        "secrets": view.secrets,
    }


def _delivery(row: Any) -> DeliveryItem:
    names = [name for name in DeliveryItem.__struct_fields__ if name != "delivery_id"]
    return DeliveryItem(delivery_id=row.public_id, **{name: cast(Any, getattr(row, name)) for name in names})


HANDLERS = (
    list_destination_kinds,
    list_destinations,
    make_destination,
    read_destination,
    change_destination,
    remove_destination,
    rotate_destination_secret,
    test_destination,
    sync_destination,
    list_deliveries,
)
