"""OPTIONS names all methods of an address.

Litestar's own answer forgets those of the handlers that came after the first at the same address.
"""

from typing import Any

from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send


class NameAllMethods:
    def __init__(self, app: ASGIApp, routes_of: Litestar) -> None:
        self.app = app
        self.allowed = {
            route.path_format: ", ".join(sorted(str(method) for method in route.methods)).encode()
            for route in routes_of.routes
            if isinstance(route, HTTPRoute)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            await self.app(scope, receive, send)
            return

        async def send_allowed(message: Any) -> None:
            allowed = self.allowed.get(scope.get("path_template", ""))
            if message["type"] == "http.response.start" and message["status"] == 204 and allowed is not None:
                kept = [(name, value) for name, value in message["headers"] if name.lower() != b"allow"]
                message = {**message, "headers": [*kept, (b"allow", allowed)]}
            await send(message)

        await self.app(scope, receive, send_allowed)
