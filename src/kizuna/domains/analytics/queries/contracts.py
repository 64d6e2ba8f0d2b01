"""Contracts: from when to when each runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch, Name
from kizuna.conditions.compile_sql.dialects import DIALECTS
from kizuna.conditions.compile_sql.values import Document
from kizuna.conditions.moments import At, day_start_us, local_date
from kizuna.domains.analytics.contracts import BySegment
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.history import LONG_AGO_US
from kizuna.domains.analytics.queries.labels import Labels, fold_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPOCH = date(1970, 1, 1)
RUNNING = 1 << 40
"""The day on which a contract ends that does not."""


class ContractParams(Struct, frozen=True, forbid_unknown_fields=True):
    """A contract runs from ``start`` to the next ``end``; further starts while it runs are none. With ``end_trait`` it
    runs to the day that this trait of the person says, and each person has one. ``contracts``: the first one of each
    person only, or all of them. ``period`` is from one renewal to the next; so many ``periods`` are shown and
    foretold."""

    start: EventMatch = EventMatch("Subscription Started")
    end: EventMatch = EventMatch("Subscription Cancelled")
    end_trait: Name | None = None
    contracts: Literal["first", "all"] = "first"
    period: Literal["week", "month", "year"] = "month"
    periods: Annotated[int, Meta(ge=2, le=120)] = 24


@dataclass(frozen=True, slots=True)
class Contracts:
    """Those that began in the range. Days are counted from 1970 in the zone of the question, up to ``today``; ``label``
    is the place of each one's label in ``labels``."""

    keys: NDArray[Any]
    starts: NDArray[Any]
    ends: NDArray[Any]
    label: NDArray[Any]
    labels: list[str | None]
    today: int

    def __len__(self) -> int:
        return len(self.keys)


# Of what happens at one instant the end comes first: who changes a contract ends one and begins another.
_MARKED = """
    SELECT profile_key, label, time_us, day, message_id, kind,
        lag(kind) OVER (PARTITION BY {person} ORDER BY time_us, kind, message_id) AS before
    FROM ({rows}) AS r
"""

_CONTRACTS = """
    SELECT profile_key, label, start_us, start_day, CAST({end_day} AS BIGINT) AS end_day
    FROM (
        SELECT profile_key, label, kind, time_us AS start_us, day AS start_day,
            lead(day) OVER (PARTITION BY {person} ORDER BY time_us, kind, message_id) AS next_day,
            row_number() OVER (PARTITION BY {person}, kind ORDER BY time_us, message_id) AS number
        FROM ({marked}) AS m
        WHERE (kind = 1 AND coalesce(before, 0) = 0) OR (kind = 0 AND before = 1)
    ) AS c{ended}
    WHERE kind = 1{first} AND start_us >= {since_us} AND start_us < {until_us}
    ORDER BY profile_key, start_us, label
"""


async def read_contracts(ask: Ask, params: ContractParams) -> Contracts:
    """As of now, also of what happened after the range."""
    import numpy as np

    day, labels, first = await _tell(ask, params)
    trait = params.end_trait is not None
    found = await ask.select(
        _CONTRACTS.format(
            marked=_MARKED.format(person=_person(ask), rows=_rows(ask)),
            person=_person(ask),
            end_day=f"ended_day - {first}" if trait else "next_day",
            ended=" LEFT JOIN ended ON ended_key = profile_key" if trait else "",
            first=" AND number = 1" if params.contracts == "first" or trait else "",
            since_us=ask.periods.since_us,
            until_us=ask.periods.until_us,
        ),
        {**labels.relations, **_ended(ask, params)},
        labels.tables,
    )
    starts = found.column("start_day").to_numpy().astype(np.int64) + first
    ends = found.column("end_day").fill_null(RUNNING - first).to_numpy().astype(np.int64) + first
    places = {label: place for place, label in enumerate(labels.values)}
    codes = np.array([places[label] for label in found.column("label").to_pylist()], np.int64)
    keys = found.column("profile_key").to_numpy()
    return Contracts(keys, starts, ends, codes, list(labels.values), first + day)


async def _tell(ask: Ask, params: ContractParams) -> tuple[int, Labels, int]:
    """The number of today's day, rows with their labels, and the first day there is, from 1970."""
    matches = [params.start, params.end]
    looked = ask.rows(matches, LONG_AGO_US, ask.at.now_us + 1)
    looked.add(looked.flag(0), "began")
    least = await ask.select("SELECT min(time_us) AS first_us FROM told WHERE began", {"told": looked.write()})
    first_us = least.column("first_us")[0].as_py()
    today = local_date(ask.at)
    first = today if first_us is None else local_date(At(first_us, ask.at.zone))
    count = (today - first).days + 1
    bounds = [day_start_us(date.fromordinal(first.toordinal() + day), ask.at.zone) for day in range(count + 1)]
    rows = ask.rows(matches, bounds[0], ask.at.now_us + 1)
    rows.add(rows.flag(0), "began")
    rows.add("false" if params.end_trait else f"({rows.flag(1)} AND NOT {rows.flag(0)})", "ended_now")
    rows.add("message_id", "message_id")
    rows.bucket(bounds, "day")
    return count - 1, await fold_labels(ask, ask.tell(rows), "began"), (first - EPOCH).days


def _rows(ask: Ask) -> str:
    """Starts and ends. Who is in two segments that stand together as "other" is in it once; of other labels that of the
    start counts."""
    columns = "profile_key, label, time_us, day, message_id, CASE WHEN began THEN 1 ELSE 0 END AS kind"
    distinct = "DISTINCT " if isinstance(ask.query.breakdown, BySegment) else ""
    return f"SELECT {distinct}{columns} FROM told WHERE began OR ended_now"


def _person(ask: Ask) -> str:
    return "profile_key, label" if isinstance(ask.query.breakdown, BySegment) else "profile_key"


def _ended(ask: Ask, params: ContractParams) -> Mapping[str, str]:
    """Who has a day in the trait, as days from 1970."""
    if params.end_trait is None:
        return {}
    sql = DIALECTS[ask.engine.name]
    document = Document(sql, "traits", "doc")
    said = sql.read(document.take((params.end_trait,)).value, "text")
    opened = f"SELECT profile_key AS ended_key, {document.item()} FROM people"
    return {"ended": f"SELECT ended_key, {sql.days(f'substr({said}, 1, 10)')} AS ended_day FROM ({opened}) AS o"}
