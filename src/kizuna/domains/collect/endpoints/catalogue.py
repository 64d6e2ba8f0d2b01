"""HTTP of the event catalogue."""

from litestar import Router, get, patch
from litestar.params import FromPath, FromQuery, JSONBody

from kizuna.domains.collect.contracts import CatalogueItem, CatalogueName
from kizuna.domains.collect.schemas import NameChange, PropertyChange
from kizuna.domains.collect.service import catalogue
from kizuna.kernel.errors import Invalid
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_cursor, encode_cursor

READ = require("collect.read")
MANAGE = require("collect.manage")


@get("/", guards=[READ])
async def list_names(
    ctx: InContext,
    search: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[CatalogueItem]:
    """Every event name that was seen, the most frequent first."""
    names, more = await catalogue.list_names(ctx, search, _read_place(cursor), check_limit(limit))
    return Page(names, encode_cursor(list(more)) if more else None)


def _read_place(cursor: str | None) -> tuple[int, int] | None:
    place = decode_cursor(cursor, 2)
    if place is None:
        return None
    volume, id_ = place
    if type(volume) is not int or type(id_) is not int or not 0 <= volume < 1 << 62 or not 0 <= id_ < 1 << 31:
        raise Invalid("cursor_invalid", "The cursor is not valid; start again from the first page.")
    return volume, id_


def _read_slashes(text: str) -> str:
    """Servers decode ``%2F`` before they look for the path's parts, so a slash in a name is sent as ``%252F``."""
    return text.replace("%2F", "/").replace("%2f", "/")


@get("/{name:str}", guards=[READ])
async def read_name(ctx: InContext, name: FromPath[str]) -> CatalogueName:
    """One event name, with every property that was seen: types, volume, an example."""
    return await catalogue.read_name(ctx, _read_slashes(name))


@patch("/{name:str}", guards=[MANAGE])
async def describe_name(ctx: InContext, name: FromPath[str], data: JSONBody[NameChange]) -> CatalogueName:
    """Write what an event means and who owns it."""
    return await catalogue.describe_name(ctx, _read_slashes(name), data.description, data.owner)


@patch("/{name:str}/properties/{path:str}", guards=[MANAGE])
async def describe_property(
    ctx: InContext, name: FromPath[str], path: FromPath[str], data: JSONBody[PropertyChange]
) -> CatalogueName:
    """Write what a property means."""
    return await catalogue.describe_property(ctx, _read_slashes(name), _read_slashes(path), data.description)


router = Router(
    "/api/collect/catalogue", route_handlers=[list_names, read_name, describe_name, describe_property], tags=["collect"]
)
