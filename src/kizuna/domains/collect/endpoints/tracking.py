"""The tracking API, as Segment's clients speak it, written on bare ASGI.

Every customer's every click comes through here, so nothing is built for a request that it does not
need. Statuses are what the clients act on: 400, 401, 403, 404, 413 are final for them, 5xx and 429
they repeat; there is no redirect, which some take for success. ``tracking_docs`` describes it.
"""

import ipaddress
import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import msgspec
from litestar import asgi
from litestar.types import Receive, Scope, Send

from kizuna.domains.collect.contracts import BODY_BYTES_MAX, Refused
from kizuna.domains.collect.endpoints.consent import OptInForm, read_consent, take_opt_in
from kizuna.domains.collect.endpoints.pixels import PIXEL, read_pixel
from kizuna.domains.collect.endpoints.sdk_files import find_sdk_file
from kizuna.domains.collect.endpoints.tracking_docs import describe_tracking
from kizuna.domains.collect.rules.bodies import (
    BadBody,
    BadItem,
    Body,
    inflate,
    read_authorization,
    read_batch,
    read_single,
    to_utf8,
    too_large,
)
from kizuna.domains.collect.rules.items import Arrival
from kizuna.domains.collect.rules.times import read_time
from kizuna.domains.collect.service.intake import Intake
from kizuna.domains.collect.service.known_sources import KnownSource
from kizuna.domains.collect.service.settings_json import write_settings
from kizuna.kernel.errors import KizunaError, Limit, Unavailable
from kizuna.web.client import read_forwarded
from kizuna.web.problems import make_problem

logger = logging.getLogger(__name__)

CALLS: dict[str, str | None] = {
    "track": "track",
    "t": "track",
    "identify": "identify",
    "i": "identify",
    "page": "page",
    "p": "page",
    "screen": "screen",
    "s": "screen",
    "group": "group",
    "g": "group",
    "alias": "alias",
    "a": "alias",
    "batch": None,
    "import": None,
    "b": None,
}
"""Path → type of call; None for those that take a batch."""

OK = b'{"success": true}'
_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")
_ALLOW_HEADERS = b"authorization, content-type, content-encoding, x-retry-count"
READING = ("GET", "HEAD")
REFUSED_SHOWN_MAX = 100
LONG_BYTES = 8_192
"""To read so large a body takes long; others should not have to wait for many of them."""
READ_TIMEOUT_S = 30


class Answer(Exception):
    """An answer that is not success."""

    def __init__(
        self, status: int, code: str, message: str, retry_after_s: int | None = None, allow: bytes | None = None
    ) -> None:
        super().__init__(message)
        self.allow = allow
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


def intake_of(scope: Any) -> Intake:
    """The server's intake, made at its first event."""
    state = scope["litestar_app"].state
    intake = getattr(state, "intake", None)
    if intake is None:
        intake = state.intake = Intake(state.runtime)
    return intake


@asgi("/v1", is_mount=True, copy_scope=False, openapi_paths=describe_tracking())
async def tracking(scope: Scope, receive: Receive, send: Send) -> None:
    """Everything under /v1."""
    await serve_tracking(scope, receive, send)


@asgi("/analytics.js/v1", is_mount=True, copy_scope=False)
async def snippet_files(scope: Scope, receive: Receive, send: Send) -> None:
    """What Segment's snippet loads: our SDK and its settings."""
    await serve_tracking(scope, receive, send)


async def serve_tracking(scope: Any, receive: Receive, send: Send) -> None:
    path: str = (
        scope["raw_path"].decode("ascii", "replace").partition("?")[0] if scope.get("raw_path") else scope["path"]
    )
    headers = dict(scope["headers"])
    cors = _cors(headers)
    try:
        status, body, extra = await _route(scope, path.rstrip("/"), headers, receive)
    except Answer as answer:
        status, body, extra = _refusal(answer.status, answer.code, answer.message, answer.retry_after_s)
        extra += [(b"allow", answer.allow)] if answer.allow else []
    except BadBody as error:
        status, body, extra = _refusal(error.status, error.code, error.message)
    except KizunaError as error:
        kind_status = 503 if isinstance(error, Unavailable) else 429 if isinstance(error, Limit) else 400
        status, body, extra = _refusal(kind_status, error.code, error.message, error.retry_after_s)
    except Exception:
        call = "/".join(path.split("/")[:3])  # the rest may be a write key
        logger.exception("a tracking request failed", extra={"call": call})
        status, body, extra = _refusal(500, "internal", "Something broke on our side; the events were not taken.")
    start: Any = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-length", b"%d" % len(body)), *extra, *([] if _for_all(extra) else cors)],
    }
    end: Any = {"type": "http.response.body", "body": body, "more_body": False}
    await send(start)
    await send(end)


Reply = tuple[int, bytes, list[tuple[bytes, bytes]]]


def _refusal(status: int, code: str, message: str, retry_after_s: int | None = None) -> Reply:
    headers: list[tuple[bytes, bytes]] = [_PROBLEM]
    if retry_after_s is not None:
        headers.append((b"retry-after", b"%d" % retry_after_s))
    return status, _write_problem(status, code, message, []), headers


def _write_problem(status: int, code: str, message: str, errors: list[dict[str, Any]]) -> bytes:
    """A problem as everywhere in the API, with what Segment's clients look for: success, code, message."""
    problem = msgspec.to_builtins(make_problem(status, code, message))
    return msgspec.json.encode(problem | {"errors": errors, "success": False, "message": message})


def _cors(headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Any site may send events: the write key is public, and no cookie is involved."""
    origin = headers.get(b"origin")
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"vary", b"origin"),
        (b"access-control-expose-headers", b"retry-after"),
    ]


def _for_all(headers: list[tuple[bytes, bytes]]) -> bool:
    """True for what any site may read, whoever asks: caches keep one copy of it."""
    return any(name == b"access-control-allow-origin" for name, _ in headers)


async def _route(scope: Any, path: str, headers: dict[bytes, bytes], receive: Receive) -> Reply:
    method = scope["method"]
    if method == "OPTIONS":
        return _preflight()
    if method == "POST" and path.startswith("/v1/"):
        name = path[4:]
        if name in CALLS:
            return await _take(scope, CALLS[name], headers, receive)
        if name == "opt-in":
            return await _take_opt_in(scope, headers, receive)
        if name == "m":  # analytics.js reports its own health there; nobody needs it
            return 200, OK, [_JSON]
    elif method in READING and path[4:] not in CALLS:
        return await _get(scope, path, headers)
    if method not in READING and path.startswith(("/v1/projects/", "/v1/pixel/", "/v1/consent/", "/analytics.js/")):
        raise Answer(405, "method_not_allowed", "This is only read.", allow=b"GET, HEAD, OPTIONS")
    if path[4:] in CALLS:
        raise Answer(405, "method_not_allowed", "Events are sent by POST.", allow=b"OPTIONS, POST")
    raise Answer(404, "not_found", f"There is no {method} {path[:100]} here.")


def _preflight() -> Reply:
    return (
        204,
        b"",
        [
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", _ALLOW_HEADERS),
            (b"access-control-max-age", b"86400"),
        ],
    )


async def _take(scope: Any, call: str | None, headers: dict[bytes, bytes], receive: Receive) -> Reply:
    intake = intake_of(scope)
    data = await _read_body(receive, headers, intake)
    header = headers.get(b"authorization")
    key = read_authorization(header.decode("latin-1")) if header is not None else None
    if len(data) >= LONG_BYTES:
        await intake.turns.take()
    body: Body | None = None
    broken: BadBody | None = None
    try:
        plain = inflate(data, headers.get(b"content-encoding", b"").decode("latin-1").strip().lower())
        plain = to_utf8(plain, headers.get(b"content-type", b"").decode("latin-1"))
        body = read_batch(plain) if call is None else read_single(plain)
    except BadBody as error:
        broken = error
    known = await _find_source(intake, key or (body.write_key if body is not None else None), broken)
    if body is None:
        assert broken is not None
        await intake.refuse(known, BadItem(broken.code, broken.message, ascii(data[:200])[2:-1]))
        raise broken
    return await take_body(scope, headers, intake, known, body, call)


async def take_body(
    scope: Any, headers: dict[bytes, bytes], intake: Intake, known: KnownSource, body: Body, call: str | None
) -> Reply:
    received_us = round(intake.runtime.clock.now().timestamp() * 1_000_000)
    arrival = Arrival(
        source=known.source,
        received_us=received_us,
        sent_us=read_time(body.sent_at) if body.sent_at is not None else None,
        ip=find_address(scope, headers, intake.runtime.settings.trusted_proxies),
        defaults=body.context,
    )
    refused = await intake.take(known, body, arrival, call)
    if not refused:
        return 200, OK, [_JSON]
    return _describe_refused(refused, len(body.items))


def _describe_refused(refused: list[Refused], items: int) -> Reply:
    """Success with a list of what was left out; an error only where nothing was taken."""
    errors = [{"index": one.index, "code": one.code, "message": one.message} for one in refused[:REFUSED_SHOWN_MAX]]
    if len(refused) < items:
        return 200, msgspec.json.encode({"success": True, "refused": len(refused), "errors": errors}), [_JSON]
    first = refused[0]
    errors = [{"field": f"batch.{error['index']}"} | error for error in errors]
    return 400, _write_problem(400, first.code, first.message, errors), [_PROBLEM]


async def _take_opt_in(scope: Any, headers: dict[bytes, bytes], receive: Receive) -> Reply:
    intake = intake_of(scope)
    data = await _read_body(receive, headers, intake)
    if len(data) > LONG_BYTES:
        raise too_large()
    try:
        form = msgspec.json.decode(data, type=OptInForm)
    except (msgspec.DecodeError, ValueError) as error:
        raise Answer(400, "bad_form", "Send JSON with an email, and a purpose if it is another.") from error
    header = headers.get(b"authorization")
    key = read_authorization(header.decode("latin-1")) if header is not None else None
    known = await _find_source(intake, key or form.write_key, None)
    address = find_address(scope, headers, intake.runtime.settings.trusted_proxies)
    await take_opt_in(scope, headers, intake.runtime, known, form, address)
    return 200, OK, [_JSON]


async def _find_source(intake: Intake, key: str | None, broken: BadBody | None) -> KnownSource:
    """The source of the request's write key. Unknown is only what the database does not know: while it
    cannot be asked this raises ``Unavailable``, which clients repeat."""
    if key is None:
        if broken is not None:
            raise broken
        raise Answer(
            401, "write_key_missing", "The request has no write key; send it as Basic user name or in the body."
        )
    known = intake.sources.peek(key) or await intake.sources.find(key)
    if known is None:
        raise Answer(401, "write_key_unknown", "The write key is not known here; copy it anew from the source's page.")
    if not known.source.enabled:
        raise Answer(403, "source_disabled", "The source is switched off; switch it on before sending events.")
    return known


async def _read_body(receive: Receive, headers: dict[bytes, bytes], intake: Intake) -> bytes:
    """The body as sent. What is announced or turns out too large is not read further."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > BODY_BYTES_MAX:
        raise too_large()
    intake.check_room(int(announced) if announced.isdigit() else 0)
    parts: list[bytes] = []
    size = 0
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise Answer(400, "body_cut_off", "The connection ended before the body did.")
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise too_large()
        if not message.get("more_body"):
            return part if not parts else b"".join([*parts, part])
        parts.append(part)


def find_address(scope: Any, headers: dict[bytes, bytes], proxies: int) -> str | None:
    """The sender's address: the connection's, or what our own ``proxies`` say of it."""
    client = scope.get("client")
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
    return _read_address(read_forwarded(client[0] if client else "", [forwarded], proxies))


@lru_cache(maxsize=4_096)
def _read_address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


async def _get(scope: Any, path: str, headers: dict[bytes, bytes]) -> Reply:
    intake = intake_of(scope)
    parts = path.split("/")
    if len(parts) == 5 and path.startswith("/v1/projects/") and parts[4] == "settings":
        known = await _find_source(intake, parts[3], None)
        return 200, write_settings(known.source, parts[3], intake.runtime.settings.public_url), [_JSON, _CACHE]
    if len(parts) >= 5 and path.startswith("/analytics.js/v1/"):
        found = find_sdk_file("/".join(parts[4:]))
        if found is None:
            raise Answer(404, "not_found", "There is no such file of the SDK here.")
        return 200, found, [(b"content-type", b"text/javascript; charset=utf-8"), _CACHE]
    if len(parts) == 4 and path.startswith("/v1/consent/"):
        found_source = await intake.sources.find(parts[3])
        if found_source is None:
            raise Answer(404, "write_key_unknown", "The write key is not known here; copy it anew.")
        return await read_consent(scope, headers, intake.runtime, found_source)
    if len(parts) == 4 and path.startswith("/v1/pixel/") and parts[3] in CALLS and CALLS[parts[3]]:
        await _take_pixel(scope, CALLS[parts[3]], headers, intake)
        return 200, PIXEL, [(b"content-type", b"image/gif"), (b"cache-control", b"no-store")]
    raise Answer(404, "not_found", f"There is no GET {path[:100]} here.")


_CACHE = (b"cache-control", b"public, max-age=60")


async def _take_pixel(scope: Any, call: str | None, headers: dict[bytes, bytes], intake: Intake) -> None:
    """A picture cannot say what went wrong, so it is always shown; what was wrong stands with the refusals."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    try:
        body = read_pixel(query.get("data", [""])[0])
        known = await _find_source(intake, body.write_key, None)
        await take_body(scope, headers, intake, known, body, call)
    except (Answer, BadBody):
        return


HANDLERS: list[Callable[..., Any]] = [tracking, snippet_files]
