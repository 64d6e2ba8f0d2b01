"""The form in which the inbox keeps events: one column a field, so that hundreds of events cost a few
allocations, on both sides.

Written with ``array`` only: the server never loads numpy. ``service.columns`` reads it with numpy.
Compressed, for events of one site are much alike: half a microsecond an event saves PostgreSQL several.
"""

from array import array
from collections.abc import Sequence
from itertools import chain
from typing import Any

import lz4.frame  # pyright: ignore[reportMissingTypeStubs]
import msgspec

from kizuna.domains.collect.contracts import EVENT_TYPES
from kizuna.domains.collect.rules.events import Events

_CODES = {name: code for code, name in enumerate(EVENT_TYPES)}


class Counts(msgspec.Struct, array_like=True, gc=False):
    """What the intake saw of one source besides the accepted events."""

    refused: int = 0
    duplicates: int = 0
    set_aside: int = 0
    withheld: dict[str, int] = {}
    """By reason: what may not be stored, of whom."""


class Chunk(msgspec.Struct, array_like=True):
    """Events of one commit. ``bytes`` columns are little-endian numbers of the width their writer names;
    new fields go to the end, so that a new version reads what an old one left in the inbox."""

    names: list[str]
    name_index: bytes
    types: bytes
    flags: bytes
    times: bytes
    received: bytes
    originals: bytes
    sources: bytes
    key_counts: bytes
    keys: bytes
    message_ids: list[str]
    user_ids: list[str | None]
    anonymous_ids: list[str | None]
    sessions: list[str | None]
    identifiers: list[str]
    property_sizes: bytes
    properties: bytes
    context_sizes: bytes
    contexts: bytes
    counts: dict[int, Counts]
    counted_at_us: int = 0


_lz4: Any = lz4.frame
_encode_into = msgspec.msgpack.Encoder().encode_into
_decode = msgspec.msgpack.Decoder(Chunk).decode


def write_chunk(
    events: Events,
    keys: Sequence[tuple[int, ...]],
    identifiers: list[str],
    counts: dict[int, Counts],
    counted_at_us: int,
) -> bytes:
    """Events with the node keys and the JSON text of the identifiers of each, in the same order."""
    names = {name: index for index, name in enumerate(dict.fromkeys(events.names))}
    return pack_chunk(
        Chunk(
            names=list(names),
            name_index=array("I", map(names.__getitem__, events.names)).tobytes(),
            types=bytes(map(_CODES.__getitem__, events.types)),
            flags=bytes(events.flags),
            times=array("q", events.times).tobytes(),
            received=array("q", events.received).tobytes(),
            originals=array("q", events.originals).tobytes(),
            sources=array("i", events.sources).tobytes(),
            key_counts=bytes(map(len, keys)),
            keys=array("q", chain.from_iterable(keys)).tobytes(),
            message_ids=events.message_ids,
            user_ids=[named[0] for named in events.named],
            anonymous_ids=[named[1] for named in events.named],
            sessions=events.sessions,
            identifiers=identifiers,
            property_sizes=array("I", map(len, events.properties)).tobytes(),
            properties=b"".join(events.properties),
            context_sizes=array("I", map(len, events.contexts)).tobytes(),
            contexts=b"".join(events.contexts),
            counts=counts,
            counted_at_us=counted_at_us,
        )
    )


def read_chunk(payload: bytes) -> Chunk:
    """Raises ``msgspec.DecodeError`` for what is no chunk."""
    try:
        return _decode(_lz4.decompress(payload))
    except RuntimeError as error:  # of lz4
        raise msgspec.DecodeError(str(error)) from error


def pack_chunk(chunk: Chunk) -> bytes:
    buffer = bytearray(2 * (len(chunk.properties) + len(chunk.contexts)))  # in one piece, not to grow by copying
    _encode_into(chunk, buffer)
    return _lz4.compress(buffer)
