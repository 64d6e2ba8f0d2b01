"""HTTP of requests of persons."""

from typing import Annotated

import msgspec
from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kizuna.domains.privacy.contracts import Request, RequestKind, RequestState
from kizuna.domains.privacy.schemas import (
    ArchiveLinkView,
    NewRequest,
    NoteGiven,
    ReasonGiven,
    RequestDetail,
    RequestSummary,
    RequestView,
    TargetChange,
)
from kizuna.domains.privacy.service import access, requests
from kizuna.domains.privacy.service.requests import Filters
from kizuna.domains.privacy.service.stores import archive_path
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid, NotFound
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

TAGS = ["privacy"]
MANAGE = require("privacy.manage")
RECORD = require("privacy.record")
APPI_DAYS_MAX = 90


@get("/api/privacy/requests", tags=TAGS, guards=[MANAGE])
async def list_requests(
    ctx: InContext,
    kind: FromQuery[RequestKind | None] = None,
    status: Annotated[RequestState | None, QueryParameter(name="state")] = None,
    overdue: FromQuery[bool] = False,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[RequestView]:
    """Requests of persons, newest first. `overdue` lists open ones whose deadline has passed."""
    filters = Filters(kind=kind, state=status, overdue=overdue)
    rows = await requests.list_requests(ctx, filters, decode_id_cursor(cursor), check_limit(limit) + 1)
    items = [_view(ctx, row) for row in rows[:limit]]
    return Page(items, encode_cursor([items[-1].id]) if len(rows) > limit else None)


@get("/api/privacy/requests/summary", tags=TAGS, guards=[MANAGE])
async def read_summary(ctx: InContext) -> RequestSummary:
    """How many requests are open and overdue, and the workspace's target for those under the APPI."""
    open_, overdue = await requests.count_open(ctx)
    return RequestSummary(open_, overdue, await requests.read_target(ctx))


@put("/api/privacy/requests/target", tags=TAGS, guards=[MANAGE])
async def change_target(ctx: InContext, data: JSONBody[TargetChange]) -> RequestSummary:
    """Change within how many days requests under the APPI are to be answered; those received before stay."""
    if not 1 <= data.appi_days <= APPI_DAYS_MAX:
        raise Invalid("target_invalid", f"appi_days must be from 1 to {APPI_DAYS_MAX}.")
    await requests.change_target(ctx, data.appi_days)
    open_, overdue = await requests.count_open(ctx)
    return RequestSummary(open_, overdue, await requests.read_target(ctx))


@post("/api/privacy/requests", tags=TAGS, guards=[RECORD], problems=[404])
async def create_request(ctx: InContext, data: JSONBody[NewRequest]) -> RequestView:
    """Write down a request that a person made. It is carried out once somebody starts it."""
    keys: tuple[int, ...] = ()
    if data.profile_id is not None:
        (person,) = await ctx.runtime.registry.person_finder.by_profiles(ctx, [data.profile_id])
        if person is None:
            raise NotFound("profile_not_found", "There is no such profile.")
        keys = person.keys
    identifiers = [(one.type, one.value) for one in data.identifiers]
    id_ = await requests.receive(
        ctx, kind=data.kind, keys=keys, identifiers=identifiers, via="app", note=data.note, law=data.law
    )
    return _view(ctx, await requests.load(ctx, id_))


@get("/api/privacy/requests/{id:int}", tags=TAGS, guards=[MANAGE])
async def read_request(ctx: InContext, id: FromPath[int]) -> RequestDetail:
    """One request with its receipt."""
    return await _detail(ctx, await requests.load(ctx, id))


@post("/api/privacy/requests/{id:int}/start", tags=TAGS, guards=[MANAGE], status_code=200, problems=[409])
async def start_request(ctx: InContext, id: FromPath[int]) -> RequestDetail:
    """Carry a request out: restriction and release at once, access and erasure as a job."""
    return await _detail(ctx, await requests.start(ctx, id))


@post("/api/privacy/requests/{id:int}/extend", tags=TAGS, guards=[MANAGE], status_code=200, problems=[409])
async def extend_request(ctx: InContext, id: FromPath[int], data: JSONBody[ReasonGiven]) -> RequestDetail:
    """Extend the deadline, once, with the reason that the person is told."""
    return await _detail(ctx, await requests.extend(ctx, id, data.reason))


@post("/api/privacy/requests/{id:int}/refuse", tags=TAGS, guards=[MANAGE], status_code=200, problems=[409])
async def refuse_request(ctx: InContext, id: FromPath[int], data: JSONBody[ReasonGiven]) -> RequestDetail:
    """Refuse a request, with the reason that the person is told."""
    return await _detail(ctx, await requests.refuse(ctx, id, data.reason))


@post("/api/privacy/requests/{id:int}/complete", tags=TAGS, guards=[MANAGE], status_code=200, problems=[409])
async def complete_request(ctx: InContext, id: FromPath[int], data: JSONBody[NoteGiven]) -> RequestDetail:
    """End a correction that was made by editing the profile."""
    return await _detail(ctx, await requests.complete(ctx, id, data.note))


@post("/api/privacy/requests/{id:int}/link", tags=TAGS, guards=[MANAGE], status_code=200, problems=[409])
async def make_archive_link(ctx: InContext, id: FromPath[int]) -> ArchiveLinkView:
    """An address that opens the archive without signing in, until a week after it was made."""
    url, expires_at = await access.make_link(ctx, id)
    return ArchiveLinkView(url, expires_at)


def _fields(ctx: Context, row: Request) -> dict[str, object]:
    names = (
        *("id", "kind", "state", "law", "via", "note", "received_at", "due_at", "extended_reason", "started_at"),
        *("finished_at", "job_id", "receipt", "actor_name"),
    )
    overdue = row.state in requests.OPEN and row.due_at < ctx.clock.now()
    return {name: getattr(row, name) for name in names} | {"subjects": row.subject_count, "overdue": overdue}


def _view(ctx: Context, row: Request) -> RequestView:
    return msgspec.convert(_fields(ctx, row), RequestView)


async def _detail(ctx: Context, row: Request) -> RequestDetail:
    archive = row.kind == "access" and archive_path(ctx.settings, ctx.workspace.id, row.id).is_file()
    more = {"profile_ids": await requests.list_profiles(ctx, row), "archive": archive}
    return msgspec.convert(_fields(ctx, row) | more, RequestDetail)


HANDLERS = (
    list_requests,
    read_summary,
    change_target,
    create_request,
    read_request,
    start_request,
    extend_request,
    refuse_request,
    complete_request,
    make_archive_link,
)
