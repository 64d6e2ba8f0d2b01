"""Which encoding a text file is in.

The answer is given from a sample; the reader then checks every byte of the file against it.
"""

import codecs
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "cp932", "euc_jp", "cp1252"]

NAMES: dict[Encoding, str] = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp932": "Shift_JIS (CP932)",
    "euc_jp": "EUC-JP",
    "cp1252": "Windows-1252",
}

BAD_BYTES = "\uffff"
"""Stands in decoded text where bytes were that the encoding does not know; no file contains it."""

_MARKS: tuple[tuple[bytes, Encoding], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive; in Excel, save it as “CSV UTF-8” and upload that"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls); in Excel, save it as “CSV UTF-8” and upload that"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"%PDF", "a PDF; export the table as CSV"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "an SQLite database; export the table as CSV"),
)


@dataclass(frozen=True, slots=True)
class Guess:
    """``error`` says why the file cannot be read as text, ready to be shown."""

    encoding: Encoding
    mark_bytes: int = 0
    error: str | None = None


def _replace_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return BAD_BYTES, max(error.end, error.start + 1)
    raise error


BAD_SHARE_MAX = 20
"""At most one bad place among so many wide characters: then the encoding is right and the row wrong."""

ON_BAD_BYTES = "kizuna_mark_bad_bytes"
codecs.register_error(ON_BAD_BYTES, _replace_bad_bytes)


def guess_encoding(sample: bytes, *, complete: bool = False) -> Guess:
    """Decides from the first bytes of a file; ``complete`` when ``sample`` is the whole file."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return Guess(encoding, len(mark))
    for magic, meaning in _MAGIC:
        if sample.startswith(magic):
            return Guess("utf-8", error=f"This file is {meaning}.")
    if _looks_binary(sample):
        bare = _guess_bare_utf16(sample)
        if bare:
            return Guess(bare)
        return Guess("utf-8", error="This file is not text. Upload CSV, JSON Lines or Parquet.")
    if _decodes(sample, "utf-8", complete):
        return Guess("utf-8")
    return Guess(_guess_best(sample, complete) or "cp1252")


def _looks_binary(sample: bytes) -> bool:
    control = sum(sample.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    return b"\x00" in sample or control * 50 > len(sample)


def _guess_bare_utf16(sample: bytes) -> Encoding | None:
    """UTF-16 without a mark: line ends tell, since their other byte is zero."""
    for encoding, line_end in (("utf-16-le", b"\n\x00"), ("utf-16-be", b"\x00\n")):
        if line_end in sample and _decodes(sample, encoding, complete=False):
            text = sample[: len(sample) // 2 * 2].decode(encoding, "replace")
            if "\x00" not in text and not _looks_binary(text[:4096].encode("utf-8", "replace")):
                return encoding  # type: ignore[return-value]  # the literals above are two of its values
    return None


def _decodes(sample: bytes, encoding: str, complete: bool) -> bool:
    """A sample may end within a character; that alone is no fault."""
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample, complete)
    except UnicodeDecodeError:
        return False
    return True


def _guess_best(sample: bytes, complete: bool) -> Encoding | None:
    """Both encodings accept much of the other's text; real Japanese is mostly kana, common kanji and
    ASCII, while a wrong decoding gives half-width kana (CP932) or rare kanji. UTF-8 takes part again: a
    few spoilt rows must not change the reading of all."""
    scores: dict[Encoding, float] = {}
    for encoding in ("utf-8", "cp932", "euc_jp"):
        text = codecs.getincrementaldecoder(encoding)(ON_BAD_BYTES).decode(sample, complete)
        strange = sum(0xFF61 <= ord(c) <= 0xFF9F or c == BAD_BYTES for c in text)
        kana = sum(0x3041 <= ord(c) <= 0x30FC for c in text)
        wide = sum(ord(c) > 0x7F for c in text)
        bad = text.count(BAD_BYTES)
        if bad * BAD_SHARE_MAX > wide:
            continue
        scores[encoding] = (kana - strange) / max(wide, 1)
    return max(scores, key=scores.__getitem__) if scores else None
