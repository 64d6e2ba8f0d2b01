"""Serves the built admin app, the API reference and the SDK."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, route
from litestar.enums import HttpMethod
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from kizuna.web.files import IMMUTABLE, has_file, serve_file

PACKAGED = Path(__file__).parent / "static"
CHECKOUT = Path(__file__).parents[3]

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'self'; "
        "form-action 'self'"
    ),
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-cache",
}
"""Besides those that every answer carries: ``kizuna.web.security``."""

SDK_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=3600, stale-while-revalidate=86400",
}
"""Any site may load the SDK. Its name stays the same, so browsers ask again after an hour."""

NOT_BUILT = "The admin app is not built here. Run `make web` in the repository, or install a released package."

NOT_PAGES = ("api", "v1", "in", "p", "assets", "sdk", "analytics.js")
"""First parts of addresses that are for programs and customers; the app's page would only confuse them."""

READING = [HttpMethod.GET, HttpMethod.HEAD]
CHANGING = [HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE]


def admin_dir() -> Path:
    """The built admin app: inside an installed package, or in a checkout."""
    return PACKAGED / "admin" if (PACKAGED / "admin").is_dir() else CHECKOUT / "web" / "dist"


def sdk_dir() -> Path:
    return PACKAGED / "sdk" if (PACKAGED / "sdk").is_dir() else CHECKOUT / "sdk" / "dist"


@route(["/", "/{path:path}"], http_method=READING, include_in_schema=False)
async def admin_page(request: Request[Any, Any, Any], path: FromPath[str] = "") -> Response[Any]:
    """The admin app's page, for every address that nothing else answers."""
    if path.strip("/").partition("/")[0] in NOT_PAGES:
        raise _nothing_at(request)
    name = path.strip("/")
    # The few files beside the page, such as the icon; the page itself for all else.
    if name and "/" not in name and not name.endswith(".html") and has_file(admin_dir(), name):
        return await serve_file(request, admin_dir(), name, {"Cache-Control": "no-cache"})
    return await _serve_page(request, "index.html")


@route("/api/docs", http_method=READING, include_in_schema=False)
async def api_reference(request: Request[Any, Any, Any]) -> Response[Any]:
    """The reference of the HTTP API, made in the browser of /api/openapi.json."""
    return await _serve_page(request, "api-docs.html")


@route(["/", "/{path:path}"], http_method=CHANGING, include_in_schema=False)
async def refuse_change(request: Request[Any, Any, Any], path: FromPath[str] = "") -> None:
    """Without this, a change at an address that does not exist would be answered as a wrong method."""
    raise _nothing_at(request)


@route("/assets/{name:path}", http_method=READING, include_in_schema=False)
async def admin_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
    """A script, style or font of the admin app; the build writes a hash of it into its name."""
    return await serve_file(request, admin_dir() / "assets", name, {"Cache-Control": IMMUTABLE})


@route("/sdk/{name:path}", http_method=READING, include_in_schema=False)
async def sdk_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
    """The browser SDK, for the pages of any site."""
    return await serve_file(request, sdk_dir(), name, SDK_HEADERS)


async def _serve_page(request: Request[Any, Any, Any], name: str) -> Response[Any]:
    if not (admin_dir() / name).is_file():
        return Response(NOT_BUILT, status_code=503, media_type="text/plain")
    return await serve_file(request, admin_dir(), name, PAGE_HEADERS)


def _nothing_at(request: Request[Any, Any, Any]) -> NotFoundException:
    return NotFoundException(f"There is nothing at {request.url.path[:200]}.")


PAGES = [admin_page, api_reference, refuse_change, admin_file, sdk_file]
