"""The stylesheet of hosted pages, and the brand's colours as one of their own: no page has inline style."""

import re
from functools import cache
from importlib import resources
from typing import Any

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from kizuna.domains.privacy.contracts import Brand
from kizuna.domains.privacy.rules.theme import RADIUS_MAX, make_theme

HEADERS = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
_NAME = re.compile(r"([0-9A-F]{6})-([0-9]{1,2})\.css")


def theme_path(brand: Brand) -> str:
    """Holds all it is made of, so it needs no database."""
    return f"/p/theme/{brand.color[1:]}-{brand.radius}.css"


@cache
def _stylesheet() -> str:
    return (resources.files("kizuna.domains.privacy") / "templates/pages/style.css").read_text(encoding="utf-8")


@get("/p/style.css", include_in_schema=False, sync_to_thread=False)
def read_style() -> Response[Any]:
    """The stylesheet of all hosted pages."""
    return Response(_stylesheet(), media_type="text/css", headers=HEADERS)


@get("/p/theme/{name:str}", include_in_schema=False, sync_to_thread=False)
def read_theme(name: FromPath[str]) -> Response[Any]:
    """A brand's colours and corners, as custom properties."""
    match = _NAME.fullmatch(name)
    if match is None or int(match[2]) > RADIUS_MAX:
        raise NotFoundException("There is no such theme.")
    theme = make_theme(f"#{match[1]}", int(match[2]))
    css = (
        f":root {{ --brand: {theme.surface}; --on-brand: {theme.on_surface}; --brand-text: {theme.text}; "
        f"--radius: {theme.radius}px; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --brand-text: {theme.dark_text}; }} }}\n"
    )
    return Response(css, media_type="text/css", headers=HEADERS)
