"""HTTP of links and mailings, and of what a link opens."""

from typing import Any

from litestar import Request, Response, Router, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from kizuna.domains.analytics.contracts import Answer
from kizuna.domains.analytics.report_schemas import (
    MailState,
    NewSchedule,
    NewShare,
    Recipient,
    ScheduleChange,
    ScheduleItem,
    SharedTile,
    SharedView,
    ShareItem,
    TargetKind,
)
from kizuna.domains.analytics.service import schedules, shares
from kizuna.domains.analytics.service.dashboards import Tile
from kizuna.domains.analytics.service.schedules import ShownSchedule
from kizuna.domains.analytics.service.shares import ShownShare
from kizuna.kernel.context import Actor
from kizuna.kernel.errors import Unauthenticated
from kizuna.web.auth import authenticate, require
from kizuna.web.client import client_ip
from kizuna.web.context import InContext, InRuntime
from kizuna.web.limits import enter
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

READ, MANAGE = require("reports.read"), require("reports.manage")

SHARED_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
"""What a secret address shows is kept nowhere, told to nobody, and in no index."""
SHARED_NUMBER, SHARED_WINDOW_S = 240, 60.0
"""How often one address may ask: a dashboard of forty tiles six times a minute."""


@get("/shares", guards=[MANAGE])
async def list_shares(
    ctx: InContext,
    kind: FromQuery[TargetKind | None] = None,
    ref: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[ShareItem]:
    """Links that open something, the newest first; of one report or dashboard, or all."""
    found = await shares.list_shares(ctx, kind, ref, decode_id_cursor(cursor), check_limit(limit) + 1)
    next_cursor = encode_cursor([found[limit - 1].row.id]) if len(found) > limit else None
    return Page([_share(one) for one in found[:limit]], next_cursor)


@post("/shares", guards=[MANAGE], problems=[404, 429])
async def add_share(ctx: InContext, data: JSONBody[NewShare]) -> ShareItem:
    """Make a link to a report or dashboard: for members, or for anyone who has it, until a day."""
    return _share(await shares.add_share(ctx, data.kind, data.ref, data.audience, data.expires_at))


@delete("/shares/{id:int}", guards=[MANAGE])
async def revoke_share(ctx: InContext, id: FromPath[int]) -> None:
    """Revoke a link; it opens nothing from now on."""
    await shares.revoke_share(ctx, id)


@get("/shared/{token:str}", problems=[401, 403, 404, 429])
async def open_shared(
    request: Request[Any, Any, Any], runtime: InRuntime, token: FromPath[str]
) -> Response[SharedView]:
    """What a link opens, without the figures. A link for members needs one who is signed in."""
    _enter(request)
    opened = await shares.open_share(runtime, token, await _find_member(request))
    target = opened.target
    view = SharedView(
        kind=opened.row.kind,
        title=target.title,
        description=target.description,
        workspace=opened.workspace,
        language=opened.language,
        tiles=[_tile(number, one) for number, one in enumerate(target.tiles)],
        expires_at=opened.row.expires_at,
    )
    return Response(view, headers=SHARED_HEADERS)


@get("/shared/{token:str}/answers/{number:int}", problems=[401, 403, 404, 429])
async def answer_shared(
    request: Request[Any, Any, Any], runtime: InRuntime, token: FromPath[str], number: FromPath[int]
) -> Response[Answer]:
    """The figures of one tile of what a link opens, at most ten minutes old. Nobody's name is told."""
    _enter(request)
    found = await shares.answer_shared(runtime, token, number, await _find_member(request))
    return Response(found, headers=SHARED_HEADERS)


def _enter(request: Request[Any, Any, Any]) -> None:
    name = "analytics.shared"
    enter(request.app.state, name, client_ip(request), number=SHARED_NUMBER, window_s=SHARED_WINDOW_S)


async def _find_member(request: Request[Any, Any, Any]) -> tuple[int, Actor] | None:
    try:
        principal = await authenticate(request)
    except Unauthenticated:
        return None
    return principal.workspace_id, principal.actor


@get("/schedules", guards=[MANAGE])
async def list_schedules(
    ctx: InContext,
    kind: FromQuery[TargetKind | None] = None,
    ref: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[ScheduleItem]:
    """Mailings, the newest first; of one report or dashboard, or all."""
    found = await schedules.list_schedules(ctx, kind, ref, decode_id_cursor(cursor), check_limit(limit) + 1)
    next_cursor = encode_cursor([found[limit - 1].row.id]) if len(found) > limit else None
    return Page([_schedule(one) for one in found[:limit]], next_cursor)


@get("/schedules/mail", guards=[MANAGE], sync_to_thread=False)
def read_mail_state(runtime: InRuntime) -> MailState:
    """Whether mail can leave: without a mail server nothing can be sent."""
    return MailState(runtime.mailer.ready)


@post("/schedules", guards=[MANAGE], problems=[404, 409, 429])
async def add_schedule(ctx: InContext, data: JSONBody[NewSchedule]) -> ScheduleItem:
    """Mail a report or dashboard to members by the clock. Each gets what they may see."""
    given = {name: getattr(data, name) for name in NewSchedule.__struct_fields__}
    return _schedule(await schedules.add_schedule(ctx, given.pop("kind"), given.pop("ref"), given))


@patch("/schedules/{id:int}", guards=[MANAGE])
async def change_schedule(ctx: InContext, id: FromPath[int], data: JSONBody[ScheduleChange]) -> ScheduleItem:
    """Change when and to whom a report or dashboard is mailed."""
    given = {name: getattr(data, name) for name in ScheduleChange.__struct_fields__}
    return _schedule(await schedules.change_schedule(ctx, id, given))


@delete("/schedules/{id:int}", guards=[MANAGE])
async def remove_schedule(ctx: InContext, id: FromPath[int]) -> None:
    """End a mailing."""
    await schedules.delete_schedule(ctx, id)


def _share(one: ShownShare) -> ShareItem:
    row = one.row
    return ShareItem(
        id=row.id,
        kind=row.kind,
        ref=row.ref,
        title=one.title,
        audience=row.audience,
        url=one.url,
        expires_at=row.expires_at,
        created_by=row.created_by,
        created_at=row.created_at,
        opened=row.opened,
        opened_at=row.opened_at,
    )


def _tile(number: int, one: Tile) -> SharedTile:
    names = [name for name in SharedTile.__struct_fields__ if name not in ("number", "title")]
    title = one.title
    if title is None and one.report_name is not None:
        title = {"en": one.report_name, "ja": one.report_name}
    shown: dict[str, Any] = {name: getattr(one, name) for name in names}
    return SharedTile(number=number, title=title, **shown)


def _schedule(one: ShownSchedule) -> ScheduleItem:
    fields: dict[str, Any] = {"title": one.title, "members": [Recipient(*member) for member in one.members]}
    missing = [name for name in ScheduleItem.__struct_fields__ if name not in fields]
    return ScheduleItem(**fields | {name: getattr(one.row, name) for name in missing})


router = Router(
    "/api/analytics",
    route_handlers=[
        list_shares,
        add_share,
        revoke_share,
        open_shared,
        answer_shared,
        list_schedules,
        read_mail_state,
        add_schedule,
        change_schedule,
        remove_schedule,
    ],
    tags=["analytics"],
)
