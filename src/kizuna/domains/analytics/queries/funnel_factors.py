"""What the kernel of correlation reads of the lake: see ``kizuna.measures.funnel_factors``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kizuna.conditions.ast import EventMatch
from kizuna.conditions.compile_sql.dialects import DIALECTS
from kizuna.conditions.compile_sql.values import Document
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.funnels import Funnel, followed_of
from kizuna.domains.analytics.queries.names import count_names
from kizuna.domains.analytics.queries.rows import DEEDS, Rows, label_sql

VALUES_MAX, EVENTS_MAX = 25, 50


@dataclass(frozen=True, slots=True)
class Factor:
    """``kind`` is ``property``, ``trait`` or ``event``; the values are the most frequent, these first."""

    kind: str
    name: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class FactorRows:
    """``text`` over ``relations`` is what the kernel reads, ``followed`` what it is told."""

    text: str
    relations: Mapping[str, str]
    factors: Sequence[Factor]
    followed: dict[str, Any]


async def read_factors(
    ask: Ask, funnel: Funnel, properties: Sequence[str], traits: Sequence[str], *, events: bool
) -> FactorRows:
    rows = ask.rows(
        [*funnel.steps, *([EventMatch(None)] if events else [])],
        ask.periods.since_us,
        ask.periods.until_us + funnel.window_us,
    )
    rows.steps("bits")
    for number, path in enumerate(properties):
        rows.label(path, f"v{number}")
    if events:
        rows.add(f"CASE WHEN {DEEDS} THEN name END", "named")
    columns = [f"v{number}" for number in range(len(properties) + len(traits))]
    relations = {"told": _with_traits(ask, rows, traits, len(properties))}
    kinds = [("property", name) for name in properties] + [("trait", name) for name in traits]
    factors: list[Factor] = []
    for column, (kind, name) in zip(columns, kinds, strict=True):
        often = await count_names(ask, relations, column, "bits % 2 = 1")
        factors.append(Factor(kind, name, [one for one in often if one is not None][:VALUES_MAX]))
    named: list[str] = []
    if events:
        own = {step.name for step in funnel.steps}
        often = await count_names(ask, relations, "named")
        named = [one for one in often if one is not None and one not in own][:EVENTS_MAX]
        factors.append(Factor("event", "", named))
    steps = f"bits % {1 << len(funnel.steps)} <> 0"
    text = f"SELECT {', '.join(['profile_key', 'time_us', 'bits', *columns, *(['named'] if events else [])])} FROM told"
    followed = followed_of(ask, funnel) | {
        "values": tuple(tuple(one.values) for one in factors if one.kind != "event"),
        "events": tuple(named),
    }
    return FactorRows(f"{text} WHERE {steps}{' OR named IS NOT NULL' if events else ''}", relations, factors, followed)


def _with_traits(ask: Ask, rows: Rows, traits: Sequence[str], first: int) -> str:
    if not traits:
        return rows.write()
    dialect = ask.engine.name
    document = Document(DIALECTS[dialect], "traits", "doc")
    values = [label_sql(dialect, document.take((one,)).value) for one in traits]
    named = ", ".join(f"{value} AS v{first + number}" for number, value in enumerate(values))
    opened = f"SELECT profile_key AS labelled, {document.item()} FROM people"
    labels = f"SELECT labelled, {named} FROM ({opened}) AS o"
    columns = ", ".join(f"l.v{first + number}" for number in range(len(traits)))
    return f"SELECT r.*, {columns} FROM ({rows.write()}) AS r LEFT JOIN ({labels}) AS l ON l.labelled = r.profile_key"
