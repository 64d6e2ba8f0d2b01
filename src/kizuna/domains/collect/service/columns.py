"""Chunks of the inbox as arrays: for the stream, and as Arrow tables for the lake."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from kizuna.domains.collect.contracts import EVENT_TYPES
from kizuna.domains.collect.rules.chunks import Chunk, pack_chunk, read_chunk
from kizuna.domains.collect.rules.events import NO_TIME

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


ROW_BYTES = 300
"""Of an event's row in memory, besides its properties and context."""

_BYTES = (
    *("types", "flags", "times", "received", "originals", "sources", "key_counts", "keys"),
    *("property_sizes", "properties", "context_sizes", "contexts"),
)
_LISTS = ("message_ids", "user_ids", "anonymous_ids", "sessions", "identifiers")


class Columns:
    """The events of one chunk, or some of them. Made once, never changed."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.count = len(chunk.message_ids)
        self.name_index = np.frombuffer(chunk.name_index, np.uint32)
        self.types = np.frombuffer(chunk.types, np.uint8)
        self.flags = np.frombuffer(chunk.flags, np.uint8)
        self.times = np.frombuffer(chunk.times, np.int64)
        self.received = np.frombuffer(chunk.received, np.int64)
        self.originals = np.frombuffer(chunk.originals, np.int64)
        self.sources = np.frombuffer(chunk.sources, np.int32)
        self.keys = np.frombuffer(chunk.keys, np.int64)
        self.key_counts = np.frombuffer(chunk.key_counts, np.uint8)
        self.key_ends = np.cumsum(self.key_counts, dtype=np.int64)
        self.property_ends = np.cumsum(np.frombuffer(chunk.property_sizes, np.uint32), dtype=np.int64)
        self.context_ends = np.cumsum(np.frombuffer(chunk.context_sizes, np.uint32), dtype=np.int64)
        columns = (self.name_index, self.types, self.flags, self.times, self.received, self.originals, self.sources)
        lists = (chunk.user_ids, chunk.anonymous_ids, chunk.sessions, chunk.identifiers)
        ends = (self.key_ends, self.property_ends, self.context_ends)
        if any(len(column) != self.count for column in (*columns, *lists, *ends)):
            raise ValueError("columns of different lengths")

    @staticmethod
    def read(payload: bytes) -> Columns:
        """Raises ``msgspec.DecodeError`` or ``ValueError`` for what is no chunk."""
        return Columns(read_chunk(payload))

    @staticmethod
    def join(parts: Sequence[Columns]) -> Columns:
        """The events of all parts, one part's after the other's: what is done to columns costs by their
        number. Counts of the intake stay with the parts."""
        if len(parts) == 1:
            return parts[0]
        names = {name: index for index, name in enumerate(dict.fromkeys(chain.from_iterable(p.names for p in parts)))}
        places = [np.array([names[name] for name in part.names], np.uint32)[part.name_index] for part in parts]
        chunks = [part.chunk for part in parts]
        joined: dict[str, Any] = {"names": list(names), "name_index": b"".join(one.tobytes() for one in places)}
        for column in _BYTES:
            joined[column] = b"".join(getattr(chunk, column) for chunk in chunks)
        for column in _LISTS:
            joined[column] = list(chain.from_iterable(getattr(chunk, column) for chunk in chunks))
        return Columns(Chunk(**joined, counts={}))

    @property
    def names(self) -> list[str]:
        return self.chunk.names

    def weigh(self) -> int:
        """About the bytes they take as rows of the lake."""
        return len(self.chunk.properties) + len(self.chunk.contexts) + ROW_BYTES * self.count

    def first_keys(self) -> Ints:
        """The key of each event: of its identifier with the highest priority."""
        return self.keys[_starts(self.key_ends)]

    def properties(self, index: int) -> bytes:
        return _slice(self.chunk.properties, self.property_ends, index)

    def context(self, index: int) -> bytes:
        return _slice(self.chunk.contexts, self.context_ends, index)

    def pick(self, indexes: Sequence[int]) -> Columns:
        """Some of the events, in the order given; counts of the intake stay with the whole."""
        chosen = np.asarray(indexes, np.int64)
        starts, chunk = _starts(self.key_ends), self.chunk
        properties = [self.properties(i) for i in indexes]
        contexts = [self.context(i) for i in indexes]
        # A name that none of them has is none of theirs, and may tell of somebody.
        used, name_index = np.unique(self.name_index[chosen], return_inverse=True)
        return Columns(
            Chunk(
                names=[chunk.names[index] for index in used],
                name_index=name_index.astype(np.uint32).tobytes(),
                types=self.types[chosen].tobytes(),
                flags=self.flags[chosen].tobytes(),
                times=self.times[chosen].tobytes(),
                received=self.received[chosen].tobytes(),
                originals=self.originals[chosen].tobytes(),
                sources=self.sources[chosen].tobytes(),
                key_counts=self.key_counts[chosen].tobytes(),
                keys=b"".join(self.keys[starts[i] : self.key_ends[i]].tobytes() for i in indexes),
                message_ids=[chunk.message_ids[i] for i in indexes],
                user_ids=[chunk.user_ids[i] for i in indexes],
                anonymous_ids=[chunk.anonymous_ids[i] for i in indexes],
                sessions=[chunk.sessions[i] for i in indexes],
                identifiers=[chunk.identifiers[i] for i in indexes],
                property_sizes=np.array([len(text) for text in properties], np.uint32).tobytes(),
                properties=b"".join(properties),
                context_sizes=np.array([len(text) for text in contexts], np.uint32).tobytes(),
                contexts=b"".join(contexts),
                counts={},
                counted_at_us=chunk.counted_at_us,
            )
        )

    def write(self) -> bytes:
        return pack_chunk(self.chunk)

    def to_arrow(self, name_ids: dict[str, int], touchpoints: dict[int, str]) -> pa.Table:
        """The rows of the lake's table ``events``, but for ``load_id``, which is known at the load."""
        import pyarrow as pa

        chunk = self.chunk
        time = pa.timestamp("us", tz="UTC")
        ids = np.array([name_ids[name] for name in chunk.names], np.int32)
        sources, source_index = np.unique(self.sources, return_inverse=True)
        months, month_index = np.unique(self.times.astype("M8[us]").astype("M8[M]"), return_inverse=True)
        columns: dict[str, Any] = {
            "name": pa.array(chunk.names, pa.string()).take(pa.array(self.name_index)),
            "name_id": pa.array(ids[self.name_index]),
            "type": pa.array(EVENT_TYPES, pa.string()).take(pa.array(self.types)),
            "key": pa.array(self.first_keys()),
            "time": pa.array(self.times).view(time),
            "received_at": pa.array(self.received).view(time),
            "original_time": pa.array(self.originals, mask=self.originals == NO_TIME).view(time),
            "message_id": pa.array(chunk.message_ids, pa.string()),
            "source_id": pa.array(self.sources),
            "touchpoint": _take(pa, [touchpoints.get(int(one), "web") for one in sources], source_index),
            "user_id": pa.array(chunk.user_ids, pa.string()),
            "anonymous_id": pa.array(chunk.anonymous_ids, pa.string()),
            "identifiers": pa.array(chunk.identifiers, pa.string()),
            "session_id": pa.array(chunk.sessions, pa.string()),
            "properties": _texts(pa, chunk.properties, self.property_ends),
            "context": _texts(pa, chunk.contexts, self.context_ends),
            "month": _take(pa, np.datetime_as_string(months).tolist(), month_index),
        }
        return pa.table(columns)


def _starts(ends: Ints) -> Ints:
    return np.concatenate((np.zeros(1, np.int64), ends[:-1])) if len(ends) else ends


def _slice(text: bytes, ends: Ints, index: int) -> bytes:
    return text[int(ends[index - 1]) if index else 0 : int(ends[index])]


def _take(pa: Any, values: list[str], index: Any) -> Any:
    return pa.array(values, pa.string()).take(pa.array(index.ravel()))


def _texts(pa: Any, text: bytes, ends: Ints) -> Any:
    """A column of strings over the bytes as they are: nothing is copied. They are valid UTF-8 since
    the intake checked the whole body."""
    offsets = np.concatenate((np.zeros(1, np.int32), ends.astype(np.int32)))
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(text))
