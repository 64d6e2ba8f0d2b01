"""Bodies of the API of SQL."""

from typing import Annotated, Any

from msgspec import Meta, Struct

SQL_CHARACTERS_MAX = 50_000
ROWS_MAX = 10_000


class SqlQuery(Struct, forbid_unknown_fields=True):
    """One SELECT. ``query_id`` is the caller's own name for it, with which it can be cancelled."""

    sql: Annotated[str, Meta(min_length=1, max_length=SQL_CHARACTERS_MAX)]
    limit: Annotated[int, Meta(ge=1, le=ROWS_MAX)] = 1000
    query_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None


class SqlColumn(Struct):
    name: str
    type: str


class SqlResult(Struct):
    """``truncated`` says that more rows than ``limit`` exist."""

    query_id: str
    columns: list[SqlColumn]
    rows: list[list[Any]]
    truncated: bool
    elapsed_ms: int


class SqlRelation(Struct):
    name: str
    description: str
    columns: list[SqlColumn]
