"""The file of refused rows: made so that its owner can mend it in a spreadsheet and import it again."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kizuna.domains.collect.rules.imports.arrow import pa
from kizuna.domains.collect.rules.imports.columns import read_texts
from kizuna.domains.collect.rules.imports.plans import Block
from kizuna.domains.collect.rules.imports.reasons import RefusedRow, describe_refusal, disarm_formula

MARK = b"\xef\xbb\xbf"
"""Without it Excel reads Japanese as the machine's old encoding."""
CELL_CHARS_MAX = 32_000

_HEADS = {"en": ("row", "reason"), "ja": ("行", "理由")}


class RefusedFile:
    """Appended to, piece by piece; on resume it is cut back to what the checkpoint knows."""

    def __init__(self, path: Path, columns: Sequence[str], language: str, offset: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._file.truncate(offset)
        self._file.seek(0, os.SEEK_END)
        self._head = MARK + write_line([*_HEADS.get(language, _HEADS["en"]), *columns])
        if not offset:
            self._file.write(self._head)

    def clear(self) -> int:
        """Starts anew; returns the place after the header."""
        self._file.truncate(0)
        self._file.seek(0)
        return self.append([self._head])

    def append(self, lines: Iterable[bytes]) -> int:
        """Writes lines and returns the place after them, once they are on disk."""
        self._file.writelines(lines)
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


def write_refusals(refused: Sequence[RefusedRow], block: Block, language: str) -> list[tuple[int, bytes]]:
    """(row, line of CSV) in the order of rows; cells come from ``block`` where it has the row."""
    places = {int(row): place for place, row in enumerate(block.rows)} if refused else {}
    wanted = [places.get(one.row) for one in refused]
    cells = _take_cells(block, [place for place in wanted if place is not None])
    lines: list[tuple[int, bytes]] = []
    for one, place in zip(refused, wanted, strict=True):
        shown = [one.text or ""] if place is None else next(cells)
        lines.append((one.row, write_line([str(one.row), describe_refusal(one, language), *shown])))
    return sorted(lines)


def _take_cells(block: Block, places: Sequence[int]) -> Any:

    picked = [read_texts(column.take(pa.array(places, pa.int64()))).to_pylist() for column in block.columns.columns]
    return iter([[cell or "" for cell in row] for row in zip(*picked, strict=True)] if places else [])


def write_line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([disarm_formula(cell[:CELL_CHARS_MAX]) for cell in cells])
    return out.getvalue().encode("utf-8", "replace")
