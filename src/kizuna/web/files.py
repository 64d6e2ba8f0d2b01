"""Serves built files: compressed, with a validator, and never from outside their folder."""

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Request, Response
from litestar.exceptions import NotFoundException

from kizuna.web.compression import BYTES_MIN, accepts_gzip

TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What the machine's own table of types must not decide; Litestar adds the charset."""
COMPRESSED = {".css", ".html", ".js", ".json", ".map", ".svg", ".txt"}

IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose name holds a hash of what is in them."""


@dataclass(frozen=True, slots=True)
class _File:
    plain: bytes
    gzipped: bytes | None
    etag: str


@lru_cache(maxsize=256)
def _read(path: Path, _changed_ns: int) -> _File:
    """The file in memory: the few texts of an app, each compressed once."""
    plain = path.read_bytes()
    etag = hashlib.blake2b(plain, digest_size=12).hexdigest()
    gzipped = gzip.compress(plain, 9, mtime=0) if len(plain) >= BYTES_MIN else None
    return _File(plain, gzipped, etag)


async def serve_file(
    request: Request[Any, Any, Any], folder: Path, name: str, headers: dict[str, str]
) -> Response[Any]:
    """``folder/name`` as an answer to GET or HEAD. Raises ``NotFoundException``."""
    path, changed_ns = find_file(folder, name)
    media = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {**headers}
    if path.suffix not in COMPRESSED:
        etag = f'"{changed_ns:x}"'
        body = b"" if _is_known(request, etag) else path.read_bytes()
    else:
        file = await asyncio.to_thread(_read, path, changed_ns)
        zipped = file.gzipped if accepts_gzip(request.scope) else None
        etag = f'"{file.etag}"' if zipped is None else f'"{file.etag}-gz"'
        headers |= {"Vary": "Accept-Encoding"} | ({} if zipped is None else {"Content-Encoding": "gzip"})
        body = zipped or file.plain
    headers |= {"ETag": etag}
    if _is_known(request, etag):
        headers.pop("Content-Encoding", None)
        return Response(b"", status_code=304, headers=headers, media_type=media)
    return Response(body, headers=headers, media_type=media)


def find_file(folder: Path, name: str) -> tuple[Path, int]:
    """The file and when it changed (ns). Raises ``NotFoundException`` when there is none inside ``folder``."""
    root = folder.resolve()
    try:
        path = (root / name.lstrip("/")).resolve()
        if path.is_relative_to(root) and path.is_file():
            return path, path.stat().st_mtime_ns
    except (OSError, ValueError):
        pass  # a name that no file can have: too long, with a NUL
    raise NotFoundException("There is no such file.")


def has_file(folder: Path, name: str) -> bool:
    try:
        find_file(folder, name)
    except NotFoundException:
        return False
    return True


def _is_known(request: Request[Any, Any, Any], etag: str) -> bool:
    asked = request.headers.get("if-none-match", "")
    return etag in {tag.strip().removeprefix("W/") for tag in asked.split(",")}
