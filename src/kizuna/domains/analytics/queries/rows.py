"""The relation ``rows`` that metrics read: events that are meant, each once, with what is asked of them.

It is written in the engine's own dialect, from the same parts as conditions; what metrics do with it is written once,
in DuckDB's (see ``kernel.engine.Statement``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from kizuna.conditions.ast import EventMatch
from kizuna.conditions.compile_sql.dialects import DIALECTS, EACH
from kizuna.conditions.compile_sql.values import DateSql, Document, Source, millionths_sql, property_path, test_sql
from kizuna.conditions.moments import At, from_us
from kizuna.domains.analytics.queries.buckets import bucket_sql
from kizuna.domains.analytics.queries.elements import Elements
from kizuna.kernel.engine import Dialect
from kizuna.kernel.lake import OPENED_COLUMNS, Opened

LATE_US = 3_600_000_000
"""An event that came more than an hour after it happened is late."""

WHOLE_MAX = 10**15

DEEDS = "type IN ('track', 'page', 'screen')"
"""Other calls say who somebody is; they are nothing that a customer did."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is looked at. ``kept`` and ``dropped`` are names of relations with a column ``profile_key``; ``share`` is
    a condition on it."""

    kept: str | None = None
    dropped: str | None = None
    share: str | None = None

    def conditions(self) -> list[str]:
        parts = [self.share] if self.share else []
        if self.kept:
            parts.append(f"profile_key IN (SELECT profile_key FROM {self.kept})")
        if self.dropped:
            parts.append(f"profile_key NOT IN (SELECT profile_key FROM {self.dropped})")
        return parts


@dataclass
class Rows:
    """Builds the relation. Columns ``profile_key`` and ``time_us`` are always there.

    A path that begins with ``context.`` is of the event's context. Properties with ``[]`` (``products[].category``)
    make a row of each element of that list: ``event`` tells then which are of one event. All of one relation must be
    of the same list. Raises ``Invalid`` where they are not.
    """

    dialect: Dialect
    at: At
    matches: Sequence[EventMatch]
    since_us: int
    until_us: int
    crowd: Crowd = Crowd()
    no_late: bool = False
    columns: list[str] = field(default_factory=list[str])
    opened: dict[str, Opened] = field(default_factory=dict[str, Opened])
    """By name, what is read instead of ``happenings``: ``write`` adds to them."""
    _gates: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.sql = DIALECTS[self.dialect]
        self.document = Document(self.sql, "properties", "doc")
        self.context = Document(self.sql, "context", "surroundings")
        self.elements = Elements(self.dialect)
        self.dates = DateSql(self.sql, self.at)
        names = {match.name for match in self.matches}
        self.names = None if None in names else sorted(name for name in names if name is not None)

    # --- columns ------------------------------------------------------------------------------------

    def add(self, expression: str, name: str) -> str:
        self.columns.append(f"{expression} AS {name}")
        return name

    def flag(self, number: int) -> str:
        """An expression: whether the event is the one that match ``number`` means."""
        match = self.matches[number]
        parts = self._cheap(match)
        if match.where:
            self._gates.append(_all(parts))
            parts += [self._passes(match, at) for at in range(len(match.where))]
        return _all(parts)

    def steps(self, name: str = "steps") -> str:
        """A column of bits: bit i is set where match i means the event. Rows without any are left out."""
        if len(self.matches) == 1 and not self.matches[0].where:
            return self.add(self._small("1"), name)
        bits = [f"CASE WHEN {self.flag(at)} THEN {1 << at} ELSE 0 END" for at in range(len(self.matches))]
        return self.add(self._small(" + ".join(bits)), name)

    def which(self, name: str = "which") -> str:
        """A column: the number of the first match that means the event; none where no match does."""
        if len(self.matches) == 1 and not self.matches[0].where:
            return self.add(self._small("0"), name)
        whens = " ".join(f"WHEN {self.flag(at)} THEN {at}" for at in range(len(self.matches)))
        return self.add(self._small(f"CASE {whens} END"), name)

    def bucket(self, bounds_us: Sequence[int], name: str = "bucket") -> str:
        """A column: the number of the period."""
        return self.add(bucket_sql(bounds_us, "time_us", self.dialect), name)

    def millionths(self, path: str, name: str) -> str:
        """A column: a number in millionths, whole, so that sums are exact in any order; NULL for what is none."""
        return self.add(millionths_sql(self.sql, self.sql.read(self.take(path), "number")), name)

    def number(self, path: str, name: str) -> str:
        return self.add(self.sql.read(self.take(path), "number"), name)

    def label(self, path: str, name: str = "label") -> str:
        """A column: text, truth or number as text; NULL for everything else."""
        return self.add(label_sql(self.dialect, self.take(path)), name)

    def event(self, name: str = "event") -> str:
        """A column: a number that tells events apart where each element of a list makes a row. Events without elements
        have one then, too."""
        self.elements.outer = True
        return self.add(self.sql.hashed(("profile_key", "time_us", "message_id")), name)

    def take(self, path: str) -> str:
        """An expression: the JSON value at a property's path."""
        steps = property_path(path)
        if steps[0] == "context" and len(steps) > 1 and EACH not in steps:
            return self.context.take(steps[1:]).value
        self._gates.append("true")
        if EACH not in steps:
            return self.document.take(steps).value
        return self.elements.take(steps)

    # --- the statement ------------------------------------------------------------------------------

    def write(self) -> str:
        opened, source = self._open(), "happenings"
        inner = ["profile_key", "name", "type", "touchpoint", "time_us", "session_id", "message_id"]
        if opened is None:
            inner += self._read()
        else:
            source = name_opened(opened)
            self.opened[source] = opened
            inner += [*(["doc"] if opened.paths else []), *(["things"] if opened.head is not None else [])]
        seen = f"SELECT {', '.join(inner)} FROM {source}{self._where()}"
        if self.elements.head is not None:
            seen = self.elements.write(seen, "properties")
        return f"SELECT {', '.join(('profile_key', 'time_us', *self.columns))} FROM ({seen}) AS seen"

    def _open(self) -> Opened | None:
        """What is read instead of ``happenings`` where all that is asked of events, which are named, is a few of their
        properties: engines may have it at hand."""
        structs = self.elements.keys
        listed = self.elements.head is not None
        if self.dialect != "duckdb" or self.names is None or self.context.paths or (listed and structs is None):
            return None
        if not self.document.paths and not listed:
            return None
        columns = ", ".join((*OPENED_COLUMNS, *self._read()))
        return Opened(
            tuple(self.names),
            self.since_us,
            self.until_us,
            f"SELECT {columns} FROM happenings WHERE name IN ({self.sql.texts(self.names)})",
            tuple(tuple(map(str, path)) for path in self.document.paths),
            tuple(map(str, self.elements.head or ())) if listed else None,
            structs or (),
        )

    def _read(self) -> list[str]:
        """Of JSON, what is asked of it."""
        found: list[str] = []
        if self.document.paths:
            gates = list(dict.fromkeys(self._gates))
            found.append(self.document.item(None if "true" in gates else f"({' OR '.join(gates)})"))
        if self.context.paths:
            found.append(self.context.item())
        if self.elements.head is not None:
            structs = self.elements.keys is not None
            found.append(f"{self.elements.things('properties')} AS things" if structs else "properties")
        return found

    def _cheap(self, match: EventMatch) -> list[str]:
        parts: list[str] = []
        if match.name is not None and self.names != [match.name]:
            parts.append(f"name = {self.sql.text(match.name)}")
        if match.touchpoints:
            parts.append(f"touchpoint IN ({self.sql.texts(match.touchpoints)})")
        return parts

    def _passes(self, match: EventMatch, at: int) -> str:
        one = match.where[at]
        path = property_path(one.property)
        source: Source = self.document.take(path)
        return test_sql(one.test, source, lambda: self.document.take((*path, EACH)), self.dates)

    def _small(self, expression: str) -> str:
        return f"CAST({expression} AS {'UTINYINT' if self.dialect == 'duckdb' and len(self.matches) <= 8 else 'INT'})"

    def _where(self) -> str:
        """Of what files know: names and times of row groups, and months of folders."""
        sql, parts = self.sql, list[str]()
        if self.names is not None:
            one = len(self.names) == 1
            parts.append(f"name = {sql.text(self.names[0])}" if one else f"name IN ({sql.texts(self.names)})")
        for us, compare in ((self.since_us, ">="), (self.until_us - 1, "<=")):
            parts.append(f"time {compare} {sql.instant(us)}")
            parts.append(f"month {compare} {sql.text(f'{from_us(us):%Y-%m}')}")
        if self.no_late:
            parts.append(f"received_at <= time + INTERVAL {LATE_US // 1_000_000} SECOND")
        return f" WHERE {' AND '.join(parts + self.crowd.conditions())}"


def name_opened(opened: Opened) -> str:
    """The same for the same."""
    return f"opened_{hashlib.blake2b(opened.text.encode(), digest_size=6).hexdigest()}"


def label_sql(dialect: Dialect, value: str) -> str:
    """A JSON value as the text people know it by, the same on every engine: whole numbers have no decimals, others
    six at most. Only what is beyond 10^15 is written as the engine does."""
    sql = DIALECTS[dialect]
    number = sql.read(value, "number")
    # First the size: what 64 bits do not hold has no floor on Spark.
    whole = f"abs({number}) < {sql.number(WHOLE_MAX)} AND {number} = floor({number})"
    some = f"abs({number}) < {sql.number(WHOLE_MAX)}"
    decimals = f"CAST(CAST({number} AS DECIMAL(21, 6)) AS STRING)"
    as_text = (
        f"CASE WHEN {whole} THEN CAST(CAST({number} AS BIGINT) AS STRING) "
        f"WHEN {some} THEN regexp_replace({decimals}, {sql.text('[.]?0+$')}, '') ELSE CAST({number} AS STRING) END"
    )
    return f"coalesce({sql.read(value, 'text')}, {as_text}, CAST({sql.read(value, 'truth')} AS STRING))"


def _all(parts: Sequence[str]) -> str:
    return f"({' AND '.join(parts)})" if parts else "true"
