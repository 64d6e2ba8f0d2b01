"""Templates to answers."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response

from kizuna.domains.privacy.contracts import Brand
from kizuna.domains.privacy.pages.style import theme_path
from kizuna.domains.privacy.pages.words import MONTHS, WORDS
from kizuna.domains.privacy.rules.banner import Language, choose_language
from kizuna.domains.privacy.rules.theme import DEFAULT_COLOR, DEFAULT_RADIUS
from kizuna.domains.privacy.rules.words import CHANNEL_NAMES
from kizuna.domains.privacy.service.brand import read_brand
from kizuna.kernel.context import Context, Workspace
from kizuna.web.hosted import hosted_page

NOBODY = Brand("", DEFAULT_COLOR, DEFAULT_RADIUS, None, None, {})
"""While it is not known whose page it is, or the database cannot be asked."""


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("kizuna.domains.privacy", "templates/pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return made


def language_of(request: Request[Any, Any, Any], fallback: str = "ja") -> Language:
    return choose_language(request.query_params.get("language"), request.headers.get("accept-language", ""), fallback)


def render(
    request: Request[Any, Any, Any],
    template: str,
    language: Language,
    brand: Brand | None = None,
    status: int = 200,
    **values: Any,
) -> Response[str]:
    shown = brand or NOBODY
    other = "en" if language == "ja" else "ja"
    html = (
        _environment()
        .get_template(template)
        .render(
            brand=shown,
            language=language,
            other=other,
            other_url=_with_language(request, other),
            here=_with_language(request, language),
            theme=theme_path(shown),
            w=WORDS[language],
            channel_names=CHANNEL_NAMES[language],
            **values,
        )
    )
    return hosted_page(html, status)


def _with_language(request: Request[Any, Any, Any], language: str) -> str:
    path = request.url.path
    brand = request.query_params.get("brand", "")
    return f"{path}?brand={brand}&language={language}" if _is_slug(brand) else f"{path}?language={language}"


def _is_slug(text: str) -> bool:
    return 0 < len(text) <= 100 and text.replace("-", "").isalnum() and text.isascii()


def render_message(
    request: Request[Any, Any, Any],
    language: Language,
    title: str,
    text: str,
    brand: Brand | None = None,
    status: int = 200,
    ask_brand: str | None = None,
) -> Response[str]:
    """A page with a sentence; with ``ask_brand`` (a workspace's short name) also the form for a new link."""
    return render(request, "message.html", language, brand, status, title=title, text=text, ask_brand=ask_brand)


async def brand_of(ctx: Context) -> Brand:
    return await read_brand(ctx)


def dates_in(workspace: Workspace, language: Language) -> Any:
    """A function that words a moment as a day of the workspace."""
    zone = ZoneInfo(workspace.time_zone)

    def word(moment: Any) -> str:
        day = moment.astimezone(zone)
        if language == "ja":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"

    return word
