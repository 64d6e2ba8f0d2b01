"""How sets and states are kept as bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pyroaring import BitMap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

SET_BITS = 12
SET_KEYS = 1 << SET_BITS
_LISTED_MAX = SET_KEYS // 8 // 2 - 1

CHUNK_BITS = 6
CHUNK_KEYS = 1 << CHUNK_BITS


# --- sets -----------------------------------------------------------------------------------------------


def pack_set(keys: BitMap, chunk: int) -> bytes:
    """Those of the keys that lie in a chunk: as a list of 16-bit numbers, or a bit for each, whichever is
    shorter; empty for none."""
    start = chunk << SET_BITS
    inside = keys & BitMap(range(start, start + SET_KEYS))
    if not inside:
        return b""
    offsets = to_array(inside) - start
    if len(offsets) <= _LISTED_MAX:
        return offsets.astype("<u2").tobytes()
    bits = np.zeros(SET_KEYS, np.uint8)
    bits[offsets] = 1
    return np.packbits(bits, bitorder="little").tobytes()


def unpack_set(chunk: int, payload: bytes) -> Ints:
    """The keys of a chunk, ascending."""
    if len(payload) == SET_KEYS // 8:
        offsets = np.flatnonzero(np.unpackbits(np.frombuffer(payload, np.uint8), bitorder="little"))
    else:
        offsets = np.frombuffer(payload, "<u2").astype(np.int64)
    return offsets + (chunk << SET_BITS)


def is_in_set(key: int, payload: bytes) -> bool:
    """Whether a key of the payload's chunk is in it."""
    return key in unpack_set(key >> SET_BITS, payload)


def to_array(keys: BitMap) -> Ints:
    return np.asarray(keys.to_array()).astype(np.int64)


def to_bitmap(keys: Any) -> BitMap:
    return BitMap(np.ascontiguousarray(keys, np.uint32))


def chunks_of(keys: BitMap) -> list[int]:
    return np.unique(to_array(keys) >> SET_BITS).tolist()


# --- states ---------------------------------------------------------------------------------------------
# n, m and flags; then of n nodes: place in the chunk (1 byte), number of entries (2), due (8); then of m
# entries: time (8), ident (4) and, where any differs from 1, extra (8).

_HEAD = struct.Struct("<BHB")
_EXTRAS = 1
NO_DUE = 0


@dataclass(frozen=True, slots=True)
class States:
    """What a feed remembers of some nodes, as parallel arrays. Entries of a node stand together."""

    keys: Ints
    counts: Ints
    dues: Ints
    """0 for never."""
    times: Ints
    idents: Ints
    extras: Ints

    @staticmethod
    def join(parts: Sequence[States]) -> States:
        if len(parts) == 1:
            return parts[0]
        if not parts:
            empty = np.zeros(0, np.int64)
            return States(empty, empty, empty, empty, empty, empty)
        return States(*(np.concatenate([getattr(part, name) for part in parts]) for name in States.__slots__))


def unpack_states(rows: Sequence[tuple[int, bytes]]) -> States:
    """The nodes of (chunk, payload) rows, in their order."""
    return States.join([_unpack(chunk, payload) for chunk, payload in rows])


def _unpack(chunk: int, payload: bytes) -> States:
    nodes, entries, flags = _HEAD.unpack_from(payload)
    at = _HEAD.size
    places = np.frombuffer(payload, np.uint8, nodes, at)
    at += nodes
    counts = np.frombuffer(payload, "<u2", nodes, at)
    at += 2 * nodes
    dues = np.frombuffer(payload, "<i8", nodes, at)
    at += 8 * nodes
    times = np.frombuffer(payload, "<i8", entries, at)
    at += 8 * entries
    idents = np.frombuffer(payload, "<u4", entries, at)
    at += 4 * entries
    extras = np.frombuffer(payload, "<i8", entries, at) if flags & _EXTRAS else np.ones(entries, np.int64)
    return States(
        places.astype(np.int64) + (chunk << CHUNK_BITS),
        counts.astype(np.int64),
        dues,
        times,
        idents.astype(np.int64),
        extras,
    )


def pack_states(states: States) -> Iterator[tuple[int, int | None, bytes]]:
    """(chunk, earliest due, payload); the keys ascend. Nodes without entries and due are left out, chunks without
    nodes have an empty payload."""
    if not len(states.keys):
        return
    chunks = states.keys >> CHUNK_BITS
    bounds = np.flatnonzero(np.concatenate(([True], np.diff(chunks) != 0, [True])))
    ends = np.concatenate(([0], np.cumsum(states.counts)))
    places = (states.keys & (CHUNK_KEYS - 1)).astype(np.uint8)
    counts, dues = states.counts.astype("<u2"), states.dues.astype("<i8")
    times, idents, extras = states.times.astype("<i8"), states.idents.astype("<u4"), states.extras.astype("<i8")
    kept = (states.counts > 0) | (states.dues != NO_DUE)
    never = np.iinfo(np.int64).max
    earliest = np.where(states.dues == NO_DUE, never, states.dues)
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        chosen = slice(start, end) if kept[start:end].all() else start + np.flatnonzero(kept[start:end])
        first, last = ends[start], ends[end]
        own = extras[first:last]
        flags = 0 if (own == 1).all() else _EXTRAS
        due = int(earliest[start:end].min())
        nodes = places[chosen].tobytes()
        yield (
            int(chunks[start]),
            None if due == never else due,
            b"".join(
                (
                    _HEAD.pack(len(nodes), last - first, flags),
                    nodes,
                    counts[chosen].tobytes(),
                    dues[chosen].tobytes(),
                    times[first:last].tobytes(),
                    idents[first:last].tobytes(),
                    own.tobytes() if flags else b"",
                )
            )
            if nodes
            else b"",
        )
