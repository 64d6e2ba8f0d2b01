"""Fields of customers' data, as the domains that keep them tell those who decide who may see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from kizuna.kernel.context import Actor, Context, Runtime

FieldKind = Literal["trait", "identifier", "property"]
"""A trait by its name, an identifier by its type, a property of events by its path (``a.b``, ``a[].b``;
in the context of events ``context.a``)."""


@dataclass(frozen=True, slots=True)
class SeenField:
    """A field that the workspace's data has; ``where`` are the events that carry it, most frequent first."""

    kind: FieldKind
    name: str
    where: tuple[str, ...] = ()


FieldFinder = Callable[["Context"], Awaitable[list[SeenField]]]
"""Tells a bounded number of fields that a domain has seen."""

LiveView = Callable[["Runtime", int, "Actor", Any], Awaitable[Any]]
"""(runtime, workspace id, who watches, message) → the message as they may see it."""
