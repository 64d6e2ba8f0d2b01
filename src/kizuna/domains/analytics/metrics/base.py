"""What a metric is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from kizuna.conditions.ast import EventMatch, Node
from kizuna.domains.analytics.contracts import Column, Figure, Shape, Text
from kizuna.domains.analytics.queries.ask import Ask

Group = Literal["behaviour", "customers", "products", "touchpoints"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a metric computed: the parts of an ``Answer`` that are its own."""

    columns: list[Column]
    rows: list[list[Any]]
    figures: list[Figure] = field(default_factory=list[Figure])


Cell = Mapping[str, Any]
"""A row of an answer by its columns' keys, with ``column``: the one that was chosen."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A plug-in. ``params`` is the shape of ``Query.params``; a ``DESCRIPTION`` of it is drawn as a form.

    ``compute(ask, params)`` gives the answer. ``check(params)`` raises ``Invalid`` for what no shape can say.
    ``people(ask, params, cell)`` gives profile keys of who is behind a cell. ``periods`` says whether the answer is
    by period: then incomplete ones are marked. ``whole_periods`` widens the range to whole ones.
    """

    key: str
    group: Group
    shape: Shape
    title: Text
    definition: Text
    params: type[msgspec.Struct]
    compute: Callable[[Ask, Any], Awaitable[Found]]
    check: Callable[[Any], None] | None = None
    people: Callable[[Ask, Any, Cell], Awaitable[Sequence[int]]] | None = None
    events: Callable[[Any], Sequence[EventMatch]] | None = None
    """The events that its params name: to say which of them nobody knows."""
    conditions: Callable[[Any], Mapping[str, Node]] | None = None
    """The conditions among its params by their place (``params.stages.0.condition``): they are checked, also for
    what whoever asks does not see."""
    periods: bool = False
    whole_periods: bool = False
    breaks_down: bool = True
    compares: bool = True
