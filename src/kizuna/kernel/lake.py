"""The port to the lake: the history of events, and what computes over it.

Nothing here imports Arrow: a process that never touches the lake must stay small. Adapters live in
``kizuna.adapters.lake`` and ``kizuna.adapters.engines``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, Literal, Protocol

import msgspec

# Arrow has no type stubs; these names say at least what is meant.
ArrowTable = Any
ArrowArray = Any
ArrowSchema = Any

TableName = Literal["events", "profiles", "aliases"]

LOAD_APP = "kizuna-load"
"""Delta application id of the drain's loads; imports may use their own, one per import."""


@cache
def table_schema(table: TableName) -> ArrowSchema:
    """The ``pyarrow.Schema`` that ``Lake.append`` expects of a table."""
    pa: Any = import_module("pyarrow")
    time = pa.timestamp("us", tz="UTC")
    columns: dict[TableName, list[tuple[str, Any, bool]]] = {
        "events": [
            ("name", pa.string(), False),
            ("name_id", pa.int32(), False),
            ("type", pa.string(), False),
            ("key", pa.int64(), False),
            ("time", time, False),
            ("received_at", time, False),
            ("original_time", time, True),
            ("message_id", pa.string(), False),
            ("source_id", pa.int32(), False),
            ("touchpoint", pa.string(), False),
            ("user_id", pa.string(), True),
            ("anonymous_id", pa.string(), True),
            ("identifiers", pa.string(), True),
            ("session_id", pa.string(), True),
            ("properties", pa.string(), False),
            ("context", pa.string(), False),
            ("load_id", pa.int64(), False),
            ("month", pa.string(), False),
        ],
        # One row says what a profile is from this version on; readers take the latest version.
        "profiles": [
            ("profile_key", pa.int64(), False),
            ("profile_id", pa.string(), False),
            ("name", pa.string(), True),
            ("identified", pa.bool_(), False),
            ("first_seen", time, True),
            ("last_seen", time, True),
            ("traits", pa.string(), False),
            ("identifiers", pa.string(), False),
            ("deleted", pa.bool_(), False),
            ("version", pa.int64(), False),
        ],
        # Only keys that were ever joined to another stand here; any other key is its own profile.
        "aliases": [
            ("key", pa.int64(), False),
            ("profile_key", pa.int64(), False),
            ("version", pa.int64(), False),
        ],
    }
    return pa.schema([pa.field(name, kind, nullable=null) for name, kind, null in columns[table]])


def month_of(time: datetime) -> str:
    """The partition an event of this time (aware, UTC) belongs to, ``YYYY-MM``."""
    return f"{time.year:04d}-{time.month:02d}"


class Appended(msgspec.Struct, frozen=True):
    """What an append did. ``written`` is false when the load was in the table already."""

    version: int
    rows: int
    written: bool


class Compacted(msgspec.Struct, frozen=True):
    """What a compaction did. ``stopped`` is true when it was told to stop; what was done stays done."""

    months: int = 0
    files_before: int = 0
    files_after: int = 0
    rows: int = 0
    duplicates_dropped: int = 0
    erased: int = 0
    stopped: bool = False


class Erased(msgspec.Struct, frozen=True):
    """What an erasure did: rows that went (or would go) by table, and files. ``stopped`` is true when it was
    told to stop; what was done stays done."""

    events: int = 0
    profiles: int = 0
    aliases: int = 0
    files_rewritten: int = 0
    files_deleted: int = 0
    stopped: bool = False

    @property
    def rows(self) -> int:
        return self.events + self.profiles + self.aliases


class TableState(msgspec.Struct, frozen=True):
    """How a table stands: for the doctor, and to decide when to compact."""

    version: int
    files: int
    unmerged_files: int
    rows: int
    bytes: int


class TimelineEvent(msgspec.Struct, frozen=True):
    """One event as a timeline shows it. ``properties`` and ``context`` are JSON as it was stored."""

    message_id: str
    time: datetime
    received_at: datetime
    name: str
    type: str
    touchpoint: str
    source_id: int
    key: int
    session_id: str | None
    properties: msgspec.Raw
    context: msgspec.Raw


class Column(msgspec.Struct, frozen=True):
    name: str
    type: str


class Relation(msgspec.Struct, frozen=True):
    """A table an analyst may read."""

    name: str
    description: str
    columns: tuple[Column, ...]


class QueryResult(msgspec.Struct, frozen=True):
    """Rows ready for JSON: times as RFC 3339 in UTC, decimals and wide integers as text, NaN as null."""

    columns: tuple[Column, ...]
    rows: list[list[Any]]
    truncated: bool
    elapsed_ms: int


class SqlKeys(msgspec.Struct, frozen=True):
    """Which members of JSON objects are hidden: those with a key, of their own or within, in which
    ``pattern`` is found (RE2, over ``"key":…``), unless their own key is one of ``opened``."""

    pattern: str
    opened: tuple[str, ...] = ()


class SqlMask(msgspec.Struct, frozen=True):
    """What the relations hide from whoever may not see all of customers. Hidden columns are null or
    masked for conditions, too, so that no query can ask for them by guessing."""

    contact: bool
    """Contact data and identifiers, also where they stand within texts and URLs."""
    name: bool
    user_id: bool
    anonymous_id: bool
    traits: SqlKeys
    properties: SqlKeys


Progress = Callable[[int, int], None]
"""Told how many steps are done, of how many."""

StopFlag = Callable[[], bool]
"""Asked between steps; true means stop at the next safe point."""


OPENED_COLUMNS = (
    "profile_key", "name", "type", "touchpoint", "time", "time_us", "month", "received_at", "session_id", "message_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A relation of the events called ``names``: ``OPENED_COLUMNS`` of ``happenings``, a column ``doc``, a list of
    what stands at ``paths`` in the properties, and, where there is a ``head``, a column ``things``: the list of objects
    that stands there, as a list of structs of their ``keys``. ``text`` is the SELECT that says so; an engine may keep
    what it finds for as long as the lake is the same, and give what no gate in ``text`` asks for, too. Read are those
    from ``since_us`` to before ``until_us``.
    """

    names: tuple[str, ...]
    since_us: int
    until_us: int
    text: str
    paths: tuple[tuple[str, ...], ...] = ()
    head: tuple[str, ...] | None = None
    keys: tuple[str, ...] = ()


class Lake(Protocol):
    """One folder a workspace, one Delta table a kind. Every method may raise ``Unavailable`` when
    the storage cannot be reached or is full."""

    async def append(
        self,
        workspace_id: int,
        table: TableName,
        rows: ArrowTable,
        load_id: int | None = None,
        *,
        app_id: str = LOAD_APP,
    ) -> Appended:
        """Adds ``rows`` in one commit, exactly once per ``load_id``.

        Load ids of one ``app_id`` must rise, and be written one at a time: one at or below the last
        written is taken for a repetition and changes nothing. Without a ``load_id`` rows are added
        at every call. Other writers (other app ids, compaction) may run at the same time.
        Raises ``Invalid`` when the columns are not those of ``table_schema``.
        """
        ...

    async def last_load(self, workspace_id: int, table: TableName, *, app_id: str = LOAD_APP) -> int | None:
        """The highest load id written, or None."""
        ...

    async def table_state(self, workspace_id: int, table: TableName) -> TableState | None:
        """How a table stands now, or None before its first append."""
        ...

    async def merge_small_files(self, workspace_id: int) -> Compacted:
        """The frequent, cheap form of ``compact``: joins small files that piled up in a month, where
        there are enough of them. Drops nothing."""
        ...

    async def compact(
        self,
        workspace_id: int,
        month: str | None = None,
        *,
        drop_keys: Sequence[int] = (),
        progress: Progress | None = None,
        stop: StopFlag | None = None,
    ) -> Compacted:
        """Orders months by (name, key, time), drops duplicates for ever, erases ``drop_keys``.

        Of events with the same (source, message id), in whatever months, the first received stays.
        Each month is replaced in one commit that appends cannot be lost in; a crash leaves the table
        as it was, and files that ``vacuum`` removes. With ``month``, new rows of that month are
        compared with all months. ``profiles`` and ``aliases`` keep the latest version of each key.
        Raises ``Conflict`` when another compaction changed the same files three times in a row.
        """
        ...

    async def erase(
        self,
        workspace_id: int,
        keys: Sequence[int],
        *,
        identifiers: Sequence[tuple[str, str]] = (),
        received_before: datetime | None = None,
        progress: Progress | None = None,
        stop: StopFlag | None = None,
    ) -> Erased:
        """Removes every row of the node keys, whatever its time, and leaves no trace of it: new files are
        committed, then all others that hold such rows are deleted at once, also those of older versions
        and of crashed writes. Queries that read them at that moment fail and may be tried again.

        ``identifiers``, normalised (type, value), go from events of others: from ``identifiers``, and from
        ``user_id`` and ``anonymous_id``, which are null then; the rows stay, and are not counted. Properties
        and contexts of others are left as they are.

        With ``received_before`` events received at that moment or later stay; profiles and aliases have no
        such time and go. Loads and compactions may run meanwhile, but no load of rows of these keys: the
        caller holds it back. Call it again after a crash, a stop or an error; what was done is not repeated.
        Raises ``Conflict`` when compactions changed the same files three times in a row.
        """
        ...

    async def erase_events(
        self,
        workspace_id: int,
        *,
        names: Sequence[str],
        before: datetime,
        keys: Sequence[int] | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
        stop: StopFlag | None = None,
    ) -> Erased:
        """Removes events of these names that happened before a moment, of everybody or of the given node
        keys, as ``erase`` does. With ``dry_run`` it only counts them."""
        ...

    def read_person(
        self, workspace_id: int, keys: Sequence[int], *, batch_rows: int = 2000
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """Every event of the node keys with all its columns, oldest month first, in lists of at most
        ``batch_rows``. JSON-ready: times are RFC 3339 in UTC, properties, context and identifiers parsed.

        An event that was sent twice may be told twice until the next compaction. Raises ``Unavailable``
        when an erasure deletes files meanwhile: begin anew.
        """
        ...

    async def vacuum(self, workspace_id: int, *, retention_h: int = 24) -> int:
        """Deletes files that no version younger than ``retention_h`` needs; returns how many.

        Below 24 hours a reader or writer that is at work now may lose its files: for erasure only,
        when queries are bounded to minutes.
        """
        ...

    async def read_timeline(
        self,
        workspace_id: int,
        keys: Sequence[int],
        *,
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
        names: Sequence[str] = (),
        touchpoints: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[TimelineEvent]:
        """Events of ``keys`` (a profile's node keys), newest first by (time, message id).

        ``before`` is the (time, message id) of the last event of the page before. ``since`` is
        inclusive, ``until`` exclusive. Empty ``names`` or ``touchpoints`` mean all.
        """
        ...

    async def known_message_ids(
        self, workspace_id: int, source_id: int, message_ids: ArrowArray, *, months: Sequence[str] = ()
    ) -> ArrowArray:
        """Those of ``message_ids`` that the lake holds of this source, in no order.

        Reads one column of the whole lake, or of ``months``: ask once for many ids.
        """
        ...

    async def run_sql(
        self,
        workspace_id: int,
        sql: str,
        *,
        limit: int = 1000,
        query_id: str | None = None,
        timeout_s: float | None = None,
        mask: SqlMask | None = None,
    ) -> QueryResult:
        """Runs one SELECT of an analyst over ``relations()`` of the workspace, and nothing else.

        With ``mask`` the relations show less; without one, everything.

        Raises ``Invalid`` for what is not such a SELECT or fails, ``Limit`` when it takes more time
        or memory than allowed, ``Conflict`` when it was cancelled.
        """
        ...

    def cancel_sql(self, workspace_id: int, query_id: str) -> bool:
        """Stops a running query of this process; false when there is none of that id."""
        ...

    async def select(
        self,
        workspace_id: int,
        sql: str,
        *,
        tables: Mapping[str, ArrowTable] = {},
        opened: Mapping[str, Opened] = {},
        timeout_s: float | None = None,
    ) -> ArrowTable:
        """Runs one SELECT of Kizuna's own over one version of the lake. It may read ``tables`` and ``opened``, by
        name, and

        - ``people``: today's profiles, with profile_key, profile_id, name, identified, first_seen, last_seen,
          traits and identifiers (JSON text: an object, and a list of pairs of type and value);
        - ``happenings``: events with profile_key (today's), key (the node's, as it was sent), name, type, time,
          time_us (microseconds since 1970), month, received_at, touchpoint, source_id, message_id, session_id,
          properties, context (JSON text) and load_id. One that was sent twice may stand there twice.

        ``kizuna_fold(text)`` folds as conditions do. Without ``timeout_s`` it may take as long as an analyst's
        query; a caller that is cancelled stops it. Raises ``Limit`` when it takes more time or memory than allowed,
        ``Invalid`` when it fails.
        """
        ...

    def relations(self) -> tuple[Relation, ...]:
        """What ``run_sql`` may read, with columns and types."""
        ...

    async def check(self) -> None:
        """Writes, reads and deletes a small file. Raises ``Unavailable`` with the reason."""
        ...

    def stop_compacting(self) -> None:
        """Ends compactions soon, for good; their tables stay as they were. For a process that is to stop."""
        ...

    async def close(self) -> None:
        """Ends running queries and frees memory."""
        ...
