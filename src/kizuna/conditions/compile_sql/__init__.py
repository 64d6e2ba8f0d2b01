"""A condition as one SELECT over a lake, for DuckDB and for Spark.

It gives the ``profile_key`` of everybody for whom the condition holds, once, and reads these relations:

- ``people(profile_key BIGINT, traits JSON text, identifiers JSON text)``: everybody; ``not`` is the rest of them.
- ``happenings(profile_key, name, time TIMESTAMPTZ, time_us BIGINT, month, touchpoint, properties JSON text)``:
  ``time_us`` is ``time`` in microseconds since 1970, ``month`` its month in UTC, ``YYYY-MM``.
- ``consented(purpose, channel, profile_key)``, ``members(segment_id, profile_key)`` and
  ``facts(name, profile_key, value JSON text)``: only where ``Needs`` says so.

The engine has the functions ``kizuna_fold(text)``, which is ``kizuna.conditions.fold.fold``, and on Spark
``kizuna_folds(array of text)``, which folds each; sessions are in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kizuna.conditions.ast import (
    BEHAVIOURS,
    Consents,
    Did,
    EventMatch,
    Fact,
    InSegment,
    Leaf,
    Node,
    Occurrence,
    Sequence,
    leaves,
)
from kizuna.conditions.compile_sql.dialects import DIALECTS
from kizuna.conditions.compile_sql.statement import sampled_sql, write_statement
from kizuna.conditions.moments import At

__all__ = ["Compiled", "Needs", "compile_sql", "sampled_sql"]


@dataclass(frozen=True)
class Needs:
    """What the caller must give beside the lake's relations."""

    consents: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """(purpose, channel)"""
    segments: set[int] = field(default_factory=set[int])
    facts: set[str] = field(default_factory=set[str])


@dataclass(frozen=True)
class Compiled:
    sql: str
    needs: Needs
    events: frozenset[str] | None
    """The names of events that are read; None for all."""


def compile_sql(
    node: Node, at: At, dialect: Literal["duckdb", "spark"] = "duckdb", *, sample: tuple[int, int] | None = None
) -> Compiled:
    """The statement for a moment. ``sample`` (numerator, denominator) looks at that share of people only, always
    the same ones. Raises ``ValueError`` for days that do not exist, which ``check`` refuses."""
    every = leaves(node)
    return Compiled(write_statement(node, at, DIALECTS[dialect], sample), _needs(every), _events(every))


def _needs(every: list[Leaf]) -> Needs:
    return Needs(
        {(one.purpose, one.channel) for one in every if isinstance(one, Consents)},
        {one.id for one in every if isinstance(one, InSegment)},
        {one.name for one in every if isinstance(one, Fact)},
    )


def _events(every: list[Leaf]) -> frozenset[str] | None:
    names = {match.name for one in every if isinstance(one, BEHAVIOURS) for match in _matches(one)}
    return None if None in names else frozenset(name for name in names if name is not None)


def _matches(leaf: Leaf) -> list[EventMatch]:
    if isinstance(leaf, Did | Occurrence):
        return [leaf.event]
    if isinstance(leaf, Sequence):
        return leaf.steps
    return [leaf.first, leaf.then] if isinstance(leaf, BEHAVIOURS) else []
