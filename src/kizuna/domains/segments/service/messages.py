"""What the stream tells the keeper, as it stands in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from kizuna.domains.segments.repository import live
from kizuna.kernel.context import Context

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FeedEntries:
    """Entries of a feed that came in, as parallel arrays."""

    feed_id: int
    keys: Ints
    times: Ints
    idents: Ints
    extras: Ints


class _Events(msgspec.Struct, array_like=True, gc=False):
    feed_ids: list[int]
    counts: list[int]
    keys: bytes
    times: bytes
    idents: bytes
    extras: bytes


class Look(msgspec.Struct, array_like=True, gc=False):
    """Profiles or nodes to be looked at anew: what they are, and if ``whole`` what they did. With ``consent`` and
    without keys: everybody's consent."""

    keys: list[int]
    whole: bool = False
    consent: bool = False


class Merge(msgspec.Struct, array_like=True, gc=False):
    source: int
    into: int


def write_entries(entries: list[FeedEntries]) -> bytes:
    return msgspec.msgpack.encode(
        _Events(
            [one.feed_id for one in entries],
            [len(one.keys) for one in entries],
            np.concatenate([one.keys for one in entries]).astype("<i8").tobytes(),
            np.concatenate([one.times for one in entries]).astype("<i8").tobytes(),
            np.concatenate([one.idents for one in entries]).astype("<u4").tobytes(),
            np.concatenate([one.extras for one in entries]).astype("<i8").tobytes(),
        )
    )


def read_entries(payload: bytes) -> list[FeedEntries]:
    read = msgspec.msgpack.decode(payload, type=_Events)
    ends = np.cumsum(read.counts)[:-1]
    columns = (
        np.split(np.frombuffer(read.keys, "<i8"), ends),
        np.split(np.frombuffer(read.times, "<i8"), ends),
        np.split(np.frombuffer(read.idents, "<u4").astype(np.int64), ends),
        np.split(np.frombuffer(read.extras, "<i8"), ends),
    )
    return [FeedEntries(feed_id, *parts) for feed_id, *parts in zip(read.feed_ids, *columns, strict=True)]


async def ask_to_look(ctx: Context, keys: list[int], *, whole: bool = False, consent: bool = False) -> None:
    """Within the transaction: the keeper looks at these people once it commits."""
    if keys:
        await live.put(ctx, "look", msgspec.msgpack.encode(Look(keys, whole, consent)))
