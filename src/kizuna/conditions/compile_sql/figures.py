"""A figure of everybody as one SELECT over a lake, for DuckDB."""

from __future__ import annotations

from kizuna.conditions.compile_sql.dialects import DIALECTS, Dialect
from kizuna.conditions.compile_sql.events import Question, Scan
from kizuna.conditions.compile_sql.values import distinct_sql, millionths_sql
from kizuna.conditions.figure import LIST_MAX, NUMBER_KINDS, PROPERTY_KINDS, VALUE_CHARS_MAX, Figure
from kizuna.conditions.moments import At, window_us

# Sums are wider than 64 bits, and go as text. Of values at the same instant, or as often, the greater text
# counts, so that the order in which files are read never matters.
_OF_EVENTS = {
    "count": "count(*)",
    "first_time": "min(time_us)",
    "last_time": "max(time_us)",
    "days_since_first": "min(time_us)",
    "days_since_last": "max(time_us)",
}
_OF_VALUES = {
    "sum": "CAST(sum(CAST(value AS HUGEINT)) AS VARCHAR)",
    "average": "CAST(sum(CAST(value AS HUGEINT)) AS VARCHAR)",
    "min": "min(value)",
    "max": "max(value)",
    "unique_count": "count(DISTINCT value)",
    "first": "arg_min(value, {'a': time_us, 'b': value})",
    "last": "arg_max(value, {'a': time_us, 'b': value})",
}
_OF_COUNTED = {
    "most_frequent": "arg_max(value, {'a': n, 'b': last_us, 'c': value})",
    "unique_list": f"list(value ORDER BY last_us DESC, value)[1:{LIST_MAX}]",
}
_COUNTED = (
    "SELECT profile_key, value, count(*) AS n, max(time_us) AS last_us FROM ({rows}) AS r GROUP BY profile_key, value"
)


def figure_sql(figure: Figure, at: At) -> str:
    """SELECT of ``profile_key``, ``amount`` and ``n``, of everybody who has the figure: ``figure.value_of`` makes a
    value of the amount; of an average the amount is the sum, and ``n`` the number of values."""
    since_us, until_us = window_us(figure.window, at)
    name = figure.event.name
    scan = Scan(Question(DIALECTS["duckdb"], at, None), None if name is None else (name,), since_us, until_us)
    meant = scan.flag(figure.event, since_us, until_us)
    if figure.kind not in PROPERTY_KINDS:
        return _grouped(
            _OF_EVENTS[figure.kind], f"SELECT profile_key, time_us FROM ({scan.write()}) AS e WHERE {meant}"
        )
    rows = _values(figure, scan, meant, since_us, until_us)
    if figure.kind in _OF_COUNTED:
        return _grouped(_OF_COUNTED[figure.kind], _COUNTED.format(rows=rows))
    return _grouped(_OF_VALUES[figure.kind], rows)


def _grouped(amount: str, rows: str) -> str:
    return f"SELECT profile_key, {amount} AS amount, count(*) AS n FROM ({rows}) AS r GROUP BY profile_key"


def _values(figure: Figure, scan: Scan, meant: str, since_us: int, until_us: int) -> str:
    """SELECT of ``profile_key``, ``time_us`` and ``value``, a row for each value."""
    sql = scan.question.sql
    source = scan.value(figure.event, since_us, until_us, figure.property or "")
    kept = "value IS NOT NULL"
    if figure.kind not in NUMBER_KINDS and figure.kind != "unique_count":
        kept += f" AND length(value) <= {VALUE_CHARS_MAX + 1}"
    if source.many:
        value = f"unnest({scan.add(sql.each(source.value, 'v', _value(figure, sql, 'v')))})"
    else:
        value = scan.add(_value(figure, sql, source.value))
    rows = f"SELECT profile_key, time_us, {value} AS value FROM ({scan.write()}) AS e WHERE {meant}"
    return f"SELECT * FROM ({rows}) AS v WHERE {kept}"


def _value(figure: Figure, sql: Dialect, value: str) -> str:
    return millionths_sql(sql, sql.read(value, "number")) if figure.kind in NUMBER_KINDS else distinct_sql(sql, value)
