"""Who asks: cookie sessions and API keys, permissions, and protection against forged requests.

The workspace domain knows sessions and keys; it offers an ``Authenticator`` that the application
puts into ``app.state.authenticate``.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from kizuna.kernel.access import Authenticator, Credentials, Principal
from kizuna.kernel.errors import Forbidden, Unauthenticated
from kizuna.web.client import client_ip

__all__ = ["Authenticator", "Credentials", "Guard", "Principal", "authenticate", "read_credentials", "require"]

SESSION_COOKIE = "kizuna_session"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]


def read_credentials(connection: Connection) -> Credentials:
    header = connection.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    return Credentials(
        session_token=connection.cookies.get(SESSION_COOKIE),
        api_key=value.strip() if scheme.lower() == "bearer" and value.strip() else None,
        ip=client_ip(connection),
    )


async def authenticate(connection: Connection) -> Principal:
    """The request's principal, looked up once. Raises ``Unauthenticated`` when there is none."""
    known = connection.scope["state"].get("principal") if "state" in connection.scope else None
    if known is not None:
        return known
    principal = await connection.app.state.authenticate(connection.app.state.runtime, read_credentials(connection))
    if principal is None:
        raise Unauthenticated("not_signed_in", "Sign in, or send an API key as `Authorization: Bearer kz_…`.")
    connection.scope["state"]["principal"] = principal
    return principal


def require(permission: str | None = None, *, before_enrolment: bool = False) -> Guard:
    """A guard: signed in, with ``permission``, and not by a forged cross-site request.

    ``require()`` alone asks for any signed-in member or key of the workspace. ``before_enrolment`` lets in
    those who still have to set up the second factor that their workspace demands.
    """

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        principal = await authenticate(connection)
        method = connection.scope.get("method", "GET")
        if principal.csrf_token is not None and method not in SAFE_METHODS:
            sent = connection.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(sent.encode(), principal.csrf_token.encode()):
                raise Forbidden("csrf", "This page is out of date; reload it and try again.")
        if principal.enrolment_due and not before_enrolment:
            raise Forbidden("enrolment_due", "Your workspace asks for an authenticator app; set it up first.")
        if permission is not None and permission not in principal.actor.permissions:
            raise Forbidden(
                "no_permission",
                f"Your role does not include {permission}. An owner or admin of the workspace can give it.",
            )

    guard.permission = permission  # type: ignore[attr-defined]  # read by the access test and the reference
    return guard
