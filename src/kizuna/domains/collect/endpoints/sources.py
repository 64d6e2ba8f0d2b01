"""HTTP of sources."""

import msgspec
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from kizuna.domains.collect.contracts import SourceItem
from kizuna.domains.collect.schemas import NewSource, Rotation, SourceChange, SourceSecret
from kizuna.domains.collect.service import sources
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import Page


@get("/", guards=[require("collect.read")])
async def list_sources(ctx: InContext) -> Page[SourceItem]:
    """All sources of the workspace, with what came from each lately."""
    return Page(await sources.list_sources(ctx))


@post("/", guards=[require("collect.manage")])
async def add_source(ctx: InContext, data: JSONBody[NewSource]) -> SourceItem:
    """Add a source; it gets a write key."""
    return await sources.add_source(ctx, data.name, data.kind, data.touchpoint, data.settings)


@get("/{source_id:int}", guards=[require("collect.read")])
async def read_source(ctx: InContext, source_id: FromPath[int]) -> SourceItem:
    """One source."""
    return await sources.read_source(ctx, source_id)


@patch("/{source_id:int}", guards=[require("collect.manage")])
async def change_source(ctx: InContext, source_id: FromPath[int], data: JSONBody[SourceChange]) -> SourceItem:
    """Rename a source, move it to another touchpoint, switch it on or off, change its settings."""
    return await sources.change_source(ctx, source_id, _given(data))


def _given(data: SourceChange) -> dict[str, object]:
    return {k: v for k, v in msgspec.structs.asdict(data).items() if v is not msgspec.UNSET}


@delete("/{source_id:int}", guards=[require("collect.manage")])
async def remove_source(ctx: InContext, source_id: FromPath[int]) -> None:
    """Remove a source. Its events stay; its keys stop working at once."""
    await sources.remove_source(ctx, source_id)


@post("/{source_id:int}/rotate", guards=[require("collect.manage")], status_code=200)
async def rotate_key(ctx: InContext, source_id: FromPath[int], data: JSONBody[Rotation]) -> SourceItem:
    """Give a source a new write key. The present one keeps working for the grace period."""
    return await sources.rotate_key(ctx, source_id, data.grace_hours)


@get("/{source_id:int}/secret", guards=[require("collect.manage")])
async def read_secret(ctx: InContext, source_id: FromPath[int]) -> SourceSecret:
    """The secret that signs user ids in browsers and bodies of webhooks. Keep it on servers."""
    return SourceSecret(await sources.read_secret(ctx, source_id))


router = Router(
    "/api/collect/sources",
    route_handlers=[list_sources, add_source, read_source, change_source, remove_source, rotate_key, read_secret],
    tags=["collect"],
)
