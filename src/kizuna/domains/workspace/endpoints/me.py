"""The signed-in member."""

from typing import Any

from litestar import Request, get, patch, post
from litestar.params import JSONBody

from kizuna.domains.workspace.endpoints.sessions import describe_me
from kizuna.domains.workspace.schemas import Me, MeChange, PasswordChange
from kizuna.domains.workspace.service import members
from kizuna.web.auth import authenticate, require
from kizuna.web.client import client_ip
from kizuna.web.context import InContext


@get("/api/me", tags=["me"], guards=[require(before_enrolment=True)])
async def read_me(request: Request[Any, Any, Any], ctx: InContext) -> Me:
    """Who is signed in, where, and what they may do."""
    principal = await authenticate(request)
    return await describe_me(ctx, principal)


@patch("/api/me", tags=["me"], guards=[require(before_enrolment=True)])
async def change_me(request: Request[Any, Any, Any], ctx: InContext, data: JSONBody[MeChange]) -> Me:
    """Change one's own name or language."""
    await members.change_me(ctx, data.name, data.language)
    principal = await authenticate(request)
    return await describe_me(ctx, principal)


@post("/api/me/password", tags=["me"], guards=[require()], status_code=204, problems=[429])
async def change_password(request: Request[Any, Any, Any], ctx: InContext, data: JSONBody[PasswordChange]) -> None:
    """Choose a new password. Ends one's other sessions."""
    principal = await authenticate(request)
    await members.change_my_password(ctx, data.current, data.new, client_ip(request), principal.session_id)


ME = (read_me, change_me, change_password)
