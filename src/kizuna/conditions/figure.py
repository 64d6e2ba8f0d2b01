"""Figures about a person: what a computed trait says.

A figure is worked out over the events that match within a window, up to now. Whoever has no such event, or none
with a value where a property is asked for, has no figure: not nought. Numbers are taken in whole millionths, as
``ast.Measure`` does; list elements (``a[].b``) count one by one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from msgspec import Struct

from kizuna.conditions.ast import EVER, Did, EventMatch, Measure, Name, Window
from kizuna.conditions.live.feeds import live_reasons
from kizuna.conditions.moments import At, from_us, local_date

FigureKind = Literal[
    "count",
    "sum",
    "average",
    "min",
    "max",
    "unique_count",
    "first_time",
    "last_time",
    "most_frequent",
    "first",
    "last",
    "unique_list",
    "days_since_first",
    "days_since_last",
]

LIVE_KINDS = frozenset({"count", "sum", "average", "min", "max", "unique_count", "first_time", "last_time"})
"""Those that can follow events one by one."""
NUMBER_KINDS = frozenset({"sum", "average", "min", "max"})
TIME_KINDS = frozenset({"first_time", "last_time"})
DAYS_KINDS = frozenset({"days_since_first", "days_since_last"})
PROPERTY_KINDS = NUMBER_KINDS | {"unique_count", "most_frequent", "first", "last", "unique_list"}
"""Those that ask for a property."""

LIST_MAX = 100
VALUE_CHARS_MAX = 1_000
"""Longer text is no value of ``most_frequent``, ``first``, ``last`` and ``unique_list``."""
LIST_BYTES_MAX = 8_000
"""Of a list as JSON, for a trait holds little more: of a longer one the newest values stay."""


class Figure(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``count``: how many events. ``sum``, ``average`` (rounded to millionths), ``min``, ``max``: of a property
    that is a number. ``unique_count``: how many different values. ``first_time``, ``last_time``: when.

    ``most_frequent``: the commonest value; of several the one seen last. ``first``, ``last``: the value of the
    first or last event that has one. ``unique_list``: the different values, at most ``LIST_MAX``, those seen last.
    ``days_since_first``, ``days_since_last``: days of the workspace's calendar, 0 for today.
    """

    kind: FigureKind
    event: EventMatch
    property: Name | None = None
    window: Window = EVER


def as_leaf(figure: Figure) -> Did:
    """The condition that holds for whoever has the figure: what is wrong with one is wrong with the other, and
    who may not ask the one may not ask the other."""
    if figure.kind in NUMBER_KINDS:
        measure = Measure(figure.kind, figure.property)  # type: ignore[arg-type]
    elif figure.kind in PROPERTY_KINDS:
        measure = Measure("distinct", figure.property)
    else:
        measure = Measure("count", figure.property)
    return Did(figure.event, measure, window=figure.window)


def figure_reasons(figure: Figure) -> list[str]:
    """Why a figure cannot follow events: ``kind``, or ``filter`` as conditions have it. Empty when it can."""
    return ([] if figure.kind in LIVE_KINDS else ["kind"]) + live_reasons(as_leaf(figure))


# --- values -----------------------------------------------------------------------------------------


def average_of(total: int, count: int) -> int:
    """Rounded to the nearest whole, a half upwards: the same for every evaluator."""
    return (2 * total + count) // (2 * count)


def value_of(figure: Figure, amount: Any, at: At) -> Any:
    """The trait's value, as JSON has it. ``amount`` is a count, millionths, microseconds since 1970, or one or
    more values as ``compile_sql`` tells them apart."""
    kind = figure.kind
    if kind in NUMBER_KINDS:
        return amount // 1_000_000 if amount % 1_000_000 == 0 else amount / 1_000_000
    if kind in TIME_KINDS:
        return from_us(amount).isoformat().replace("+00:00", "Z")
    if kind in DAYS_KINDS:
        return (local_date(at) - local_date(At(amount, at.zone))) // timedelta(days=1)
    if kind == "unique_list":
        return _fit([read_value(one) for one in amount])
    if kind in ("first", "last", "most_frequent"):
        return read_value(amount)
    return amount


def read_value(text: str) -> Any:
    """A value from the text that tells it apart: its type, then itself."""
    kind, content = text[0], text[1:]
    if kind == "t":
        return content
    if kind == "b":
        return content == "true"
    number = float(content)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _fit(newest_first: list[Any]) -> list[Any]:
    """As many of the newest as there is room for, in an order that does not change with what is new."""
    kept: list[Any] = []
    room = LIST_BYTES_MAX
    for one in newest_first[:LIST_MAX]:
        room -= len(str(one).encode("utf-8", "surrogatepass")) * 2 + 3  # quotes within may need a backslash each
        if room < 0:
            break
        kept.append(one)
    return sorted(kept, key=lambda one: (isinstance(one, str), isinstance(one, bool), one))
