"""Text files as UTF-8, in pieces that end where a row ends.

Nothing here holds more than a few megabytes, whatever the file holds: a row longer than
``ROW_BYTES_MAX`` is cut out and named.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kizuna.domains.collect.rules.imports.encodings import ON_BAD_BYTES
from kizuna.domains.collect.rules.imports.files import FileShape

READ_BYTES = 2_097_152
ROW_BYTES_MAX = 1_048_576


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole rows; ``too_long`` is the start of one row that was too long to keep."""

    data: bytes
    too_long: bool = False


def read_utf8(path: Path, shape: FileShape) -> Iterator[bytes]:
    """The file in UTF-8. Bytes that are not of its encoding become ``encodings.BAD_BYTES``; NULs go."""
    decoder = codecs.getincrementaldecoder((shape.encoding or "utf-8").removesuffix("-sig"))(ON_BAD_BYTES)
    with path.open("rb") as file:
        file.seek(shape.mark_bytes)
        while data := file.read(READ_BYTES):
            yield _plain(decoder.decode(data))
    yield _plain(decoder.decode(b"", True))


def _plain(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return data.replace(b"\x00", b"") if b"\x00" in data else data


def cut_rows(chunks: Iterator[bytes], *, quotes: bool) -> Iterator[Piece]:
    """Cuts at line ends that stand outside quotes.

    Whether a line end is within quotes is told by counting quotes before it. A lone quote in a cell
    (``5" pipe``) upsets the count; then the line is cut off alone, and only that line can be wrong.
    """
    held = b""
    for chunk in chunks:
        held = _mac_line_ends(held + chunk)
        while len(held) >= READ_BYTES:
            cut = 0 if _starts_too_long(held) else _find_cut(held, quotes)
            piece, held = (Piece(held[:cut]), held[cut:]) if cut else _cut_line(held)
            if piece is None:
                break
            yield piece
    yield from _cut_rest(held, quotes)


def _cut_rest(held: bytes, quotes: bool) -> Iterator[Piece]:
    while held:
        too_long = _starts_too_long(held)
        if not too_long and (not quotes or held.count(b'"') % 2 == 0):
            yield Piece(held)
            return
        cut = 0 if too_long else _find_cut(held, quotes)
        piece, held = (Piece(held[:cut]), held[cut:]) if cut else _cut_line(held)
        if piece is None:
            yield Piece(held, too_long=too_long)
            return
        yield piece


def _starts_too_long(data: bytes) -> bool:
    return len(data) > ROW_BYTES_MAX and data.find(b"\n", 0, ROW_BYTES_MAX + 1) < 0


def _mac_line_ends(data: bytes) -> bytes:
    """Excel on the Mac can still write files whose lines end with CR alone."""
    return data.replace(b"\r", b"\n") if b"\n" not in data and b"\r" in data[:-1] else data


def _find_cut(data: bytes, quotes: bool) -> int:
    """The place after the last line end that is outside quotes, or 0."""
    end = data.rfind(b"\n")
    while quotes and end >= 0 and data.count(b'"', 0, end) % 2:
        opening = data.rfind(b'"', 0, end)
        end = data.rfind(b"\n", 0, opening)
    return end + 1


def _cut_line(data: bytes) -> tuple[Piece | None, bytes]:
    """The first line alone. Of one that is too long only the start stays, until its end is read."""
    end = data.find(b"\n")
    if end < 0:
        return None, data[:ROW_BYTES_MAX] if len(data) > 2 * ROW_BYTES_MAX else data
    return Piece(data[: end + 1], too_long=end > ROW_BYTES_MAX), data[end + 1 :]
