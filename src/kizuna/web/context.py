"""Gives handlers their ``ctx``: one transaction a request, committed before the answer leaves."""

import os
from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.logs import request_id
from kizuna.web.auth import authenticate
from kizuna.web.security import SecurityHeaders

# Ours are not validated: Litestar would copy and check the dataclasses field by field.
InContext = NamedDependency[SkipValidation[Context]]
"""Type of a handler's ``ctx``: the unit of work of the one who is signed in."""
InRuntime = NamedDependency[SkipValidation[Runtime]]
"""Type of a handler's ``runtime``, where there is no unit of work yet, or more than one."""


def runtime_of(request: Request[Any, Any, Any]) -> Runtime:
    return request.app.state.runtime


async def provide_context(request: Request[Any, Any, Any]) -> AsyncGenerator[Context, None]:
    """The unit of work of the signed-in principal. Litestar ends the generator before it answers,
    so an answer of success is sent only after the commit."""
    principal = await authenticate(request)
    async with runtime_of(request).unit(principal.workspace_id, principal.actor, request_id=request_id.get()) as ctx:
        yield ctx


async def provide_runtime(request: Request[Any, Any, Any]) -> Runtime:
    return runtime_of(request)


class RequestIdMiddleware:
    """Gives each request an id: the caller's ``X-Request-Id`` when it is short and plain, else a new one.

    It also completes the security headers: one layer around everything is cheaper than two.
    """

    def __init__(self, app: ASGIApp, security: SecurityHeaders) -> None:
        self.app = app
        self.security = security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        plain = 0 < len(given) <= 64 and given.replace(b"-", b"").isalnum()
        token = request_id.set(given.decode() if plain else os.urandom(16).hex())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = self.security.complete(message["headers"])
                headers.append((b"x-request-id", request_id.get().encode()))
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            request_id.reset(token)
