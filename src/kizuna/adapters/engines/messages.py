"""What the two sides of a SQL process tell each other. Imports nothing heavy: servers hold the parent's side."""

from __future__ import annotations

import struct

import msgspec

from kizuna.kernel.lake import QueryResult, SqlMask, TableName

HEADER = struct.Struct(">I")
"""Length of the message that follows."""


class Source(msgspec.Struct, frozen=True):
    """The files of one table of one version: full paths of a folder, or paths below the table's URL."""

    version: int
    files: list[str]
    tidy: bool
    """True when no key stands in it twice (``profiles`` and ``aliases`` after compaction)."""


class LakeView(msgspec.Struct, frozen=True):
    """What a query sees. Two that are equal may share a DuckDB."""

    workspace_id: int
    folder: str
    local: bool
    options: dict[str, str]
    sources: dict[TableName, Source]
    mask: SqlMask | None = None


class Ask(msgspec.Struct, frozen=True):
    view: LakeView
    sql: str
    limit: int


class Failure(msgspec.Struct, frozen=True):
    kind: str
    code: str
    message: str


class Answer(msgspec.Struct, frozen=True):
    result: QueryResult | None = None
    failure: Failure | None = None
