"""Uploaded files: kept under the blobs folder until they are old, and looked at once."""

import asyncio
import contextlib
import errno
import os
import shutil
import unicodedata
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from kizuna.domains.collect.repository import erase
from kizuna.domains.collect.repository import imports as repository
from kizuna.domains.collect.rules.imports.encodings import NAMES
from kizuna.domains.collect.rules.imports.fields import KINDS, ColumnShape, known_fields, suggest_mapping
from kizuna.domains.collect.rules.imports.files import FileShape
from kizuna.domains.collect.service.imports.views import UploadView
from kizuna.domains.workspace.api import list_workspace_ids, read_job
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import Limit, NotFound, Unavailable
from kizuna.kernel.ids import new_id
from kizuna.kernel.settings import Settings

KEEP = timedelta(days=30)
FILENAME_CHARS_MAX = 200
COPY_BYTES = 1_048_576
LIVE_STATES = frozenset({"queued", "running", "stopping"})
"""Of an import's job, in which its file is needed; one that was stopped or failed is started anew."""


def upload_path(settings: Settings, workspace_id: int, upload_id: UUID) -> Path:
    return settings.blobs_dir / "uploads" / str(workspace_id) / str(upload_id)


def import_folder(settings: Settings, workspace_id: int, import_id: int) -> Path:
    """Where an import keeps its sorted lines and its refused rows."""
    return settings.blobs_dir / "imports" / str(workspace_id) / str(import_id)


async def store_upload(
    runtime: Runtime, workspace_id: int, actor: Actor, filename: str, chunks: AsyncIterator[bytes]
) -> UploadView:
    """Writes the stream to disk, looks at it, and notes it; no transaction is open meanwhile.

    Raises ``Limit`` for a file too large, ``Invalid`` for one that is no table; then nothing is kept.
    """
    upload_id = new_id()
    path = upload_path(runtime.settings, workspace_id, upload_id)
    try:
        size = await _write(path, chunks, runtime.settings.upload_mb * 1_048_576)
        shape = await asyncio.to_thread(_sniff, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    async with runtime.unit(workspace_id, actor) as ctx:
        return await _add(ctx, upload_id, filename, size, shape)


async def read_chunks(path: Path) -> AsyncIterator[bytes]:
    """A file of this machine as a stream, for the command line."""
    with path.open("rb") as file:
        while data := await asyncio.to_thread(file.read, COPY_BYTES):
            yield data


async def _write(path: Path, chunks: AsyncIterator[bytes], bytes_max: int) -> int:
    size = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > bytes_max:
                    raise Limit("upload_too_large", f"The file is larger than {bytes_max // 1_048_576:,} MB; split it.")
                file.write(chunk)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable("disk_full", "The disk for uploads is full; free space and try again.") from error
        raise
    return size


def _sniff(path: Path) -> FileShape:
    # Arrow costs 60 MB: a server that never sees an upload does without.
    from kizuna.domains.collect.service.imports.sniff import sniff_file

    return sniff_file(path)


async def _add(ctx: Context, upload_id: UUID, filename: str, size: int, shape: FileShape) -> UploadView:
    await repository.add_upload(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "id": upload_id,
            "filename": clean_filename(filename),
            "bytes": size,
            "shape": msgspec.to_builtins(shape),
            "created_by": ctx.actor.name,
            "now": ctx.clock.now(),
        },
    )
    return await read_upload(ctx, upload_id)


def clean_filename(filename: str) -> str:
    """The last part of a path, without what does not print."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in unicodedata.normalize("NFC", name) if c.isprintable()).strip()
    return plain[-FILENAME_CHARS_MAX:] or "upload"


async def read_upload(ctx: Context, upload_id: UUID) -> UploadView:
    """Raises ``NotFound``."""
    row, shape = await load_upload(ctx, upload_id)
    columns = [ColumnShape(column.name, column.type) for column in shape.columns]
    encoding = shape.encoding
    return UploadView(
        id=row.id,
        filename=row.filename,
        bytes=row.bytes,
        format=shape.format,
        encoding=NAMES[encoding] if encoding else None,  # type: ignore[index]  # written by the sniffer
        delimiter=shape.delimiter,
        has_header=shape.has_header,
        rows_estimate=shape.rows_estimate,
        rows_exact=shape.rows_exact,
        columns=shape.columns,
        suggestions={kind: suggest_mapping(kind, columns) for kind in KINDS},
        fields={kind: known_fields(kind) for kind in KINDS},
        preview=shape.preview,
        warnings=shape.warnings,
        ambiguous_dates=shape.ambiguous_dates,
    )


async def load_upload(ctx: Context, upload_id: UUID) -> tuple[repository.UploadRow, FileShape]:
    row = await repository.find_upload(ctx.db, ctx.workspace.id, upload_id)
    if row is None:
        raise NotFound(
            "upload_not_found", "There is no such upload; uploads are kept for 30 days. Upload the file again."
        )
    return row, msgspec.convert(row.shape, FileShape)


async def remove_old_uploads(runtime: Runtime) -> None:
    """Uploads hold personal data that Kizuna has elsewhere by then."""
    before = runtime.clock.now() - KEEP
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            gone = await repository.delete_old_uploads(ctx.db, workspace_id, before)
            gone += await _list_doomed(ctx)
            await erase.delete_rows(ctx.db, erase.DELETE_UPLOADS, workspace_id, gone)
        for upload_id in gone:
            upload_path(runtime.settings, workspace_id, upload_id).unlink(missing_ok=True)


async def _list_doomed(ctx: Context) -> list[UUID]:
    """Uploads that were to go with somebody who was erased, but for imports that read them."""
    live: set[UUID] = set()
    for import_id, upload_id, _ in await erase.list_imports(ctx.db, ctx.workspace.id):
        with contextlib.suppress(NotFound):
            if (await read_job(ctx, import_id))["state"] in LIVE_STATES:
                live.add(upload_id)
    uploads = await erase.list_uploads(ctx.db, ctx.workspace.id)
    return [upload_id for upload_id, _, doomed in uploads if doomed and upload_id not in live]


def remove_scratch(folder: Path) -> None:
    """What an import needed only while it ran; its refused rows stay."""
    for path in folder.glob("*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix in (".parquet", ".part"):
            path.unlink(missing_ok=True)
