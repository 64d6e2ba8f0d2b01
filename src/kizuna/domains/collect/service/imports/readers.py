"""Files as blocks of columns: CSV, JSON Lines, Parquet.

Every reader counts rows as a spreadsheet does, and starts anew at any row, which is how an import
resumes: reading past a million rows takes a second, remembering byte places would not be exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from kizuna.domains.collect.rules.imports.arrow import Table, pa, pc
from kizuna.domains.collect.rules.imports.encodings import BAD_BYTES, NAMES
from kizuna.domains.collect.rules.imports.files import FileShape, pick_path
from kizuna.domains.collect.rules.imports.plans import Block
from kizuna.domains.collect.rules.imports.reasons import RefusedRow
from kizuna.domains.collect.service.imports.texts import ROW_BYTES_MAX, Piece, cut_rows, read_utf8
from kizuna.kernel.errors import Invalid

BLOCK_ROWS = 65_536
TEXT_CHARS_MAX = 500
"""Of a row that could not be cut into cells, what the file of refused rows shows."""

_BAD = BAD_BYTES.encode()
_MARK = "kizuna-end-7f3a9c1e5b2d"


def read_blocks(
    path: Path, shape: FileShape, *, after_row: int = 0, only: Sequence[str] | None = None
) -> Iterator[Block]:
    """Blocks of the rows after ``after_row`` (0: all). ``only`` names the columns wanted; None means all.

    Raises ``Invalid`` when the file is not what it was at upload.
    """
    readers: dict[str, Callable[[Path, FileShape, int, Sequence[str]], Iterator[Block]]] = {
        "csv": _read_csv,
        "jsonl": _read_jsonl,
        "parquet": _read_parquet,
    }
    yield from readers[shape.format](path, shape, after_row, shape.names if only is None else only)


def _read_csv(path: Path, shape: FileShape, after_row: int, only: Sequence[str]) -> Iterator[Block]:
    row = 0
    for piece in cut_rows(read_utf8(path, shape), quotes=True):
        if piece.too_long:
            row += 1
            yield _refused_piece(piece, row)
            continue
        for block in _parse_csv(piece.data, shape, row, only):
            row = block.last_row
            if row > after_row:
                yield _skip_rows(block, max(after_row, shape.first_row - 1))


def _parse_csv(data: bytes, shape: FileShape, row: int, only: Sequence[str]) -> Iterator[Block]:
    """The rows of a piece. A quote that is opened and never closed would swallow all rows after it, and
    the parser would not say so: a row of marks at the end tells. The line that opens it is refused."""
    while data:
        marked = b'"' in data
        table, refused = _parse_table(_mark_end(data, shape) if marked else data, shape, row, only)
        swallowed = 0
        if marked:
            table, refused, swallowed = _look_for_mark(table, refused)
        last = row + table.num_rows + len(refused)
        rows = _number_rows(row, table.num_rows, [bad.row for bad in refused])
        block = Block(rows, table, tuple(refused), last)
        yield _without_bad_bytes(_without_empty(block), data, shape)
        if not swallowed:
            return
        lines = data.removesuffix(b"\n").rsplit(b"\n", swallowed)
        text = lines[1 if len(lines) > swallowed else 0][:TEXT_CHARS_MAX].decode("utf-8", "replace")
        yield _refused_row(RefusedRow(last + 1, "unclosed_quote", text=text))
        row, data = last + 1, b"\n".join(lines[2 if len(lines) > swallowed else 1 :])


def _parse_table(data: bytes, shape: FileShape, row: int, only: Sequence[str]) -> tuple[Table, list[RefusedRow]]:
    refused: list[RefusedRow] = []

    def refuse(bad: pacsv.InvalidRow) -> str:
        number = row + (bad.number or 1)
        refused.append(RefusedRow(number, "ragged", str(bad.expected_columns), str(bad.actual_columns), bad.text))
        return "skip"

    try:
        table = pacsv.read_csv(
            pa.BufferReader(data),
            # One block: row numbers are told only when nothing runs at once, and the piece is whole rows.
            read_options=pacsv.ReadOptions(column_names=shape.names, use_threads=False, block_size=len(data) + 1),
            parse_options=pacsv.ParseOptions(
                delimiter=shape.delimiter or ",",
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=refuse,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={name: pa.string() for name in shape.names},
                include_columns=list(only),
                strings_can_be_null=True,
                null_values=[""],
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise Invalid("file_unreadable", f"The file cannot be read from row {row + 1} on: {error}.") from error
    return table, refused


def _mark_end(data: bytes, shape: FileShape) -> bytes:
    delimiter = (shape.delimiter or ",").encode()
    return data.removesuffix(b"\n") + b"\n" + delimiter.join([_MARK.encode()] * len(shape.columns)) + b"\n"


def _look_for_mark(table: Table, refused: list[RefusedRow]) -> tuple[Table, list[RefusedRow], int]:
    """What stood before the mark, and how many lines an unclosed quote swallowed with it (0: none)."""
    rows = table.num_rows
    last = table.slice(rows - 1).to_pylist()[0] if rows else {}
    cells = [cell for cell in last.values() if cell]
    if cells and all(cell == _MARK for cell in cells):
        return table.slice(0, rows - 1), refused, 0
    if refused and refused[-1].text and _MARK in refused[-1].text:
        return table, refused[:-1], refused[-1].text.count("\n", 0, refused[-1].text.find(_MARK))
    return (
        table.slice(0, table.num_rows - 1),
        refused,
        sum(cell.count("\n", 0, cell.find(_MARK)) for cell in cells if _MARK in cell),
    )


def _number_rows(before: int, good: int, bad: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    rows = np.arange(before + 1, before + good + len(bad) + 1)
    return rows if not bad else np.setdiff1d(rows, np.array(bad), assume_unique=True)


def _without_empty(block: Block) -> Block:
    """Blank lines count as rows, as in a spreadsheet, and say nothing."""
    if not len(block.rows):
        return block
    filled = np.zeros(len(block.rows), dtype=np.bool_)
    for column in block.columns.columns:
        if not column.null_count:
            return block
        filled |= pc.is_valid(column).to_numpy()
    kept = block.keep(filled) if not filled.all() else block
    return Block(kept.rows, kept.columns, block.refused, block.last_row)


def _without_bad_bytes(block: Block, data: bytes, shape: FileShape) -> Block:
    if _BAD not in data:
        return block
    spoilt = np.zeros(len(block.rows), dtype=np.bool_)
    for column in block.columns.columns:
        found = pc.fill_null(pc.match_substring(column, BAD_BYTES), False)
        spoilt |= found.to_numpy()
    encoding = NAMES[shape.encoding or "utf-8"]  # type: ignore[index]  # written by the sniffer
    refused = tuple(RefusedRow(int(row), "bad_bytes", value=encoding) for row in block.rows[spoilt])
    return Block(
        block.rows[~spoilt], block.columns.filter(pa.array(~spoilt)), (*block.refused, *refused), block.last_row
    )


def _skip_rows(block: Block, after_row: int) -> Block:
    refused = tuple(bad for bad in block.refused if bad.row > after_row)
    if len(block.rows) and block.rows[0] > after_row:
        return Block(block.rows, block.columns, refused, block.last_row)
    kept = block.keep(block.rows > after_row)
    return Block(kept.rows, kept.columns, refused, block.last_row)


def _refused_piece(piece: Piece, row: int) -> Block:
    text = piece.data[:TEXT_CHARS_MAX].decode("utf-8", "replace")
    return _refused_row(RefusedRow(row, "too_long", value=f"{ROW_BYTES_MAX:,}", text=text))


def _refused_row(bad: RefusedRow) -> Block:
    return Block(np.zeros(0, dtype=np.int64), pa.table({}), (bad,), bad.row)


def _read_jsonl(path: Path, shape: FileShape, after_row: int, only: Sequence[str]) -> Iterator[Block]:
    row = 0
    for piece in cut_rows(read_utf8(path, shape), quotes=False):
        if piece.too_long:
            row += 1
            yield _refused_piece(piece, row)
            continue
        lines = piece.data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        for start in range(0, len(lines), BLOCK_ROWS):
            part = lines[start : start + BLOCK_ROWS]
            if row + len(part) > after_row:
                yield _skip_rows(_parse_lines(part, shape, row, only), after_row)
            row += len(part)


def _parse_lines(lines: Sequence[bytes], shape: FileShape, row: int, only: Sequence[str]) -> Block:
    objects: list[dict[str, Any]] = []
    rows: list[int] = []
    refused: list[RefusedRow] = []
    encoding = NAMES[shape.encoding or "utf-8"]  # type: ignore[index]
    for number, line in enumerate(lines, start=row + 1):
        if not line.strip():
            continue
        value = parse_object(line)
        if value is None or _BAD in line:
            code = "bad_bytes" if _BAD in line else "bad_json"
            refused.append(
                RefusedRow(number, code, value=encoding, text=line[:TEXT_CHARS_MAX].decode("utf-8", "replace"))
            )
            continue
        objects.append(value)
        rows.append(number)
    table = pa.table({name: json_column(objects, name) for name in only})
    return Block(np.array(rows, dtype=np.int64), table, tuple(refused), row + len(lines))


_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


def parse_object(line: bytes) -> dict[str, Any] | None:
    try:
        return _decode_object(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def json_column(objects: Sequence[dict[str, Any]], name: str) -> Any:
    """One key of many objects; ``a.b`` reads within ``a`` where the objects have no key of that name.
    Values of different types become text."""
    path = tuple(name.split("."))
    if len(path) == 1 or any(name in value for value in objects):
        values = [value.get(name) for value in objects]
    else:
        values = [pick_path(value, path) for value in objects]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} or (len(kinds) == 1 and kinds <= {str, bool}):
        try:
            return pa.array(values, pa.string()) if not kinds else pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, OverflowError, UnicodeError):
            pass  # an integer beyond 64 bits, or a lone surrogate
    return pa.array([_json_text(value) for value in values], pa.string())


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return msgspec.json.encode(value).decode()


def _read_parquet(path: Path, shape: FileShape, after_row: int, only: Sequence[str]) -> Iterator[Block]:
    row = 1  # the header, which a spreadsheet would show, so that numbers agree with a CSV of the same rows
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BLOCK_ROWS, columns=list(only)):
                count = batch.num_rows
                rows = np.arange(row + 1, row + count + 1)
                row += count
                if row > after_row:
                    yield _skip_rows(Block(rows, pa.Table.from_batches([batch]), (), row), after_row)
    except (pa.ArrowInvalid, OSError) as error:
        raise Invalid("file_unreadable", f"The Parquet file cannot be read: {error}.") from error
