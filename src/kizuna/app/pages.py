"""Serves the built admin app and SDK."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import File
from litestar.static_files import create_static_files_router

PACKAGED = Path(__file__).parent / "static"
CHECKOUT = Path(__file__).parents[3]

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

NOT_BUILT = "The admin app is not built here. Run `make web` in the repository, or install a released package."


def admin_dir() -> Path:
    """The built admin app: inside an installed package, or in a checkout."""
    return PACKAGED / "admin" if (PACKAGED / "admin").is_dir() else CHECKOUT / "web" / "dist"


def sdk_dir() -> Path:
    return PACKAGED / "sdk" if (PACKAGED / "sdk").is_dir() else CHECKOUT / "sdk" / "dist"


@get(["/", "/{path:path}"], include_in_schema=False)
async def admin_page(request: Request[Any, Any, Any], path: FromPath[str] = "") -> Response[Any]:
    """The admin app's page, for every address that nothing else answers."""
    if path.startswith(("/api/", "/v1/", "/in/")):
        raise NotFoundException(f"There is nothing at {request.url.path}.")
    page = admin_dir() / "index.html"
    if not page.is_file():
        return Response(NOT_BUILT, status_code=503, media_type="text/plain")
    headers = SECURITY_HEADERS | {"Cache-Control": "no-cache"}
    return File(page, media_type="text/html", headers=headers, content_disposition_type="inline")


def page_handlers() -> list[Any]:
    handlers: list[Any] = [admin_page]
    if (admin_dir() / "assets").is_dir():
        handlers.append(
            create_static_files_router(
                path="/assets",
                directories=[admin_dir() / "assets"],
                cache_control=None,
                include_in_schema=False,
            )
        )
    if sdk_dir().is_dir():
        handlers.append(create_static_files_router(path="/sdk", directories=[sdk_dir()], include_in_schema=False))
    return handlers
