"""Tests of a value as SQL. Every test is true or false, never NULL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kizuna.conditions.ast import (
    Anniversary,
    Between,
    Contains,
    Dated,
    EndsWith,
    Exists,
    Has,
    In,
    Is,
    Scalar,
    StartsWith,
    Test,
)
from kizuna.conditions.compile_sql.calendar import Bounds, bounds_of, by_zone, days_round, is_date, is_dated
from kizuna.conditions.compile_sql.dialects import EACH, Dialect, Kind, Path
from kizuna.conditions.fold import fold
from kizuna.conditions.moments import At
from kizuna.conditions.values import MILLIONTHS_MAX, as_double, split_path

Predicate = Callable[[str], str]


@dataclass(frozen=True)
class Source:
    """One JSON value, or a list of them of which one must pass."""

    sql: Dialect
    value: str
    many: bool = False

    def any(self, kind: Kind, predicate: Predicate) -> str:
        if self.many:
            return self.sql.any_of(self.value, kind, "v", predicate("v"))
        return f"coalesce({predicate(self.sql.read(self.value, kind))}, false)"


@dataclass
class Document:
    """A JSON column of a relation, read once a row under a new name, for all that is asked of it."""

    sql: Dialect
    column: str
    name: str
    paths: list[Path] = field(default_factory=list[Path])

    def item(self, gate: str | None = None) -> str:
        """For the SELECT that the column is read in. ``gate`` says for which rows."""
        opened = self.sql.open(self.column, self.paths)
        return f"{opened if gate is None else f'CASE WHEN {gate} THEN {opened} END'} AS {self.name}"

    def take(self, path: Path) -> Source:
        """What stands at a path: one value, or a list where the path says ``EACH``."""
        cut = path.index(EACH) if EACH in path else len(path)
        keys, rest = path[:cut], path[cut:]
        if keys not in self.paths:
            self.paths.append(keys)
        found = self.sql.picked(self.name, keys, self.paths.index(keys))
        return Source(self.sql, self.sql.elements(found, rest), True) if rest else Source(self.sql, found)


def property_path(name: str) -> Path:
    """``a[].b`` as a path."""
    return tuple(step for key, each in split_path(name) for step in ((key, EACH) if each else (key,)))


@dataclass
class DateSql:
    """How tests of dates get their bounds: literals, where the zone is the workspace's."""

    sql: Dialect
    at: At

    def dated(self, test: Dated) -> Predicate:
        bounds = bounds_of(test, self.at, self.at.zone)
        return lambda text: is_dated(self.sql, text, *bounds_sql(self.sql, bounds))

    def round(self, test: Anniversary) -> Predicate:
        days = days_round(test, self.at, self.at.zone)
        return lambda text: f"({is_date(self.sql, text)} AND {_in_days(self.sql, text, days)})"


def bounds_sql(sql: Dialect, bounds: Bounds) -> tuple[str, str, str, str]:
    return (
        sql.whole(bounds.since_us),
        sql.whole(bounds.until_us),
        sql.text(bounds.since_day),
        sql.text(bounds.until_day),
    )


def _in_days(sql: Dialect, text: str, days: Sequence[str]) -> str:
    return f"substr({text}, 6, 5) IN ({sql.texts(days)})" if days else "false"


@dataclass
class ZonedDateSql(DateSql):
    """As ``DateSql``, but where the zone is the person's, bounds come from tables that are joined by zone."""

    zone: str
    """The person's trait as text."""
    joins: list[str] = field(default_factory=list[str])

    def dated(self, test: Dated) -> Predicate:
        if test.zone == "workspace":
            return super().dated(test)
        own, others = by_zone(self.at, lambda zone: bounds_of(test, self.at, zone))
        if not others:
            return super().dated(test)
        names = ("since_us", "until_us", "since_day", "until_day")
        alias = self._join(names, {zone: bounds_sql(self.sql, bounds) for zone, bounds in others.items()})
        pairs = zip(names, bounds_sql(self.sql, own), strict=True)
        columns = [f"coalesce({alias}.{name}, {value})" for name, value in pairs]
        return lambda text: is_dated(self.sql, text, *columns)

    def round(self, test: Anniversary) -> Predicate:
        if test.zone == "workspace":
            return super().round(test)
        own, others = by_zone(self.at, lambda zone: days_round(test, self.at, zone))
        kinds = list(dict.fromkeys(others.values()))
        if not kinds:
            return super().round(test)
        alias = self._join(("days",), {zone: (self.sql.whole(kinds.index(days)),) for zone, days in others.items()})

        def comes_round(text: str) -> str:
            whens = [f"WHEN {number} THEN {_in_days(self.sql, text, days)}" for number, days in enumerate(kinds)]
            chosen = f"CASE {alias}.days {' '.join(whens)} ELSE {_in_days(self.sql, text, own)} END"
            return f"({is_date(self.sql, text)} AND {chosen})"

        return comes_round

    def _join(self, columns: Sequence[str], rows: dict[str, tuple[str, ...]]) -> str:
        alias = f"z{len(self.joins)}"
        values = ", ".join(f"({', '.join((self.sql.text(zone), *row))})" for zone, row in rows.items())
        table = f"(VALUES {values}) AS {alias}(zone, {', '.join(columns)})"
        self.joins.append(f"LEFT JOIN {table} ON {alias}.zone = {self.zone}")
        return alias


def test_sql(test: Test, source: Source, path_of: Callable[[], Source], dates: DateSql) -> str:
    """Whether a value, or one of several, passes. ``path_of`` gives the elements of the lists that stand there."""
    sql = source.sql
    match test:
        case Exists():
            return source.any("value", lambda value: f"{value} IS NOT NULL")
        case Is():
            return _equals(source, [test.value])
        case In():
            return _equals(source, test.values)
        case Has():
            return _equals(path_of(), test.values)
        case Contains():
            return source.any("folded", lambda text: sql.contains(text, fold(test.value)))
        case StartsWith():
            return source.any("folded", lambda text: sql.starts_with(text, fold(test.value)))
        case EndsWith():
            return source.any("folded", lambda text: sql.ends_with(text, fold(test.value)))
        case Between():
            return source.any("number", lambda number: _between(sql, number, test))
        case Dated():
            return source.any("text", dates.dated(test))
        case Anniversary():
            return source.any("text", dates.round(test))


test_sql.__test__ = False  # pyright: ignore[reportFunctionMemberAccess]  # pytest would take it for a test


def _equals(source: Source, wanted: Sequence[Scalar]) -> str:
    sql = source.sql
    texts = sorted({fold(one) for one in wanted if isinstance(one, str)})
    truths = sorted({one for one in wanted if isinstance(one, bool)})
    numbers = sorted({double for one in wanted if (double := as_double(one)) is not None})
    parts: list[str] = []
    if texts:
        parts.append(source.any("folded", lambda text: f"{text} IN ({sql.texts(texts)})"))
    if truths:
        parts.append(source.any("truth", lambda truth: f"{truth} IN ({', '.join(str(one).lower() for one in truths)})"))
    if numbers:
        listed = ", ".join(map(sql.number, numbers))
        parts.append(source.any("number", lambda number: f"{number} IN ({listed})"))
    return f"({' OR '.join(parts)})" if parts else "false"


def _between(sql: Dialect, number: str, test: Between) -> str:
    strict = "" if test.open else "="
    parts = [f"{number} IS NOT NULL"]
    if test.low is not None:
        parts.append(f"{number} >{strict} {sql.number(test.low)}")
    if test.high is not None:
        parts.append(f"{number} <{strict} {sql.number(test.high)}")
    return f"({' AND '.join(parts)})"


# --- what is measured -------------------------------------------------------------------------------


def millionths_sql(sql: Dialect, number: str) -> str:
    """As ``kizuna.conditions.values.millionths``."""
    whole = f"floor({number} * {sql.number(1e6)} + {sql.number(0.5)})"
    near = f"abs({number}) <= {sql.number(1e10)} AND abs({whole}) <= {sql.number(float(MILLIONTHS_MAX))}"
    return f"CASE WHEN {near} THEN CAST({whole} AS BIGINT) END"


def distinct_sql(sql: Dialect, value: str) -> str:
    """A value as text that tells different ones apart, with their type; NULL for what is not counted."""
    # Zero is added for -0.0, which is 0.
    number = f"'n' || CAST({sql.read(value, 'number')} + {sql.number(0.0)} AS STRING)"
    truth = f"'b' || CAST({sql.read(value, 'truth')} AS STRING)"
    return f"coalesce('t' || {sql.read(value, 'text')}, {number}, {truth})"
