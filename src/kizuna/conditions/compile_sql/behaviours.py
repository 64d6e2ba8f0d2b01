"""Leaves about events: each becomes a named SELECT with one row a person, and an expression over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kizuna.conditions.ast import Compare, Did, EventMatch, Measure, Occurrence, Sequence, Unfollowed
from kizuna.conditions.compile_sql.dialects import Dialect
from kizuna.conditions.compile_sql.events import Question, Scan
from kizuna.conditions.compile_sql.values import Source, distinct_sql, millionths_sql
from kizuna.conditions.evaluate import round_millionths
from kizuna.conditions.moments import FAR_US, At, window_us

_SUM_MAX = 10**24
"""More than any sum of millionths can be, and still within 38 digits when it is multiplied with a count."""

_SIGNS: dict[Compare, str] = {"at_least": ">=", "at_most": "<=", "exactly": "="}


@dataclass
class Answers:
    """Named SELECTs, and of each leaf (by its canonical text) an expression that is true or false."""

    ctes: dict[str, str] = field(default_factory=dict[str, str])
    holds: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, sql: str) -> str:
        name = f"b{len(self.ctes)}"
        self.ctes[name] = sql
        return name


def answer_behaviours(question: Question, leaves: dict[str, Did | Occurrence | Sequence | Unfollowed]) -> Answers:
    answers = Answers()
    counted: dict[str | None, dict[str, Did | Occurrence]] = defaultdict(dict)
    for key, leaf in leaves.items():
        if isinstance(leaf, Did | Occurrence):
            counted[leaf.event.name][key] = leaf
        elif isinstance(leaf, Sequence):
            answers.holds[key] = _is_in(answers.add(_sequence_sql(question, leaf)))
        else:
            answers.holds[key] = _is_in(answers.add(_unfollowed_sql(question, leaf)))
    for name, same in counted.items():
        _answer_counted(question, name, same, answers)
    return answers


def _is_in(name: str) -> str:
    return f"{name}.profile_key IS NOT NULL"


# --- counts, measures, first and last ---------------------------------------------------------------


@dataclass(frozen=True)
class _Held:
    """Whether a leaf holds, as an aggregate, and whether it holds for whom there is no event at all."""

    sql: str
    of_none: bool


def _answer_counted(
    question: Question, name: str | None, leaves: dict[str, Did | Occurrence], answers: Answers
) -> None:
    """All in one reading of the event: it is the reading that costs."""
    spans = [_span(leaf, question.at) for leaf in leaves.values()]
    since_us, until_us = min(since for since, _ in spans), max(until for _, until in spans)
    scan = Scan(question, None if name is None else (name,), since_us, until_us)
    held = [_did(scan, leaf) if isinstance(leaf, Did) else _occurrence(scan, leaf) for leaf in leaves.values()]
    columns = [f"{one.sql} AS h{number}" for number, one in enumerate(held)]
    grouped = f"SELECT profile_key, {', '.join(columns)} FROM ({scan.write()}) AS e GROUP BY profile_key"
    # Only of whom something else holds than of those without events.
    telling = [f"NOT h{number}" if one.of_none else f"h{number}" for number, one in enumerate(held)]
    cte = answers.add(f"SELECT * FROM ({grouped}) AS g WHERE {' OR '.join(telling)}")
    for number, (key, one) in enumerate(zip(leaves, held, strict=True)):
        answers.holds[key] = f"coalesce({cte}.h{number}, {str(one.of_none).lower()})"


def _span(leaf: Did | Occurrence, at: At) -> tuple[int, int]:
    return window_us(leaf.window, at) if isinstance(leaf, Did) else (-FAR_US, at.now_us + 1)


def _did(scan: Scan, leaf: Did) -> _Held:
    since_us, until_us = window_us(leaf.window, scan.question.at)
    meant = scan.flag(leaf.event, since_us, until_us)
    measure = leaf.measure
    if measure.of == "count" or (measure.of == "distinct" and measure.property is None):
        counted = f"count(CASE WHEN {meant} THEN 1 END)" if measure.of == "count" else "0"
        return _compared(leaf, counted, scan.question.sql)
    if measure.property is None:
        return _measured(leaf, "NULL", "0", scan.question.sql)
    source = scan.value(leaf.event, since_us, until_us, measure.property)
    if measure.of == "distinct":
        return _compared(leaf, _count_distinct(scan, meant, source), scan.question.sql)
    return _measured(leaf, *_reduce(scan, meant, measure, source), scan.question.sql)


def _count_distinct(scan: Scan, meant: str, source: Source) -> str:
    sql = scan.question.sql
    if not source.many:
        value = scan.add(distinct_sql(sql, source.value))
        return f"count(DISTINCT CASE WHEN {meant} THEN {value} END)"
    values = scan.add(sql.each(source.value, "v", distinct_sql(sql, "v")))
    return sql.distinct_in(f"CASE WHEN {meant} THEN {values} END")


def _compared(leaf: Did, counted: str, sql: Dialect) -> _Held:
    held = f"{counted} {_SIGNS[leaf.compare]} {sql.number(leaf.value)}"
    return _Held(held, _compares(leaf.compare, leaf.value))


def _compares(compare: Compare, wanted: float) -> bool:
    """Whether nought compares."""
    return wanted <= 0 if compare == "at_least" else wanted >= 0 if compare == "at_most" else wanted == 0


def _reduce(scan: Scan, meant: str, measure: Measure, source: Source) -> tuple[str, str]:
    """The measure and the count of values, as aggregates; a list is reduced event by event."""
    sql = scan.question.sql
    if source.many:
        values = scan.add(sql.each(source.value, "v", millionths_sql(sql, sql.read("v", "number"))))
        how = "least" if measure.of == "min" else "greatest"
        one = sql.total(values) if measure.of in ("sum", "average") else sql.call(how, values)
        counted = f"sum(CASE WHEN {meant} THEN {sql.call('size', values)} END)"
    else:
        one = scan.add(millionths_sql(sql, sql.read(source.value, "number")))
        counted = f"count(CASE WHEN {meant} THEN {one} END)"
    if measure.of in ("min", "max"):
        return f"{measure.of}(CASE WHEN {meant} THEN {one} END)", counted
    return f"sum(CASE WHEN {meant} THEN CAST({one} AS {sql.huge}) END)", counted


def _measured(leaf: Did, value: str, counted: str, sql: Dialect) -> _Held:
    wanted = max(-_SUM_MAX, min(_SUM_MAX, round_millionths(leaf.value)))
    sign, literal = _SIGNS[leaf.compare], f"CAST('{wanted}' AS {sql.huge})"
    if leaf.measure.of == "sum":
        return _Held(f"coalesce({value}, 0) {sign} {literal}", _compares(leaf.compare, wanted))
    if leaf.measure.of == "average":
        # Multiplied out, for a quotient of whole numbers would be rounded.
        literal = f"{literal} * {counted}"
    return _Held(f"coalesce({counted} > 0 AND {value} {sign} {literal}, false)", False)


def _occurrence(scan: Scan, leaf: Occurrence) -> _Held:
    """The first event that passes is no later than the first of all."""
    at = scan.question.at
    since_us, until_us = window_us(leaf.window, at)
    pick, whole = "min" if leaf.which == "first" else "max", scan.question.sql.whole
    of_all = f"{pick}(CASE WHEN {scan.flag(leaf.event, -FAR_US, at.now_us + 1)} THEN time_us END)"
    inside = f"{of_all} >= {whole(since_us)} AND {of_all} < {whole(until_us)}"
    if leaf.having:
        passing = scan.flag(leaf.event, -FAR_US, at.now_us + 1, leaf.having)
        inside += f" AND {pick}(CASE WHEN {passing} THEN time_us END) = {of_all}"
    return _Held(f"coalesce({inside}, false)", False)


# --- sequences ----------------------------------------------------------------------------------------


def _names(matches: Iterable[EventMatch]) -> tuple[str, ...] | None:
    names = [one.name for one in matches]
    known = [name for name in names if name is not None]
    return tuple(sorted(set(known))) if len(known) == len(names) else None


def _sequence_sql(question: Question, leaf: Sequence) -> str:
    """Step by step, for each event the latest start of a chain that ends there: a later start leaves more time."""
    since_us, until_us = window_us(leaf.window, question.at)
    scan = Scan(question, _names(leaf.steps), since_us, until_us)
    steps = [scan.flag(step, since_us, until_us) for step in leaf.steps]
    # Spark has no EXCLUDE CURRENT ROW: rows are numbered, so that "all others until now" can be said.
    number = "row_number() OVER (PARTITION BY profile_key ORDER BY time_us) AS place"
    start = f"CASE WHEN {steps[0]} THEN time_us END AS start_us"
    chain = f"SELECT *, {number}, {start} FROM ({scan.write()}) AS e WHERE {' OR '.join(steps)}"
    for at, step in enumerate(steps[1:], 1):
        longest = _LATEST_OF_OTHERS if _may_be_same(leaf.steps[at - 1], leaf.steps[at]) else _LATEST
        kept = ", ".join(("profile_key", "time_us", "place", *steps[at + 1 :]))
        chain = f"SELECT {kept}, CASE WHEN {step} THEN {longest} END AS start_us FROM ({chain}) AS e"
    within = question.sql.whole(leaf.within.us)
    return f"SELECT DISTINCT profile_key FROM ({chain}) AS e WHERE time_us - start_us <= {within}"


# Events at the same instant count in either order.
_LATEST = """
    max(start_us) OVER (PARTITION BY profile_key ORDER BY time_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
"""
_LATEST_OF_OTHERS = """
    greatest(
        max(start_us) OVER (PARTITION BY profile_key ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        max(start_us) OVER (
            PARTITION BY profile_key, time_us ORDER BY place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        )
    )
"""


def _may_be_same(one: EventMatch, other: EventMatch) -> bool:
    return one.name is None or other.name is None or one.name == other.name


def _unfollowed_sql(question: Question, leaf: Unfollowed) -> str:
    at, whole = question.at, question.sql.whole
    since_us, until_us = window_us(leaf.window, at)
    scan = Scan(question, _names((leaf.first, leaf.then)), since_us, at.now_us + 1)
    first = scan.flag(leaf.first, since_us, min(until_us, at.now_us - leaf.within.us))
    then = scan.flag(leaf.then, since_us, at.now_us + 1)
    within = f"RANGE BETWEEN CURRENT ROW AND {whole(leaf.within.us)} FOLLOWING"
    # With those at the same instant, and with itself.
    followed = f"count(CASE WHEN {then} THEN 1 END) OVER (PARTITION BY profile_key ORDER BY time_us {within})"
    seen = f"SELECT * FROM ({scan.write()}) AS e WHERE {first} OR {then}"
    counted = f"SELECT profile_key, {first} AS first, {then} AS own, {followed} AS followed FROM ({seen}) AS e"
    unfollowed = "first AND followed = CASE WHEN own THEN 1 ELSE 0 END"
    return f"SELECT DISTINCT profile_key FROM ({counted}) AS e WHERE {unfollowed}"
