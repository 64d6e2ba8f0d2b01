"""A new link to the preference page, for whoever has lost theirs."""

from typing import Any

from litestar import Request, Response, get, post

from kizuna.domains.privacy.contracts import Brand
from kizuna.domains.privacy.pages.render import brand_of, language_of, render_message
from kizuna.domains.privacy.pages.words import WORDS
from kizuna.domains.privacy.service.addresses import normalise_address
from kizuna.domains.privacy.service.letters import ask_for_link as write_link_letter
from kizuna.domains.privacy.service.links import LinkExpired, LinkForged
from kizuna.domains.privacy.service.wishes import CUSTOMER, NOT_WRITTEN
from kizuna.domains.workspace.api import find_workspace
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Invalid, KizunaError, Limit
from kizuna.web.client import client_ip
from kizuna.web.context import InRuntime
from kizuna.web.hosted import FORM_BYTES_MAX
from kizuna.web.limits import enter

Asked = Request[Any, Any, Any]

PER_IP = {"number": 10, "window_s": 600.0}


@get("/p/preferences", include_in_schema=False)
async def read_ask_page(request: Asked, runtime: InRuntime) -> Response[str]:
    """Where a company's site leads: type your address, get your link. ``?brand=`` names the workspace."""
    language = language_of(request)
    words = WORDS[language]
    found = await find_brand(runtime, request.query_params.get("brand"))
    if found is None:
        return render_message(request, language, words["which_title"], words["which"], status=404)
    slug, _, brand = found
    return render_message(request, language, words["ask_title"], words["ask_intro"], brand, ask_brand=slug)


@post("/p/preferences", include_in_schema=False, request_max_body_size=FORM_BYTES_MAX, status_code=200)
async def ask_for_link(request: Asked, runtime: InRuntime) -> Response[str]:
    """The same answer for every address; the mail itself is written by a job."""
    language = language_of(request)
    words = WORDS[language]
    form = await request.form()
    found = await find_brand(runtime, str(form.get("brand", "")) or None)
    if found is None:
        return render_message(request, language, words["which_title"], words["which"], status=404)
    slug, workspace_id, brand = found
    try:
        enter(request.app.state, "ask_for_link", client_ip(request), **PER_IP)
        async with runtime.unit(workspace_id, CUSTOMER) as ctx:
            await write_link_letter(ctx, normalise_address(ctx, str(form.get("email", ""))), language)
    except Limit:
        return render_message(request, language, words["ask_title"], words["too_often"], brand, 429)
    except Invalid:
        return render_message(request, language, words["ask_title"], words["address_wrong"], brand, 422, slug)
    except (KizunaError, *NOT_WRITTEN):
        return render_message(request, language, words["ask_title"], words["away_save"], brand, 503, slug)
    return render_message(request, language, words["asked_title"], words["asked"], brand)


async def find_brand(runtime: Runtime, slug: str | None) -> tuple[str, int, Brand] | None:
    """Short name, id and look of a workspace, or of the only one; None when it is not plain which."""
    try:
        async with runtime.database.transaction("auth") as db:
            found = await find_workspace(db, slug)
        async with runtime.unit(found.id, CUSTOMER) as ctx:
            return ctx.workspace.slug, found.id, await brand_of(ctx)
    except (KizunaError, *NOT_WRITTEN):
        return None


async def answer_bad_link(request: Asked, runtime: Runtime, error: LinkForged | LinkExpired) -> Response[str]:
    """A sentence, and the way to a new link where it is plain whose customer asks."""
    language = language_of(request)
    word = "expired" if isinstance(error, LinkExpired) else "forged"
    slug, brand = None, None
    if isinstance(error, LinkExpired):
        try:
            async with runtime.unit(error.link.workspace_id, CUSTOMER) as ctx:
                slug, brand = ctx.workspace.slug, await brand_of(ctx)
        except (KizunaError, *NOT_WRITTEN):
            slug = None
    elif found := await find_brand(runtime, None):
        slug, _, brand = found
    words = WORDS[language]
    status = 410 if word == "expired" else 404
    return render_message(request, language, words[f"{word}_title"], words[word], brand, status, slug)
