"""What a computed trait would say of whom, before anybody saves it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kizuna.conditions.figure import DAYS_KINDS, Figure, value_of
from kizuna.conditions.moments import At
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import ShownProfile
from kizuna.domains.segments.rules.spread import Bin, spread
from kizuna.domains.segments.service.people import read_people
from kizuna.domains.segments.service.traits import read_figure
from kizuna.domains.segments.service.traits_run import ask_amounts, read_moment
from kizuna.kernel.context import Actor, Context, Runtime

SAMPLE_MAX = 10
COMMON_MAX = 10
_TEXT_KINDS = frozenset({"most_frequent", "first", "last", "unique_list"})


@dataclass(frozen=True, slots=True)
class Common:
    """A value that many have."""

    value: Any
    people: int


@dataclass(frozen=True, slots=True)
class PreviewedTrait:
    """``bins`` are of figures with an order, ``common`` of the others. ``least``, ``median`` and ``most`` are
    values as the trait has them."""

    people: int
    found: int
    least: Any
    median: Any
    most: Any
    bins: list[Bin]
    common: list[Common]
    sample: list[tuple[ShownProfile, Any]]


async def preview_trait(runtime: Runtime, workspace_id: int, actor: Actor, given: Any) -> PreviewedTrait:
    """Raises ``Invalid`` with what is wrong by place, and ``Limit`` when it takes too long."""
    async with runtime.unit(workspace_id, actor) as ctx:
        figure, at = await read_figure(ctx, given), read_moment(ctx)
    # The lake may be far away: no transaction is held while it answers.
    rows = await ask_amounts(runtime, workspace_id, figure, at)
    async with runtime.unit(workspace_id, actor) as ctx:
        people = max(await read_people(ctx), len(rows))
        sample = await _show_some(ctx, figure, at, rows)
    amounts = [amount for _, amount in rows]
    if figure.kind in _TEXT_KINDS:
        return PreviewedTrait(people, len(rows), None, None, None, [], _count(figure, at, amounts), sample)
    if figure.kind in DAYS_KINDS:
        amounts = [value_of(figure, amount, at) for amount in amounts]
    amounts.sort()
    least, median, most = (
        _show(figure, at, amounts[place]) if amounts else None for place in (0, len(amounts) // 2, -1)
    )
    bins = [Bin(_show(figure, at, one.low), _show(figure, at, one.high), one.people) for one in spread(amounts)]
    return PreviewedTrait(people, len(rows), least, median, most, bins, [], sample)


def _show(figure: Figure, at: At, amount: int | None) -> Any:
    """Days were worked out already."""
    return amount if amount is None or figure.kind in DAYS_KINDS else value_of(figure, amount, at)


def _count(figure: Figure, at: At, amounts: Sequence[Any]) -> list[Common]:
    """A list counts with each of its values."""
    each = [one for amount in amounts for one in amount] if figure.kind == "unique_list" else amounts
    single = Figure("last", figure.event, figure.property)
    return [Common(value_of(single, one, at), number) for one, number in Counter(each).most_common(COMMON_MAX)]


async def _show_some(
    ctx: Context, figure: Figure, at: At, rows: Sequence[tuple[int, Any]]
) -> list[tuple[ShownProfile, Any]]:
    """A few, spread over everybody from the oldest to the newest; none for who may not see customers."""
    if "profiles.read" not in ctx.actor.permissions:
        return []
    ordered = sorted(rows, key=lambda row: row[0])
    some = ordered[:: max(1, len(ordered) // SAMPLE_MAX)][:SAMPLE_MAX]
    shown = await profiles.describe_profiles(ctx, [key for key, _ in some])
    return [(shown[key], value_of(figure, amount, at)) for key, amount in some if key in shown]
