"""Looks at an uploaded file: format, encoding, delimiter, columns and their types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from kizuna.domains.collect.rules.imports.columns import read_texts
from kizuna.domains.collect.rules.imports.dialects import COLUMNS_MAX, guess_dialect, name_columns, read_sample
from kizuna.domains.collect.rules.imports.encodings import BAD_BYTES, ON_BAD_BYTES, Guess, guess_encoding
from kizuna.domains.collect.rules.imports.files import FileColumn, FileShape
from kizuna.domains.collect.rules.imports.shapes import guess_type, pick_examples
from kizuna.domains.collect.rules.imports.times import guess_day_first, is_day_or_month
from kizuna.domains.collect.service.imports.readers import json_column, parse_object
from kizuna.kernel.errors import Invalid

SAMPLE_BYTES = 1_048_576
SAMPLE_ROWS = 1_000
PREVIEW_ROWS = 20
PREVIEW_CHARS_MAX = 200
NESTING_MAX = 3


def sniff_file(path: Path) -> FileShape:
    """Raises ``Invalid`` with what is wrong with the file, for what is no table."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    size = path.stat().st_size
    if not sample.strip():
        raise Invalid("file_empty", "The file is empty.")
    if sample.startswith(b"PAR1"):
        return _sniff_parquet(path)
    guess = guess_encoding(sample, complete=len(sample) == size)
    if sample.isascii() and len(sample) < size and not guess.error:
        guess = _guess_from_rest(path)
    if guess.error:
        raise Invalid("file_not_text", guess.error)
    text = _decode(sample, guess)
    if (
        text.lstrip().startswith("{")
        and parse_object(text.lstrip().splitlines()[0].encode("utf-8", "replace")) is not None
    ):
        return _sniff_jsonl(text, guess, len(sample), size)
    if text.lstrip().startswith("[") and text.lstrip()[1:].lstrip().startswith(("{", "]")):
        raise Invalid(
            "file_json_array", "The file is one JSON array. Write JSON Lines instead: one object on each line."
        )
    return _sniff_csv(text, guess, len(sample), size)


def _guess_from_rest(path: Path) -> Guess:
    """A file that begins in ASCII shows its encoding where that ends, which may be gigabytes later."""
    with path.open("rb") as file:
        while data := file.read(SAMPLE_BYTES):
            if not data.isascii():
                wide = next(place for place, byte in enumerate(data) if byte > 0x7F)
                return guess_encoding(data[wide:] + file.read(SAMPLE_BYTES))
    return Guess("utf-8")


def _decode(sample: bytes, guess: Guess) -> str:
    data = sample[guess.mark_bytes :]
    text = data.decode(guess.encoding.removesuffix("-sig"), ON_BAD_BYTES).replace("\x00", "")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    return text.removesuffix(BAD_BYTES)


@dataclass(frozen=True)
class _Sample:
    """The first rows by column, as texts, and how many rows the file may have."""

    names: Sequence[str]
    values: Sequence[Sequence[str]]
    rows_estimate: int
    rows_exact: bool


def _sniff_csv(text: str, guess: Guess, sample_bytes: int, size: int) -> FileShape:
    whole = sample_bytes >= size
    if not whole:
        text = text[: text.rfind("\n") + 1] or text
    dialect = guess_dialect(text)
    body = text.split("\n", 1)[1] if dialect.skip_rows else text
    rows = read_sample(body, dialect.delimiter, SAMPLE_ROWS + 1)
    if not rows:
        raise Invalid(
            "file_no_table", "No table was found in the file: its first row is longer than a megabyte, or empty."
        )
    width = len(rows[0])
    if width > COLUMNS_MAX:
        raise Invalid("file_too_wide", f"The file has {width:,} columns; at most {COLUMNS_MAX:,} can be read.")
    names = name_columns(rows[0], dialect.has_header)
    data = [row for row in (rows[1:] if dialect.has_header else rows) if any(cell.strip() for cell in row)]
    if not data:
        raise Invalid("file_no_rows", "The file has a header but no rows.")
    values = [[row[place] for row in data if len(row) == width] for place in range(width)]
    exact = whole and len(rows) <= SAMPLE_ROWS
    estimate = len(data) if exact else _estimate_rows(text, sample_bytes, size, dialect.has_header)
    warnings = _header_warnings(rows[0], names, dialect.has_header)
    return _describe(
        _Sample(names, values, estimate, exact),
        FileShape(
            format="csv",
            columns=(),
            rows_estimate=estimate,
            rows_exact=exact,
            encoding=guess.encoding,
            mark_bytes=guess.mark_bytes,
            delimiter=dialect.delimiter,
            has_header=dialect.has_header,
            skip_rows=dialect.skip_rows,
            warnings=tuple(warnings),
        ),
    )


def _estimate_rows(text: str, sample_bytes: int, size: int, has_header: bool) -> int:
    """By line ends; cells with line ends in them make it a little high."""
    lines = text.count("\n") - (1 if has_header else 0)
    return max(1, round(lines * size / sample_bytes))


def _header_warnings(first: Sequence[str], names: Sequence[str], has_header: bool) -> list[str]:
    if not has_header:
        return ["The first row looks like data, so the columns were numbered."]
    renamed = [name for given, name in zip(first, names, strict=True) if given.strip() and given.strip() != name]
    return [f"Headers that occur twice were renamed: {', '.join(renamed)}."] if renamed else []


def _sniff_jsonl(text: str, guess: Guess, sample_bytes: int, size: int) -> FileShape:
    lines = text.split("\n")
    whole = sample_bytes >= size
    if not whole and len(lines) > 1:
        lines.pop()
    filled = [line for line in lines if line.strip()]
    objects = [value for line in filled[:SAMPLE_ROWS] if (value := parse_object(line.encode("utf-8", "replace")))]
    names = _object_names(objects)
    if not names:
        raise Invalid("file_no_rows", "The file has no JSON object with fields.")
    values = [[text or "" for text in read_texts(json_column(objects, name)).to_pylist()] for name in names]
    estimate = len(filled) if whole else max(1, round(len(filled) * size / sample_bytes))
    shape = FileShape(
        format="jsonl",
        columns=(),
        rows_estimate=estimate,
        rows_exact=whole,
        encoding=guess.encoding,
        mark_bytes=guess.mark_bytes,
    )
    return _describe(_Sample(names, values, estimate, whole), shape)


def _object_names(objects: Sequence[dict[str, Any]]) -> list[str]:
    """Keys of all objects; of objects within them too, as ``outer.inner``."""
    names: dict[str, None] = {}

    def visit(value: dict[str, Any], prefix: str, depth: int) -> None:
        for key, inner in value.items():
            if isinstance(inner, dict) and inner and depth < NESTING_MAX:
                visit(inner, f"{prefix}{key}.", depth + 1)
            elif len(names) < COLUMNS_MAX:
                names[f"{prefix}{key}"] = None

    for value in objects:
        visit(value, "", 1)
    return list(names)


def _sniff_parquet(path: Path) -> FileShape:
    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=SAMPLE_ROWS), None)
            rows = file.metadata.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise Invalid("file_unreadable", f"The Parquet file cannot be read: {error}.") from error
    if batch is None or not rows:
        raise Invalid("file_no_rows", "The Parquet file has no rows.")
    values = [[text or "" for text in read_texts(column).to_pylist()] for column in batch.columns]
    shape = FileShape(format="parquet", columns=(), rows_estimate=rows, rows_exact=True)
    return _describe(_Sample(batch.schema.names, values, rows, True), shape)


def _describe(sample: _Sample, shape: FileShape) -> FileShape:
    """Adds columns, preview and what the dates look like to what the format told."""
    for number, name in enumerate(sample.names, 1):
        if "\x00" in name:
            raise Invalid("column_name_invalid", f"The name of column {number} has a NUL character in it; rename it.")
    columns = tuple(
        FileColumn(name, guess_type(name, values), tuple(pick_examples(values)))
        for name, values in zip(sample.names, sample.values, strict=True)
    )
    length = max((len(values) for values in sample.values), default=0)
    preview = tuple(
        tuple(values[row][:PREVIEW_CHARS_MAX] if row < len(values) else None for values in sample.values)
        for row in range(min(PREVIEW_ROWS, length))
    )
    dates = [
        value
        for column, values in zip(columns, sample.values, strict=True)
        if column.type in ("date", "datetime")
        for value in values
        if is_day_or_month(value)
    ]
    day_first = guess_day_first(dates)
    return msgspec.structs.replace(
        shape, columns=columns, preview=preview, day_first=day_first, ambiguous_dates=bool(dates) and day_first is None
    )
