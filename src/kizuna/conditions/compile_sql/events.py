"""What people did: one reading of ``happenings`` for all leaves that ask for the same event."""

from __future__ import annotations

from collections.abc import Sequence as Listed
from dataclasses import dataclass, field

from kizuna.conditions.ast import EventMatch, Filter
from kizuna.conditions.compile_sql.dialects import EACH, Dialect
from kizuna.conditions.compile_sql.values import DateSql, Document, Source, property_path, test_sql
from kizuna.conditions.moments import FAR_US, At, from_us


@dataclass(frozen=True)
class Question:
    """What every part of a statement needs to know."""

    sql: Dialect
    at: At
    kept: str | None
    """Which people are looked at, as a condition on ``profile_key``."""


@dataclass
class Scan:
    """Events of some names in a span of time, with flags and values for each."""

    question: Question
    names: tuple[str, ...] | None
    since_us: int
    until_us: int
    columns: list[str] = field(default_factory=list[str])
    gates: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.document = Document(self.question.sql, "properties", "doc")
        self.dates = DateSql(self.question.sql, self.question.at)

    def flag(self, match: EventMatch, since_us: int, until_us: int, having: Listed[Filter] = ()) -> str:
        """A column that says whether an event is meant."""
        cheap = self._cheap(match, since_us, until_us)
        filters = [self._passes(one) for one in (*match.where, *having)]
        if not filters:
            return self.add(cheap)
        self.gates.append(cheap)
        return self.add(f"CASE WHEN {cheap} THEN {' AND '.join(filters)} ELSE false END")

    def value(self, match: EventMatch, since_us: int, until_us: int, path: str) -> Source:
        self.gates.append(self._cheap(match, since_us, until_us))
        return self.document.take(property_path(path))

    def add(self, expression: str) -> str:
        name = f"c{len(self.columns)}"
        self.columns.append(f"{expression} AS {name}")
        return name

    def write(self) -> str:
        """SELECT of profile_key, time_us and the columns."""
        inner = ["profile_key", "name", "touchpoint", "time_us"]
        if self.document.paths:
            inner.append(self.document.item(f"({' OR '.join(dict.fromkeys(self.gates))})"))
        seen = f"SELECT {', '.join(inner)} FROM happenings{self._where()}"
        return f"SELECT {', '.join(('profile_key', 'time_us', *self.columns))} FROM ({seen}) AS seen"

    def _cheap(self, match: EventMatch, since_us: int, until_us: int) -> str:
        sql, parts = self.question.sql, list[str]()
        if match.name is not None and self.names != (match.name,):
            parts.append(f"name = {sql.text(match.name)}")
        if match.touchpoints:
            parts.append(f"touchpoint IN ({sql.texts(match.touchpoints)})")
        if since_us > self.since_us:
            parts.append(f"time_us >= {sql.whole(since_us)}")
        if until_us < self.until_us:
            parts.append(f"time_us < {sql.whole(until_us)}")
        return f"({' AND '.join(parts)})" if parts else "true"

    def _passes(self, one: Filter) -> str:
        path = property_path(one.property)
        source = self.document.take(path)
        return test_sql(one.test, source, lambda: self.document.take((*path, EACH)), self.dates)

    def _where(self) -> str:
        """Of what files know: names and times of row groups, and months of folders."""
        sql, parts = self.question.sql, list[str]()
        if self.names is not None:
            one = len(self.names) == 1
            parts.append(f"name = {sql.text(self.names[0])}" if one else f"name IN ({sql.texts(self.names)})")
        for us, compare, month_compare in ((self.since_us, ">=", ">="), (self.until_us - 1, "<=", "<=")):
            if abs(us) < FAR_US // 2:
                parts.append(f"time {compare} {sql.instant(us)}")
                month = _month(us)
                parts += [f"month {month_compare} {sql.text(month)}"] if month else []
        if self.question.kept:
            parts.append(self.question.kept)
        return f" WHERE {' AND '.join(parts)}" if parts else ""


def _month(us: int) -> str | None:
    try:
        return f"{from_us(us):%Y-%m}".rjust(7, "0")
    except OverflowError:
        return None
