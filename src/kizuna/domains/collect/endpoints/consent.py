"""What a consent banner shows, and sign-up forms: for any site, by write key."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import msgspec

from kizuna.domains.collect.service.known_sources import KnownSource
from kizuna.domains.privacy import api as privacy
from kizuna.kernel.context import Actor, Runtime
from kizuna.kernel.errors import Limit, Unavailable
from kizuna.web.limits import enter

FRESH_S = 5.0
REMEMBERED_MAX = 10_000
PER_IP = {"number": 20, "window_s": 600.0}

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class _Remembered:
    body: bytes
    until: float


async def read_consent(
    scope: Any, headers: dict[bytes, bytes], runtime: Runtime, known: KnownSource
) -> tuple[int, bytes, Headers]:
    """The banner's texts, with a validator; the same for every visitor of a site."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    language = privacy.choose_language(
        query.get("language", [None])[0],
        headers.get(b"accept-language", b"").decode("latin-1"),
        known.workspace.language,
    )
    body = await _remembered(scope["litestar_app"].state, runtime, known.workspace.id, language)
    etag = b'"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
    extra: Headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"public, max-age=300"),
        (b"etag", etag),
        (b"vary", b"accept-language"),
        (b"access-control-allow-origin", b"*"),
    ]
    if etag in headers.get(b"if-none-match", b""):
        return 304, b"", extra
    return 200, body, extra


async def _remembered(state: Any, runtime: Runtime, workspace_id: int, language: Any) -> bytes:
    """Texts are asked for with every first visit, and change once a year. While the database is away, what
    was known stays known: a banner that fails to load would ask nobody."""
    memory: dict[tuple[int, str], _Remembered] | None = getattr(state, "consent_texts", None)
    if memory is None:
        memory = state.consent_texts = {}
    entry = memory.get((workspace_id, language))
    if entry is not None and entry.until > time.monotonic():
        return entry.body
    try:
        async with runtime.unit(workspace_id) as ctx:
            texts = await privacy.read_consent_texts(ctx, language)
    except Unavailable:
        if entry is None:
            raise
        return entry.body
    if len(memory) >= REMEMBERED_MAX:
        memory.clear()
    memory[workspace_id, language] = _Remembered(texts.body, time.monotonic() + FRESH_S)
    return texts.body


class OptInForm(msgspec.Struct):
    """What a sign-up form sends."""

    email: str
    purpose: str = "marketing"
    channels: list[str] | None = None
    language: str | None = None
    write_key: str | None = msgspec.field(name="writeKey", default=None)


async def take_opt_in(
    scope: Any, headers: dict[bytes, bytes], runtime: Runtime, known: KnownSource, form: OptInForm, ip: str | None
) -> None:
    """Asks the owner of the address by mail. Says nothing about whether the address is known: a new one, a
    known one and one that got too many letters are answered alike. Raises ``Limit`` and ``Invalid``."""
    enter(scope["litestar_app"].state, "opt_in", ip, **PER_IP)
    language = privacy.choose_language(
        form.language, headers.get(b"accept-language", b"").decode("latin-1"), known.workspace.language
    )
    actor = Actor("source", str(known.source.id), "Sign-up form")
    try:
        async with runtime.unit(known.workspace.id, actor) as ctx:
            await privacy.ask_opt_in(ctx, form.email, form.purpose, form.channels, language)
    except Limit:
        return
