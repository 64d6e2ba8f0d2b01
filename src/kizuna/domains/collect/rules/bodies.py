"""From the bytes of a request to single items; the first half of the wire format.

Items stay raw JSON here, so that one bad item cannot spoil its neighbours.
"""

import base64
import binascii
import codecs
import json
import re
import zlib
from typing import Any, cast

import msgspec

from kizuna.domains.collect.contracts import BODY_BYTES_MAX, ITEMS_PER_BODY_MAX
from kizuna.kernel.errors import KizunaError

EMPTY = msgspec.Raw(b"")
_NUL = b"\\u0000"


class BadBody(KizunaError):
    """A body of which nothing can be accepted. ``status`` is what clients must see: 400 and 413 are
    final for them."""

    kind = "invalid"

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message)
        self.status = status


Id = str | int | float | None


class Item(msgspec.Struct, gc=False):
    """The fields of a call. What is large stays raw JSON: it is stored as it came."""

    type: Id = None
    event: Id = None
    userId: Id = None
    anonymousId: Id = None
    messageId: Id = None
    timestamp: Any = None
    originalTimestamp: Any = None
    sentAt: Any = None
    properties: msgspec.Raw = EMPTY
    traits: msgspec.Raw = EMPTY
    context: msgspec.Raw = EMPTY
    name: Id = None
    category: Id = None
    previousId: Id = None
    groupId: Id = None


class Body(msgspec.Struct, gc=False):
    """What a request brought."""

    items: list[Any]
    """Raw JSON, each; an item that is no JSON is a ``BadItem``."""
    plain: bool = False
    """The items are ``Item``s: all of the body could be read at once."""
    nul: bool = False
    """Whether an escaped NUL may occur, which PostgreSQL takes in no text."""
    write_key: str | None = None
    sent_at: Any = None
    context: dict[str, Any] | None = None
    """Defaults of the batch, merged under each item's own."""


class BadItem(msgspec.Struct, frozen=True, gc=False):
    code: str
    message: str
    sample: str


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    writeKey: Any = None
    sentAt: Any = None
    context: Any = None


class _ReadBatch(msgspec.Struct):
    batch: list[Item]
    writeKey: Any = None
    sentAt: Any = None
    context: Any = None


class _Single(msgspec.Struct):
    writeKey: Any = None
    sentAt: Any = None


_decode_batch = msgspec.json.Decoder(_Batch).decode
_decode_read_batch = msgspec.json.Decoder(_ReadBatch).decode
_decode_single = msgspec.json.Decoder(_Single).decode

BAD_JSON = "The body is not valid JSON; send one object as Segment's HTTP API describes."
NO_BATCH = 'The body needs "batch": a list of events.'


def inflate(data: bytes, encoding: str, limit: int = BODY_BYTES_MAX) -> bytes:
    """The body without its ``Content-Encoding``; never makes more than ``limit`` bytes of it."""
    if encoding in ("", "identity"):
        if len(data) > limit:
            raise too_large(limit)
        return data
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadBody("encoding_unknown", f"Content-Encoding {encoding[:40]!r} is not known; use gzip or none.", 415)
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = unpack.decompress(data, limit + 1)
    except zlib.error as error:
        raise BadBody("gzip_broken", "The body says it is gzip but cannot be unpacked.") from error
    if len(plain) > limit:
        raise too_large(limit)
    if not unpack.eof:
        raise BadBody("gzip_broken", "The gzip body ends too early.")
    return plain


def too_large(limit: int = BODY_BYTES_MAX) -> BadBody:
    return BadBody("body_too_large", f"The body is larger than {limit:,} bytes; send smaller batches.", 413)


_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.ASCII | re.IGNORECASE)


def to_utf8(data: bytes, content_type: str) -> bytes:
    """The body as valid UTF-8, from the charset its ``Content-Type`` names."""
    found = _CHARSET.search(content_type) if "harset" in content_type or "HARSET" in content_type else None
    charset = found[1].lower() if found else "utf-8"
    try:
        if charset in ("utf-8", "utf8", "us-ascii", "ascii"):
            if not data.isascii():
                data.decode()
            return data.removeprefix(codecs.BOM_UTF8)
        return data.decode(charset).encode()
    except (LookupError, UnicodeError) as error:
        raise BadBody("charset_invalid", f"The body is not valid {charset}; send UTF-8.") from error


def read_batch(data: bytes) -> Body:
    """The items of ``/v1/batch`` and ``/v1/import``. Raises ``BadBody``.

    Most batches have nothing wrong and are read in one go; only one that has is cut into its items.
    """
    batch: _ReadBatch | _Batch
    nul = b"\\" in data and _NUL in data  # one byte is found much quicker
    try:
        try:
            batch = _decode_batch(data) if nul else _decode_read_batch(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            batch = _decode_batch(data)
    except msgspec.ValidationError as error:
        raise BadBody("batch_missing", NO_BATCH) from error
    except msgspec.DecodeError:
        return _read_loosely(data, single=False)
    except RecursionError:
        raise BadBody("too_deep", "The body is nested too deeply.") from None
    _check_count(len(batch.batch))
    return Body(
        items=cast("list[Any]", batch.batch),
        plain=isinstance(batch, _ReadBatch),
        nul=nul,
        write_key=_text(batch.writeKey),
        sent_at=batch.sentAt,
        context=_as_object(batch.context),
    )


def read_single(data: bytes) -> Body:
    """The one item of ``/v1/track`` and its like. Raises ``BadBody``."""
    try:
        top = _decode_single(data)
    except msgspec.ValidationError as error:
        raise BadBody("not_an_object", "The body must be a JSON object.") from error
    except msgspec.DecodeError:
        return _read_loosely(data, single=True)
    except RecursionError:
        raise BadBody("too_deep", "The body is nested too deeply.") from None
    return Body(items=[data], nul=_NUL in data, write_key=_text(top.writeKey), sent_at=top.sentAt)


def _check_count(count: int) -> None:
    if count > ITEMS_PER_BODY_MAX:
        raise BadBody("too_many_items", f"A batch holds at most {ITEMS_PER_BODY_MAX:,} events; send several.", 413)


def _as_object(value: Any) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _text(value: object) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None


def _read_loosely(data: bytes, *, single: bool) -> Body:
    """Python's reader takes NaN and lone surrogates, which JSON forbids and real clients send; so the
    one item that holds them is refused and not the batch."""
    try:
        read: Any = json.loads(data)
    except RecursionError:
        raise BadBody("too_deep", "The body is nested too deeply.") from None
    except ValueError as error:
        raise BadBody("bad_json", BAD_JSON) from error
    if not isinstance(read, dict):
        raise BadBody("not_an_object", "The body must be a JSON object.")
    top = cast("dict[str, Any]", read)
    found: Any = [top] if single else top.get("batch")
    if not isinstance(found, list):
        raise BadBody("batch_missing", NO_BATCH)
    items = cast("list[Any]", found)
    _check_count(len(items))
    context: Any = None if single else top.get("context")
    return Body(
        items=[_encode_strictly(item) for item in items],
        write_key=_text(top.get("writeKey")),
        sent_at=top.get("sentAt"),
        context=_as_object(context) if isinstance(_encode_strictly(context), bytes) else None,
    )


def _encode_strictly(item: Any) -> bytes | BadItem:
    sample = ascii(item)[:300]
    try:
        text = json.dumps(item, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return BadItem("lone_surrogate", "A text holds half of a surrogate pair, which is no character.", sample)
    except ValueError:
        return BadItem("not_a_number", "NaN and Infinity are not JSON; leave the property out or send null.", sample)
    except RecursionError:
        return BadItem("too_deep", "The event is nested too deeply.", sample)
    if _NUL in text and _holds_nul(item):
        return BadItem("nul_character", "A text holds a NUL character.", sample)
    return text


def check_nul(item: Any) -> BadItem | None:
    """Finds a NUL among an item's escapes. (Half a surrogate pair is no JSON to the reader of the body.)"""
    if _NUL not in bytes(item):
        return None
    try:
        value = msgspec.json.decode(item)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None  # reading the item says what is wrong
    return BadItem("nul_character", "A text holds a NUL character.", sample_of(item)) if _holds_nul(value) else None


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return any("\x00" in key or _holds_nul(inner) for key, inner in members.items())
    return isinstance(value, list) and any(_holds_nul(inner) for inner in cast("list[Any]", value))


def sample_of(item: Any, chars: int = 300) -> str:
    """The beginning of an item, for people to recognise it by."""
    if isinstance(item, Item):
        item = msgspec.json.encode(
            {k: v for k, v in msgspec.structs.asdict(item).items() if v is not EMPTY and v is not None}
        )
    return bytes(memoryview(item)[: chars * 4]).decode("utf-8", "replace").replace("\x00", "�")[:chars]


def read_authorization(header: str) -> str | None:
    """The write key of ``Basic base64(key:)``, also without the colon; ``Bearer`` carries none."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(value.strip() + "=" * (-len(value.strip()) % 4), validate=False).decode()
    except (binascii.Error, ValueError):
        return None
    return text.partition(":")[0].strip() or None
