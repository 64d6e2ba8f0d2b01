"""HTTP of uploads, imports and saved mappings."""

from typing import Any
from uuid import UUID

from litestar import Request, Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import File

from kizuna.domains.collect.service.imports import requests, uploads
from kizuna.domains.collect.service.imports.views import ImportView, MappingView, NewImport, NewMapping, UploadView
from kizuna.domains.collect.service.sight import show_import, show_upload
from kizuna.domains.privacy.api import read_sight, read_sight_of
from kizuna.web.auth import authenticate, require
from kizuna.web.context import InContext, InRuntime
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

RUN = require(requests.PERMISSION)


@post("/uploads", guards=[RUN], request_max_body_size=None, takes="application/octet-stream", problems=[429])
async def upload_file(request: Request[Any, Any, Any], runtime: InRuntime, filename: FromQuery[str]) -> UploadView:
    """Send a file as the bare body (CSV, JSON Lines, Parquet); the answer says what it seems to hold."""
    principal = await authenticate(request)
    view = await uploads.store_upload(runtime, principal.workspace_id, principal.actor, filename, request.stream())
    return show_upload(view, await read_sight_of(runtime, principal.workspace_id, principal.actor))


@get("/uploads/{upload_id:uuid}", guards=[RUN])
async def read_upload(ctx: InContext, upload_id: FromPath[UUID]) -> UploadView:
    """What an uploaded file seems to hold."""
    return show_upload(await uploads.read_upload(ctx, upload_id), await read_sight(ctx))


@post("/imports", guards=[RUN], problems=[404])
async def start_import(ctx: InContext, data: JSONBody[NewImport]) -> ImportView:
    """Start an import, or with `dry_run` the same checks without writing. Stop and resume it as a job."""
    return show_import(await requests.start_import(ctx, data), await read_sight(ctx))


@get("/imports", guards=[RUN])
async def list_imports(
    ctx: InContext, cursor: FromQuery[str | None] = None, limit: FromQuery[int] = PAGE_DEFAULT
) -> Page[ImportView]:
    """Imports, newest first."""
    check_limit(limit)
    found = await requests.list_imports(ctx, limit + 1, decode_id_cursor(cursor))
    sight = await read_sight(ctx)
    items = [show_import(one, sight) for one in found[:limit]]
    return Page(items, encode_cursor([items[-1].id]) if len(found) > limit else None)


@get("/imports/{import_id:int}", guards=[RUN])
async def read_import(ctx: InContext, import_id: FromPath[int]) -> ImportView:
    """One import: how far it is, what was refused, and the first events it makes."""
    return show_import(await requests.read_import(ctx, import_id), await read_sight(ctx))


@get("/imports/{import_id:int}/refused", guards=[RUN, require("contact.read")], media_type="text/csv")
async def download_refused(ctx: InContext, import_id: FromPath[int]) -> File:
    """The refused rows as CSV, each with its number and the reason; spreadsheets open it as it is. They are
    as they came, so this asks for `contact.read`, too."""
    path, name = await requests.open_refused(ctx, import_id)
    headers = {"Cache-Control": "no-store"}
    return File(path, filename=name, media_type="text/csv", content_disposition_type="attachment", headers=headers)


@get("/mappings", guards=[RUN])
async def list_mappings(ctx: InContext) -> Page[MappingView]:
    """Saved mappings."""
    return Page(await requests.list_mappings(ctx))


@post("/mappings", guards=[RUN])
async def save_mapping(ctx: InContext, data: JSONBody[NewMapping]) -> MappingView:
    """Save a mapping under a name; one of the same name and kind is replaced."""
    return await requests.save_mapping(ctx, data)


@delete("/mappings/{mapping_id:int}", guards=[RUN])
async def delete_mapping(ctx: InContext, mapping_id: FromPath[int]) -> None:
    """Delete a saved mapping."""
    await requests.delete_mapping(ctx, mapping_id)


router = Router(
    "/api/collect",
    route_handlers=[
        upload_file,
        read_upload,
        start_import,
        list_imports,
        read_import,
        download_refused,
        list_mappings,
        save_mapping,
        delete_mapping,
    ],
    tags=["imports"],
)
