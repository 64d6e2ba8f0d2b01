"""HTTP of what is coming in: flow, tail, refusals, what was set aside."""

from typing import Annotated

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from kizuna.domains.collect.contracts import Flow, RefusalItem, SetAsideItem
from kizuna.domains.collect.schemas import Released, TailEvent
from kizuna.domains.collect.service import flow, set_aside
from kizuna.domains.collect.service.sight import show_live_event, show_refusal, show_set_aside
from kizuna.domains.privacy.api import read_sight
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

MINUTES_MAX = 24 * 60

READ = require("collect.read")
MANAGE = require("collect.manage")


@get("/flow", guards=[READ])
async def read_flow(ctx: InContext, minutes: Annotated[int, QueryParameter(ge=1, le=MINUTES_MAX)] = 60) -> Flow:
    """Events by minute, source and touchpoint. The present minute comes live over the topic `flow`."""
    return await flow.read_flow(ctx, minutes)


@get("/tail", guards=[READ])
async def read_tail(ctx: InContext, limit: FromQuery[int] = PAGE_DEFAULT) -> Page[TailEvent]:
    """The last events, newest first; under load a sample. More come live over the topic `tail`."""
    sight = await read_sight(ctx)
    rows = [show_live_event(row, sight) for row in await flow.read_tail(ctx, check_limit(limit))]
    return Page(msgspec.convert(rows, list[TailEvent]))


@get("/refusals", guards=[READ])
async def list_refusals(
    ctx: InContext,
    source_id: Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1)] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[RefusalItem]:
    """Items that were refused, and why, newest first. Of many alike a sample is kept."""
    rows = await flow.list_refusals(ctx, decode_id_cursor(cursor), source_id, check_limit(limit) + 1)
    sight = await read_sight(ctx)
    shown = [show_refusal(row, sight) for row in rows[:limit]]
    return Page(shown, encode_cursor([rows[limit - 1].id]) if len(rows) > limit else None)


@get("/set-aside", guards=[READ])
async def list_set_aside(
    ctx: InContext, cursor: FromQuery[str | None] = None, limit: FromQuery[int] = PAGE_DEFAULT
) -> Page[SetAsideItem]:
    """Events that are kept apart because their time cannot be right or the stream could not take them."""
    rows = await set_aside.list_set_aside(ctx, decode_id_cursor(cursor), check_limit(limit) + 1)
    sight = await read_sight(ctx)
    shown = [show_set_aside(row, sight) for row in rows[:limit]]
    return Page(shown, encode_cursor([rows[limit - 1].id]) if len(rows) > limit else None)


@post("/set-aside/{id:int}/release", guards=[MANAGE], status_code=200)
async def release_set_aside(ctx: InContext, id: FromPath[int]) -> Released:
    """Take the events in after all, at the time they state."""
    return Released(await set_aside.release(ctx, id))


@delete("/set-aside/{id:int}", guards=[MANAGE])
async def delete_set_aside(ctx: InContext, id: FromPath[int]) -> None:
    """Throw the events away."""
    await set_aside.delete(ctx, id)


router = Router(
    "/api/collect",
    route_handlers=[read_flow, read_tail, list_refusals, list_set_aside, release_set_aside, delete_set_aside],
    tags=["collect"],
)
