"""The page behind a letter that asks: opened by GET, which scanners do too; confirmed by a button."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from kizuna.domains.privacy.pages.render import brand_of, language_of, render, render_message
from kizuna.domains.privacy.pages.words import WORDS
from kizuna.domains.privacy.rules.words import CHANNEL_NAMES
from kizuna.domains.privacy.service import opt_ins
from kizuna.domains.privacy.service.links import LinkExpired, LinkForged, open_link
from kizuna.domains.privacy.service.wishes import CUSTOMER, NOT_WRITTEN
from kizuna.kernel.errors import KizunaError, NotFound
from kizuna.web.context import InRuntime
from kizuna.web.hosted import FORM_BYTES_MAX, read_user_agent

Asked = Request[Any, Any, Any]


@get("/p/confirm/{token:str}", include_in_schema=False)
async def read_confirm_page(request: Asked, runtime: InRuntime, token: FromPath[str]) -> Response[str]:
    """Says what would be confirmed."""
    try:
        link = open_link(runtime, token, "opt_in", "erasure")
        async with runtime.unit(link.workspace_id, CUSTOMER) as ctx:
            language = language_of(request, ctx.workspace.language)
            row, purpose = await opt_ins.read_question(ctx, link.subject)
            brand = await brand_of(ctx)
    except (KizunaError, *NOT_WRITTEN) as error:
        return _refuse(request, error)
    names = [CHANNEL_NAMES[language].get(one, one) for one in row.channels if one]
    return render(request, "confirm.html", language, brand, kind=row.kind, purpose=purpose, names=names)


@post("/p/confirm/{token:str}", include_in_schema=False, request_max_body_size=FORM_BYTES_MAX, status_code=200)
async def confirm(request: Asked, runtime: InRuntime, token: FromPath[str]) -> Response[str]:
    """Once: what was asked is recorded, or the request for erasure received."""
    try:
        link = open_link(runtime, token, "opt_in", "erasure")
        async with runtime.unit(link.workspace_id, CUSTOMER) as ctx:
            language = language_of(request, ctx.workspace.language)
            row = await opt_ins.confirm(ctx, link.subject, read_user_agent(request))
            brand = await brand_of(ctx)
    except (KizunaError, *NOT_WRITTEN) as error:
        return _refuse(request, error)
    words = WORDS[language]
    text = words["confirmed_erasure" if row.kind == "erasure" else "confirmed"]
    return render_message(request, language, words["confirmed_title"], text, brand)


def _refuse(request: Asked, error: Exception) -> Response[str]:
    language = language_of(request)
    words = WORDS[language]
    if isinstance(error, LinkForged):
        return render_message(request, language, words["forged_title"], words["forged"], status=404)
    if isinstance(error, LinkExpired | NotFound):
        return render_message(request, language, words["used_title"], words["used"], status=410)
    return render_message(request, language, words["away_title"], words["away_save"], status=503)
