"""What is known of an uploaded file: how to read it, and what its columns seem to be."""

from typing import Any, Literal

import msgspec

FileFormat = Literal["csv", "jsonl", "parquet"]


class FileColumn(msgspec.Struct, frozen=True):
    """``type`` is a ``shapes.ColumnType``."""

    name: str
    type: str
    examples: tuple[str, ...] = ()


class FileShape(msgspec.Struct, frozen=True):
    """Kept with the upload as JSON; everything the reader must know besides the path."""

    format: FileFormat
    columns: tuple[FileColumn, ...]
    rows_estimate: int
    rows_exact: bool
    preview: tuple[tuple[str | None, ...], ...] = ()
    encoding: str | None = None
    mark_bytes: int = 0
    delimiter: str | None = None
    has_header: bool = True
    skip_rows: int = 0
    day_first: bool | None = None
    """Whether ``01/02/2026`` is 1 February; None when the file does not tell, or has no such dates."""
    ambiguous_dates: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def types(self) -> dict[str, str]:
        return {column.name: column.type for column in self.columns}

    @property
    def first_row(self) -> int:
        """The number of the first row of data, as a spreadsheet counts."""
        return 1 + self.skip_rows + (1 if self.format == "csv" and self.has_header else 0)


def pick_path(value: Any, path: tuple[str, ...]) -> Any:
    """The value at ``path`` in nested objects, or None."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)  # type: ignore[reportUnknownMemberType]
    return value  # type: ignore[reportUnknownVariableType]
