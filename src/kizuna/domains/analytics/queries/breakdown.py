"""Breakdowns: the rows of a question with a text by which they are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kizuna.conditions.ast import EventMatch
from kizuna.conditions.compile_sql.dialects import DIALECTS
from kizuna.conditions.compile_sql.values import Document
from kizuna.domains.analytics.contracts import Breakdown, ByProperty, BySegment, ByTouchpoint, ByTrait
from kizuna.domains.analytics.queries.elements import is_of_elements
from kizuna.domains.analytics.queries.rows import Rows, label_sql
from kizuna.kernel.engine import Dialect

SEGMENT_MEMBERS = "label_members"
"""Table (segment_id, profile_key) that ``BySegment`` reads."""


@dataclass(frozen=True, slots=True)
class Told:
    """``relations`` end with ``told``: the rows with ``label``, a text that may be NULL.

    ``of_people`` says that all rows of one person have the same label, or the same set of labels.
    """

    relations: Mapping[str, str] = field(default_factory=dict[str, str])
    of_people: bool = False


def is_by_elements(by: Breakdown | None) -> bool:
    """Whether an event may have several labels, as the things in an order."""
    return isinstance(by, ByProperty) and is_of_elements(by.property)


def tell(dialect: Dialect, rows: Rows, by: Breakdown | None) -> Told:
    """Ends the building of ``rows``."""
    sql = DIALECTS[dialect]
    match by:
        case None:
            rows.add("CAST(NULL AS STRING)", "label")
            return Told({"told": rows.write()}, of_people=True)
        case ByProperty():
            rows.label(by.property)
            return Told({"told": rows.write()})
        case ByTouchpoint():
            rows.add("touchpoint", "label")
            return Told({"told": rows.write()})
        case BySegment():
            listed = ", ".join(sql.whole(one) for one in by.segments)
            label = "CAST(segment_id AS STRING) AS label"
            chosen = f"{SEGMENT_MEMBERS} WHERE segment_id IN ({listed})"
            labels = f"SELECT DISTINCT profile_key AS labelled, {label} FROM {chosen}"
            told = f"SELECT r.*, l.label FROM ({rows.write()}) AS r JOIN ({labels}) AS l ON l.labelled = r.profile_key"
            return Told({"told": told}, of_people=True)
        case ByTrait(at="now"):
            document = Document(sql, "traits", "doc")
            value = document.take((by.trait,)).value
            opened = f"SELECT profile_key AS labelled, {document.item()} FROM people"
            labels = f"SELECT labelled, {label_sql(dialect, value)} AS label FROM ({opened}) AS o"
            joined = f"({rows.write()}) AS r LEFT JOIN ({labels}) AS l ON l.labelled = r.profile_key"
            told = f"SELECT r.*, l.label FROM {joined}"
            return Told({"told": told}, of_people=True)
        case ByTrait():
            return Told({"told": _as_it_was(dialect, rows, by.trait)})


def _as_it_was(dialect: Dialect, rows: Rows, trait: str) -> str:
    """Each row with what the last ``identify`` at or before it said of the trait."""
    said = Rows(dialect, rows.at, [EventMatch(None)], -(1 << 50), rows.until_us, rows.crowd)
    said.label(trait, "said")
    said.add("type", "kind")
    columns = [column.rpartition(" AS ")[2] for column in rows.columns]
    empty = "".join(f", NULL AS {name}" for name in columns)
    asked = "".join(f", {name}" for name in columns)
    union = (
        f"SELECT profile_key, time_us, 1 AS is_row, CAST(NULL AS STRING) AS said{asked} FROM ({rows.write()}) AS r "
        f"UNION ALL SELECT profile_key, time_us, 0 AS is_row, said{empty} "
        f"FROM ({said.write()}) AS s WHERE kind = 'identify' AND said IS NOT NULL"
    )
    # The last one at the same instant counts as well; of several at one instant the greatest, so that all agree.
    last = (
        "last_value(said) IGNORE NULLS OVER (PARTITION BY profile_key ORDER BY time_us, is_row, said "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        if dialect == "spark"
        else "last_value(said IGNORE NULLS) OVER (PARTITION BY profile_key ORDER BY time_us, is_row, said "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    )
    labelled = f"SELECT *, {last} AS label FROM ({union}) AS u"
    return f"SELECT profile_key, time_us{asked}, label FROM ({labelled}) AS l WHERE is_row = 1"
