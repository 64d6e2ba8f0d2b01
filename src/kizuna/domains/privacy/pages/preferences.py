"""The preference centre."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from kizuna.domains.privacy.contracts import RequestKind
from kizuna.domains.privacy.pages.ask import answer_bad_link
from kizuna.domains.privacy.pages.render import dates_in, language_of, render, render_message
from kizuna.domains.privacy.pages.words import WORDS
from kizuna.domains.privacy.rules.banner import Language
from kizuna.domains.privacy.rules.links import Link
from kizuna.domains.privacy.service import centre, opt_ins, wishes
from kizuna.domains.privacy.service.centre import Change, Preferences
from kizuna.domains.privacy.service.links import LinkExpired, LinkForged, open_link
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import KizunaError, Limit, NotFound
from kizuna.web.context import InRuntime
from kizuna.web.hosted import FORM_BYTES_MAX, read_user_agent

CHOICES_MAX = 500
REQUESTS = ("access", "restriction", "release")

Asked = Request[Any, Any, Any]


@get("/p/preferences/{token:str}", include_in_schema=False)
async def read_preferences_page(request: Asked, runtime: InRuntime, token: FromPath[str]) -> Response[str]:
    """What the company may do with the person's data, and the way to change it."""
    try:
        link = open_link(runtime, token, "preferences", "preview")
    except (LinkForged, LinkExpired) as error:
        return await answer_bad_link(request, runtime, error)
    return await _show(request, runtime, link)


@post("/p/preferences/{token:str}", include_in_schema=False, request_max_body_size=FORM_BYTES_MAX)
async def save_preferences(request: Asked, runtime: InRuntime, token: FromPath[str]) -> Response[str]:
    """Choices, refusal of everything, or a request."""
    try:
        link = open_link(runtime, token, "preferences", "preview")
    except (LinkForged, LinkExpired) as error:
        return await answer_bad_link(request, runtime, error)
    form = await request.form()
    action = str(form.get("action", "save"))
    if link.kind == "preview":
        return await _show(request, runtime, link)
    if action in ("save", "refuse"):
        shown = {str(one) for one in form.getall("shown", [])[:CHOICES_MAX]}
        ticked = {str(one) for one in form.getall("allow", [])[:CHOICES_MAX]}
        return await _save(request, runtime, link, token, action, {one: one in ticked for one in shown})
    if action in (*REQUESTS, "erasure"):
        return await _request(request, runtime, link, action)
    return await _show(request, runtime, link)


async def _save(
    request: Asked, runtime: Runtime, link: Link, token: str, action: str, choices: Mapping[str, bool]
) -> Response[str]:
    language = language_of(request)
    split = tuple(
        (purpose, channel, granted)
        for name, granted in sorted(choices.items())
        for purpose, _, channel in [name.partition(":")]
    )
    wish = wishes.make_wish(
        runtime,
        "refuse" if action == "refuse" else "choices",
        link.workspace_id,
        link.subject,
        language,
        _proof(request, token),
        () if action == "refuse" else split,
    )
    try:
        changes = await wishes.carry_out(runtime, wish)
    except NotFound:
        return _gone(request)
    except KizunaError:
        return _away(request, status=503)
    return await _show(request, runtime, link, saved=True, changes=changes)


def _proof(request: Asked, token: str) -> dict[str, Any]:
    """What shows that the person answered. The token's beginning tells which link, and opens nothing."""
    return {"page": "/p/preferences", "token_id": token[:12], "user_agent": read_user_agent(request)}


async def _request(request: Asked, runtime: Runtime, link: Link, kind: RequestKind) -> Response[str]:
    language = language_of(request)
    try:
        async with runtime.unit(link.workspace_id, wishes.CUSTOMER) as ctx:
            notice = await _receive(ctx, link, kind, language)
    except NotFound:
        return _gone(request)
    except Limit:
        notice = "too_many_letters"
    except KizunaError as error:
        notice = {"no_address": "no_address", "mail_not_set_up": "no_mail"}.get(error.code, "away_save")
    except wishes.NOT_WRITTEN:
        notice = "away_save"
    return await _show(request, runtime, link, notice=notice)


async def _receive(ctx: Context, link: Link, kind: RequestKind, language: Language) -> str:
    """The word of what happened."""
    if kind == "erasure":
        await opt_ins.ask_erasure(ctx, link.subject, language)
        return "erasure_mailed"
    new = await centre.receive_request(ctx, link.subject, kind, "By the preference page.")
    return "requested" if new else "requested_before"


async def _show(
    request: Asked,
    runtime: Runtime,
    link: Link,
    *,
    saved: bool = False,
    changes: list[Change] | None = None,
    notice: str = "",
) -> Response[str]:
    """The page; while the database is away only what can be done without it."""
    try:
        async with runtime.unit(link.workspace_id, wishes.CUSTOMER) as ctx:
            language = language_of(request, ctx.workspace.language)
            preferences = await _read(ctx, link, language)
            workspace = ctx.workspace
    except NotFound:
        return _gone(request)
    except (KizunaError, *wishes.NOT_WRITTEN):
        return _away(request, queued=saved, status=200 if saved else 503)
    return render(
        request,
        "preferences.html",
        language,
        preferences.brand,
        preferences=preferences,
        saved=saved and changes is not None,
        queued=saved and changes is None,
        changes=changes or [],
        notice=notice,
        day=dates_in(workspace, language),
    )


async def _read(ctx: Context, link: Link, language: Language) -> Preferences:
    if link.kind == "preview":
        return await centre.read_preview(ctx, language)
    return await centre.read_preferences(ctx, link.subject, language)


def _gone(request: Asked) -> Response[str]:
    language = language_of(request)
    words = WORDS[language]
    return render_message(request, language, words["gone_title"], words["gone"], status=404)


def _away(request: Asked, *, queued: bool = False, status: int = 503) -> Response[str]:
    return render(request, "away.html", language_of(request), status=status, queued=queued)
