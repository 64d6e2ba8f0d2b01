"""The session cookie, and what the signed-in member is told about themselves."""

from litestar import Response
from litestar.datastructures import Cookie

from kizuna.domains.workspace.contracts import Client, OpenedSession
from kizuna.domains.workspace.rules.roles import doors_for
from kizuna.domains.workspace.rules.sign_in import SESSION_ABSOLUTE
from kizuna.domains.workspace.schemas import Me, MyMember, WorkspaceView
from kizuna.domains.workspace.service import access, members
from kizuna.kernel.access import Credentials, Principal
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Unauthenticated
from kizuna.kernel.settings import Settings
from kizuna.web.auth import SESSION_COOKIE, Connection
from kizuna.web.client import client_ip


def read_client(connection: Connection) -> Client:
    return Client(client_ip(connection), connection.headers.get("user-agent", ""))


def make_cookie(settings: Settings, token: str) -> Cookie:
    """Lives as long as a session can; the server ends it earlier when it is not used."""
    return Cookie(
        key=SESSION_COOKIE,
        value=token,
        path="/",
        max_age=int(SESSION_ABSOLUTE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https://"),
    )


def forget_cookie(settings: Settings) -> Cookie:
    return Cookie(
        key=SESSION_COOKIE,
        value="",
        path="/",
        max_age=0,
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https://"),
    )


async def describe_me(ctx: Context, principal: Principal) -> Me:
    member = await members.load_acting_member(ctx)
    workspace = ctx.workspace
    return Me(
        member=MyMember(
            id=member.id,
            name=member.name,
            email=member.email,
            role=member.role,
            language=member.language,
            totp=member.totp,
            has_password=bool(member.password_hash),
        ),
        workspace=WorkspaceView(
            id=workspace.id,
            name=workspace.name,
            slug=workspace.slug,
            time_zone=workspace.time_zone,
            currency=workspace.currency,
            week_start=workspace.week_start,
            language=workspace.language,
            country=workspace.country,
        ),
        permissions=sorted(ctx.actor.permissions),
        csrf_token=principal.csrf_token or "",
        doors=doors_for(ctx.actor.permissions),
        enrolment_due=principal.enrolment_due,
    )


async def enter(runtime: Runtime, opened: OpenedSession, ip: str) -> Response[Me]:
    """Answers a sign-in: the cookie, and who came in."""
    principal = await access.authenticate(runtime, Credentials(opened.token, None, ip))
    if principal is None:  # disabled in this very moment
        raise Unauthenticated("not_signed_in", "Sign in again.")
    async with runtime.unit(principal.workspace_id, principal.actor) as ctx:
        me = await describe_me(ctx, principal)
    return Response(me, cookies=[make_cookie(runtime.settings, opened.token)], headers={"Cache-Control": "no-store"})
