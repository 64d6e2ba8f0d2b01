"""The archive of a request for access, for the person who was sent the link."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import File

from kizuna.domains.privacy.pages.ask import find_brand
from kizuna.domains.privacy.pages.render import language_of, render_message
from kizuna.domains.privacy.pages.words import WORDS
from kizuna.domains.privacy.service import access
from kizuna.domains.privacy.service.wishes import NOT_WRITTEN
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import KizunaError, NotFound
from kizuna.web.context import InRuntime

Asked = Request[Any, Any, Any]

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@get("/p/archive/{token:str}", include_in_schema=False)
async def download_archive(request: Asked, runtime: InRuntime, token: FromPath[str]) -> File | Response[str]:
    """The file; a sentence where the link is over."""
    try:
        path: Path = await access.open_archive(runtime, token)
    except (KizunaError, *NOT_WRITTEN) as error:
        return await _refuse(request, runtime, error)
    return File(
        path,
        filename="your-data.zip",
        media_type="application/zip",
        content_disposition_type="attachment",
        headers=HEADERS,
    )


async def _refuse(request: Asked, runtime: Runtime, error: Exception) -> Response[str]:
    """In the brand of the only workspace: a link that does not open tells nothing of whose it was."""
    language = language_of(request)
    words = WORDS[language]
    if not isinstance(error, NotFound):
        return render_message(request, language, words["archive_away_title"], words["away_save"], status=503)
    found = await find_brand(runtime, None)
    brand = found[2] if found else None
    return render_message(request, language, words["archive_gone_title"], words["archive_gone"], brand, 404)
