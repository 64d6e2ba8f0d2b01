"""The signed-in member's second factor and sessions."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from kizuna.domains.workspace.rules.devices import name_device
from kizuna.domains.workspace.schemas import (
    EndedSessions,
    RecoveryCodes,
    SessionItem,
    TotpCode,
    TotpOff,
    TotpOffer,
    TotpState,
)
from kizuna.domains.workspace.service import own_sessions, totp
from kizuna.web.auth import authenticate, require
from kizuna.web.client import client_ip
from kizuna.web.context import InContext
from kizuna.web.paging import Page

TAGS = ["me"]
ENROLLING = [require(before_enrolment=True)]
NOT_KEPT = {"Cache-Control": "no-store"}


@get("/api/me/totp", tags=TAGS, guards=ENROLLING)
async def read_totp(ctx: InContext) -> TotpState:
    """Whether one uses an authenticator app, and how many recovery codes are left."""
    state = await totp.read_state(ctx)
    return TotpState(state.since, state.recovery_codes_left, state.required)


@post("/api/me/totp", tags=TAGS, guards=ENROLLING, problems=[409])
async def start_totp(ctx: InContext) -> Response[TotpOffer]:
    """Begin to set up an authenticator app: a new secret, which counts once a code of it was confirmed."""
    offer = await totp.start_enrolment(ctx)
    return Response(TotpOffer(offer.secret, offer.uri, offer.qr), headers=NOT_KEPT)


@post("/api/me/totp/confirm", tags=TAGS, guards=ENROLLING, problems=[409, 429])
async def confirm_totp(
    request: Request[Any, Any, Any], ctx: InContext, data: JSONBody[TotpCode]
) -> Response[RecoveryCodes]:
    """Confirm the authenticator app by a code. From now on signing in asks for one. Ends one's other sessions."""
    principal = await authenticate(request)
    codes = await totp.confirm_enrolment(ctx, data.code, client_ip(request), principal.session_id)
    return Response(RecoveryCodes(codes), headers=NOT_KEPT)


@post("/api/me/totp/recovery-codes", tags=TAGS, guards=[require()], problems=[409, 429])
async def renew_recovery_codes(
    request: Request[Any, Any, Any], ctx: InContext, data: JSONBody[TotpCode]
) -> Response[RecoveryCodes]:
    """Make ten new recovery codes; the old ones stop working."""
    return Response(
        RecoveryCodes(await totp.renew_recovery_codes(ctx, data.code, client_ip(request))), headers=NOT_KEPT
    )


@post("/api/me/totp/off", tags=TAGS, guards=[require()], status_code=204, problems=[409, 429])
async def switch_totp_off(request: Request[Any, Any, Any], ctx: InContext, data: JSONBody[TotpOff]) -> None:
    """Switch the authenticator app off, with password and code."""
    await totp.switch_off(ctx, data.password, data.code, client_ip(request))


@get("/api/me/sessions", tags=TAGS, guards=[require()])
async def list_my_sessions(request: Request[Any, Any, Any], ctx: InContext) -> Page[SessionItem]:
    """Where one is signed in, most recently used first; at most a hundred."""
    current = (await authenticate(request)).session_id
    items = [_session_item(row, current) for row in await own_sessions.list_my_sessions(ctx)]
    return Page(items, total=len(items))


def _session_item(row: Any, current: str | None) -> SessionItem:
    return SessionItem(
        id=row.id,
        device=name_device(row.user_agent),
        user_agent=row.user_agent,
        ip=row.ip,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        current=str(row.id) == current,
    )


@delete("/api/me/sessions/{id:uuid}", tags=TAGS, guards=[require()])
async def end_my_session(ctx: InContext, id: FromPath[UUID]) -> None:
    """End one of one's sessions; the device is signed out at once."""
    await own_sessions.end_my_session(ctx, id)


@delete("/api/me/sessions", tags=TAGS, guards=[require()], status_code=200)
async def end_my_other_sessions(request: Request[Any, Any, Any], ctx: InContext) -> EndedSessions:
    """End all of one's sessions but this one."""
    principal = await authenticate(request)
    return EndedSessions(await own_sessions.end_my_other_sessions(ctx, principal.session_id))


MY_ACCESS = (
    read_totp,
    start_totp,
    confirm_totp,
    renew_recovery_codes,
    switch_totp_off,
    list_my_sessions,
    end_my_session,
    end_my_other_sessions,
)
