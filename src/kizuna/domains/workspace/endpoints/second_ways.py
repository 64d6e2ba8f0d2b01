"""Signing in by more, or by other means, than a password: codes, and the company's own provider."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery, JSONBody

from kizuna.domains.workspace.endpoints.entry import OPEN
from kizuna.domains.workspace.endpoints.sessions import enter, read_client
from kizuna.domains.workspace.rules.tickets import PROVIDER_TICKET_LIFE
from kizuna.domains.workspace.schemas import Arrival, CodeEntry, Departing, Link, Me, OfferedProvider
from kizuna.domains.workspace.service import oidc, second_step
from kizuna.kernel.settings import Settings
from kizuna.web.client import client_ip
from kizuna.web.context import InRuntime

TAGS = ["session"]
PROVIDER_COOKIE = "kizuna_provider"
PROVIDER_PATH = "/api/session/provider"


@post("/api/session/code", tags=TAGS, guards=OPEN, problems=[401, 429])
async def enter_code(request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[CodeEntry]) -> Response[Me]:
    """Finish signing in with a code of the authenticator app, or a recovery code."""
    opened = await second_step.enter_code(runtime, data.ticket, data.code, read_client(request))
    return await enter(runtime, opened, client_ip(request))


@get("/api/session/providers", tags=TAGS)
async def list_providers(runtime: InRuntime, domain: FromQuery[str | None] = None) -> list[OfferedProvider]:
    """Providers through which people of an e-mail `domain` sign in. Without a domain it is that of the only
    workspace of the installation, if it has one."""
    found = await oidc.list_offered(runtime, domain)
    return [OfferedProvider(one.workspace, one.workspace_name, one.name) for one in found]


@post(PROVIDER_PATH, tags=TAGS, guards=OPEN, problems=[404])
async def begin_provider(runtime: InRuntime, data: JSONBody[Departing]) -> Response[Link]:
    """Begin to sign in through a workspace's provider: the address to send the browser to."""
    departure = await oidc.depart(runtime, data.workspace)
    cookie = _make_cookie(runtime.settings, departure.browser_token, int(PROVIDER_TICKET_LIFE.total_seconds()))
    return Response(Link(departure.url), cookies=[cookie], headers={"Cache-Control": "no-store"})


@post(f"{PROVIDER_PATH}/return", tags=TAGS, guards=OPEN, problems=[401, 404, 409])
async def return_from_provider(
    request: Request[Any, Any, Any], runtime: InRuntime, data: JSONBody[Arrival]
) -> Response[Me]:
    """Finish signing in with what the provider sent back, in the browser that began. Like a password, it may
    be answered 409 `code_needed`."""
    token = request.cookies.get(PROVIDER_COOKIE)
    opened = await oidc.arrive(runtime, token, data.state, data.code, read_client(request))
    response = await enter(runtime, opened, client_ip(request))
    response.cookies.append(_make_cookie(runtime.settings, "", 0))
    return response


def _make_cookie(settings: Settings, value: str, max_age_s: int) -> Cookie:
    return Cookie(
        key=PROVIDER_COOKIE,
        value=value,
        path=PROVIDER_PATH,
        max_age=max_age_s,
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https://"),
    )


SECOND_WAYS = (enter_code, list_providers, begin_provider, return_from_provider)
