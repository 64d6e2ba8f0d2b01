"""How people come in: the first-start wizard, sign-in, password links, invitations."""

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.background_tasks import BackgroundTask
from litestar.params import FromPath, JSONBody

from kizuna.domains.workspace.contracts import NewWorkspace
from kizuna.domains.workspace.endpoints.sessions import enter, forget_cookie, read_client
from kizuna.domains.workspace.rules.codes import COUNTRIES, CURRENCIES
from kizuna.domains.workspace.rules.inputs import LANGUAGES, time_zones
from kizuna.domains.workspace.schemas import (
    Acceptance,
    InvitationPreview,
    Me,
    NewPassword,
    ResetAsked,
    ResetRequest,
    SetupRequest,
    SetupState,
    SignIn,
)
from kizuna.domains.workspace.service import invitations, resets, sign_in, tenants
from kizuna.web.auth import authenticate, require
from kizuna.web.client import client_ip, forbid_other_sites
from kizuna.web.context import InRuntime

OPEN = [forbid_other_sites]


@get("/api/setup", tags=["setup"])
async def read_setup(runtime: InRuntime) -> SetupState:
    """Whether this installation still needs its first workspace, and what can be chosen."""
    return SetupState(
        needed=await tenants.setup_needed(runtime),
        languages=list(LANGUAGES),
        time_zones=list(time_zones()),
        currencies=list(CURRENCIES),
        countries=list(COUNTRIES),
    )


@post("/api/setup", tags=["setup"], guards=OPEN, problems=[409])
async def set_up(request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[SetupRequest]) -> Response[Me]:
    """Make the first workspace and its owner, and sign the owner in. Works once."""
    new = NewWorkspace(
        workspace_name=data.workspace_name,
        owner_name=data.owner_name,
        email=data.email,
        password=data.password,
        time_zone=data.time_zone,
        currency=data.currency,
        week_start=data.week_start,
        language=data.language,
        country=data.country,
    )
    made = await tenants.create_workspace(runtime, new, first_only=True)
    opened = await sign_in.open_session(runtime, made.workspace_id, made.member_id, read_client(request))
    return await enter(runtime, opened, client_ip(request))


@post("/api/session", tags=["session"], guards=OPEN, problems=[401, 409, 429])
async def open_session(request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[SignIn]) -> Response[Me]:
    """Sign in. When the address belongs to several workspaces: 409 `choose_workspace`, and `errors`
    name them (`field` is the slug, `message` the name); send the slug as `workspace`. When the member uses
    an authenticator app: 409 `code_needed`, and `errors` hold the `ticket` for `POST /api/session/code`."""
    opened = await sign_in.sign_in(runtime, data.email, data.password, read_client(request), data.workspace)
    return await enter(runtime, opened, client_ip(request))


@delete("/api/session", tags=["session"], guards=[require(before_enrolment=True)], status_code=204)
async def close_session(request: Request[Any, Any, Any], runtime: InRuntime) -> Response[None]:
    """Sign out."""
    principal = await authenticate(request)
    if principal.session_id is not None:
        await sign_in.sign_out(runtime, principal.workspace_id, principal.session_id)
    return Response(None, status_code=204, cookies=[forget_cookie(runtime.settings)])


@post("/api/password-resets", tags=["session"], guards=OPEN, status_code=202)
async def request_reset(runtime: InRuntime, data: JSONBody[ResetRequest]) -> Response[ResetAsked]:
    """Ask for a new password. The answer is the same, and as quick, whether the address is known or not.
    Where mail is set up, a member is mailed a link; else an admin sees the request and hands one over."""
    later = BackgroundTask(resets.request_reset, runtime, data.email)
    return Response(ResetAsked(by_mail=runtime.mailer.ready), status_code=202, background=later)


@post("/api/password-resets/{token:str}", tags=["session"], guards=OPEN, status_code=204)
async def use_reset(runtime: InRuntime, token: FromPath[str], data: JSONBody[NewPassword]) -> None:
    """Choose a new password by a link. Ends all sessions of the member."""
    await resets.use_reset(runtime, token, data.password)


@get("/api/invitations/{token:str}", tags=["session"])
async def read_invitation(runtime: InRuntime, token: FromPath[str]) -> InvitationPreview:
    """Whom an invitation is for, and to what."""
    found = await invitations.find_invitation(runtime, token)
    return InvitationPreview(found.email, found.role, found.workspace_name)


@post("/api/invitations/{token:str}/accept", tags=["session"], guards=OPEN, problems=[409])
async def accept_invitation(
    request: Request[Any, Any, Any], runtime: InRuntime, token: FromPath[str], data: JSONBody[Acceptance]
) -> Response[Me]:
    """Become a member, and be signed in."""
    opened = await invitations.accept_invitation(runtime, token, data.name, data.password, read_client(request))
    return await enter(runtime, opened, client_ip(request))


ENTRY = (
    read_setup,
    set_up,
    open_session,
    close_session,
    request_reset,
    use_reset,
    read_invitation,
    accept_invitation,
)
