"""One click to get no more of it: RFC 8058, and a page for people.

Mail scanners follow links, so reading the page changes nothing; only a POST does.
"""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from kizuna.domains.privacy.contracts import Brand
from kizuna.domains.privacy.pages.ask import answer_bad_link
from kizuna.domains.privacy.pages.render import brand_of, language_of, render
from kizuna.domains.privacy.pages.words import WORDS
from kizuna.domains.privacy.rules.banner import Language
from kizuna.domains.privacy.rules.links import Link
from kizuna.domains.privacy.rules.words import CHANNEL_NAMES
from kizuna.domains.privacy.service import wishes
from kizuna.domains.privacy.service.brand import text_of
from kizuna.domains.privacy.service.links import LinkExpired, LinkForged, open_link
from kizuna.domains.privacy.service.purposes import find_purpose
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import KizunaError, NotFound
from kizuna.web.context import InRuntime
from kizuna.web.hosted import FORM_BYTES_MAX, hosted_page, read_user_agent

Asked = Request[Any, Any, Any]


@get("/p/unsubscribe/{token:str}", include_in_schema=False)
async def read_unsubscribe_page(request: Asked, runtime: InRuntime, token: FromPath[str]) -> Response[str]:
    """Says what would stop, and asks by one button."""
    try:
        link = open_link(runtime, token, "unsubscribe")
    except (LinkForged, LinkExpired) as error:
        return await answer_bad_link(request, runtime, error)
    language, brand, text, settings_url = await _describe(request, runtime, link)
    words = WORDS[language]
    return render(
        request,
        "unsubscribe.html",
        language,
        brand,
        title=words["unsubscribe_title"],
        text=text,
        button=True,
        settings_url=settings_url,
    )


@post("/p/unsubscribe/{token:str}", include_in_schema=False, request_max_body_size=FORM_BYTES_MAX, status_code=200)
async def unsubscribe(request: Asked, runtime: InRuntime, token: FromPath[str]) -> Response[str]:
    """From the page's button, or from a mail program by ``List-Unsubscribe=One-Click``."""
    try:
        link = open_link(runtime, token, "unsubscribe")
    except (LinkForged, LinkExpired) as error:
        return await answer_bad_link(request, runtime, error)
    form = await request.form()
    one_click = form.get("List-Unsubscribe") == "One-Click"
    wish = wishes.make_wish(
        runtime,
        "unsubscribe",
        link.workspace_id,
        link.subject,
        language_of(request),
        {
            "page": "/p/unsubscribe",
            "token_id": token[:12],
            "user_agent": read_user_agent(request),
            "one_click": one_click,
        },
        ((link.purpose, link.channel, False),),
    )
    try:
        queued = await wishes.carry_out(runtime, wish) is None
    except NotFound:
        queued = False  # whoever is gone gets nothing any more
    if one_click:
        return hosted_page("<!doctype html><title>OK</title>")
    return await _say_done(request, runtime, link, queued)


async def _say_done(request: Asked, runtime: Runtime, link: Link, queued: bool) -> Response[str]:
    if queued:
        language, brand, settings_url = language_of(request), None, None
    else:
        language, brand, _, settings_url = await _describe(request, runtime, link)
    words = WORDS[language]
    return render(
        request,
        "unsubscribe.html",
        language,
        brand,
        title=words["unsubscribed_title"],
        text=words["unsubscribed_queued" if queued else "unsubscribed"],
        button=False,
        settings_url=settings_url,
    )


async def _describe(request: Asked, runtime: Runtime, link: Link) -> tuple[Language, Brand | None, str, str | None]:
    """Language, look, what would stop, and where all settings are; the database may be away."""
    try:
        async with runtime.unit(link.workspace_id, wishes.CUSTOMER) as ctx:
            language = language_of(request, ctx.workspace.language)
            purpose = text_of(await find_purpose(ctx, link.purpose), language).title
            channel = CHANNEL_NAMES[language].get(link.channel, link.channel)
            word = WORDS[language]["unsubscribe_text" if channel else "unsubscribe_plain"]
            # Not a link of their own: this one lives for years, and is passed on with mails.
            settings_url = f"/p/preferences?brand={ctx.workspace.slug}&language={language}"
            return language, await brand_of(ctx), word.format(purpose=purpose, channel=channel), settings_url
    except (KizunaError, *wishes.NOT_WRITTEN):
        language = language_of(request)
        return language, None, WORDS[language]["unsubscribe_away"], None
