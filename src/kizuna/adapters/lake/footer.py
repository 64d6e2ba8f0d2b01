"""Parquet footers taken apart and put together, so that row groups can be copied as they are.

Arrow writes a row group only by encoding its rows anew; copying its bytes is twenty times faster, but
then the offsets in the footer must move along. The footer is a struct in Thrift's compact protocol
(https://github.com/apache/parquet-format, ``parquet.thrift``; ``thrift-compact-protocol.md``); what is
not understood here is carried over as it stands.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

MAGIC = b"PAR1"
FOOTER_BYTES_MAX = 64 * 1024 * 1024

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)

# Field numbers of parquet.thrift.
_SCHEMA, _NUM_ROWS, _ROW_GROUPS = 2, 3, 4
_COLUMNS, _GROUP_BYTES, _GROUP_ROWS, _GROUP_OFFSET, _ORDINAL = 1, 2, 3, 5, 7
_CHUNK_OFFSET, _CHUNK_META, _CHUNK_INDEXES = 2, 3, (4, 5, 6, 7)
_CHUNK_BYTES, _DATA_OFFSET, _INDEX_OFFSET, _DICTIONARY_OFFSET, _BLOOM = 7, 9, 10, 11, (14, 15)

Fields = dict[int, tuple[int, Any]]
"""A Thrift struct: (type, value) by field number. A list is (type of its elements, elements)."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read_struct(self) -> Fields:
        fields: Fields = {}
        number = 0
        while (head := self._byte()) != 0:
            delta, kind = head >> 4, head & 15
            number = number + delta if delta else self._zigzag()
            fields[number] = (kind, kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind))
        return fields

    def _value(self, kind: int) -> Any:
        if kind in (_I16, _I32, _I64):
            return self._zigzag()
        if kind == _BINARY:
            return self._take(self._varint())
        if kind == _STRUCT:
            return self.read_struct()
        if kind in (_LIST, _SET):
            head = self._byte()
            length = head >> 4
            return head & 15, [self._value(head & 15) for _ in range(self._varint() if length == 15 else length)]
        if kind in (_TRUE, _FALSE, _BYTE):  # elements of a list; a field's value stands in its head
            return self._byte()
        if kind == _DOUBLE:
            return self._take(8)
        raise ValueError(f"a Parquet footer holds Thrift's type {kind}")

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _take(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)


def _write_struct(fields: Fields, out: bytearray) -> None:
    last = 0
    for number, (kind, value) in sorted(fields.items()):
        if kind in (_TRUE, _FALSE):
            kind = _TRUE if value else _FALSE
        if 0 < number - last < 16:
            out.append((number - last) << 4 | kind)
        else:
            out.append(kind)
            _write_zigzag(number, out)
        if kind not in (_TRUE, _FALSE):
            _write_value(kind, value, out)
        last = number
    out.append(0)


def _write_value(kind: int, value: Any, out: bytearray) -> None:
    if kind in (_I16, _I32, _I64):
        _write_zigzag(value, out)
    elif kind == _BINARY:
        _write_varint(len(value), out)
        out += value
    elif kind == _STRUCT:
        _write_struct(value, out)
    elif kind in (_LIST, _SET):
        inner, elements = value
        out.append(min(len(elements), 15) << 4 | inner)
        if len(elements) >= 15:
            _write_varint(len(elements), out)
        for element in elements:
            _write_value(inner, element, out)
    elif kind == _DOUBLE:
        out += value
    else:
        out.append(value)


def _write_varint(value: int, out: bytearray) -> None:
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _write_zigzag(value: int, out: bytearray) -> None:
    _write_varint(value << 1 if value >= 0 else (-value << 1) - 1, out)


@dataclass(frozen=True)
class Group:
    """A row group: where its bytes are, and its entry in the footer."""

    fields: Fields
    start: int
    end: int

    @property
    def rows(self) -> int:
        return self.fields[_GROUP_ROWS][1]

    @property
    def plain_bytes(self) -> int:
        """How long the columns are, encoded but not compressed."""
        return self.fields[_GROUP_BYTES][1]


@dataclass(frozen=True)
class Footer:
    """What a footer says of the file as a whole, and its row groups in order."""

    fields: Fields
    groups: list[Group]

    @property
    def schema(self) -> Any:
        return self.fields[_SCHEMA]


def read_footer(source: Any) -> Footer:
    """The footer of an open Parquet file (anything with ``size`` and ``read_at``)."""
    size = source.size()
    tail = source.read_at(8, size - 8) if size >= 12 else b""
    length = struct.unpack("<I", tail[:4])[0] if tail[4:] == MAGIC else -1
    if not 0 < length <= min(size - 12, FOOTER_BYTES_MAX):
        raise ValueError("this is not a whole Parquet file")
    fields = _Reader(source.read_at(length, size - 8 - length)).read_struct()
    return Footer(fields, [_group(entry) for entry in fields[_ROW_GROUPS][1][1]])


def _group(fields: Fields) -> Group:
    extents = [_extent(chunk[_CHUNK_META][1]) for chunk in fields[_COLUMNS][1][1]]
    return Group(fields, min(start for start, _ in extents), max(end for _, end in extents))


def _extent(meta: Fields) -> tuple[int, int]:
    start = meta[_DATA_OFFSET][1]
    dictionary = meta[_DICTIONARY_OFFSET][1] if _DICTIONARY_OFFSET in meta else 0
    if 0 < dictionary < start:
        start = dictionary
    return start, start + meta[_CHUNK_BYTES][1]


def write_footer(head: Footer, groups: list[tuple[Group, int]]) -> bytes:
    """The end of a file as ``head`` describes it, of ``groups`` that begin at the given places."""
    entries = [_moved(group, start, ordinal) for ordinal, (group, start) in enumerate(groups)]
    fields = head.fields | {
        _NUM_ROWS: (_I64, sum(group.rows for group, _ in groups)),
        _ROW_GROUPS: (_LIST, (_STRUCT, entries)),
    }
    out = bytearray()
    _write_struct(fields, out)
    return bytes(out) + struct.pack("<I", len(out)) + MAGIC


def _moved(group: Group, start: int, ordinal: int) -> Fields:
    shift = start - group.start
    chunks = [_moved_chunk(chunk, shift) for chunk in group.fields[_COLUMNS][1][1]]
    moved = group.fields | {_COLUMNS: (_LIST, (_STRUCT, chunks))}
    if _GROUP_OFFSET in moved:
        moved[_GROUP_OFFSET] = (_I64, start)
    if _ORDINAL in moved:
        moved[_ORDINAL] = (_I16, ordinal)
    return moved


def _moved_chunk(chunk: Fields, shift: int) -> Fields:
    """Page indexes and Bloom filters lie outside of the group's bytes: they are not brought along."""
    meta = {number: field for number, field in chunk[_CHUNK_META][1].items() if number not in _BLOOM}
    for number in (_DATA_OFFSET, _INDEX_OFFSET, _DICTIONARY_OFFSET):
        if number in meta and meta[number][1] > 0:
            meta[number] = (_I64, meta[number][1] + shift)
    moved = {number: field for number, field in chunk.items() if number not in _CHUNK_INDEXES}
    if chunk.get(_CHUNK_OFFSET, (_I64, 0))[1] > 0:
        moved[_CHUNK_OFFSET] = (_I64, chunk[_CHUNK_OFFSET][1] + shift)
    return moved | {_CHUNK_META: (_STRUCT, meta)}
