"""Questions as somebody may ask them: who does not see a field may not count by its values either."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import msgspec

from kizuna.conditions.ast import Node
from kizuna.domains.analytics.contracts import ByProperty, ByTrait, Query
from kizuna.domains.analytics.metrics.base import Metric
from kizuna.domains.privacy.api import read_sight
from kizuna.domains.segments.api import check_condition
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid
from kizuna.kernel.fields import FieldKind

FIELD_HIDDEN = "field_hidden"
_HIDDEN_CODES = frozenset({"field_hidden", "value_masked"})


async def refuse_hidden(ctx: Context, query: Query, metric: Metric, params: Any) -> None:
    """Raises ``Invalid`` where the one who acts does not see what the question reads, or its condition is none."""
    conditions = {} if metric.conditions is None else metric.conditions(params)
    for place, node in {**({} if query.people is None else {"people": query.people}), **conditions}.items():
        await _refuse_condition(ctx, node, place)
    sight = await read_sight(ctx)
    if sight.everything:
        return
    asked = [*_properties(msgspec.to_builtins(params), "params")]
    match query.breakdown:
        case ByProperty():
            asked += [("breakdown.property", "property", query.breakdown.property)]
        case ByTrait():
            asked += [("breakdown.trait", "trait", query.breakdown.trait)]
        case _:
            pass
    for place, kind, name in asked:
        kinds: tuple[FieldKind, ...] = ("property", "trait") if kind == "property" else ("trait",)
        if any(sight.hides(one, name) for one in kinds):
            raise Invalid(
                FIELD_HIDDEN,
                f"Your role does not see “{name}”, so a question cannot read its values.",
                fields={place: "Choose another field, or ask whoever manages roles."},
            )


async def _refuse_condition(ctx: Context, node: Node, place: str) -> None:
    checked = await check_condition(ctx, {"where": msgspec.to_builtins(node)})
    if checked.errors:
        first = checked.errors[0]
        fields = {one.place.replace("$.where", place, 1): one.message.en for one in checked.errors}
        hidden = any(one.code in _HIDDEN_CODES for one in checked.errors)
        raise Invalid(FIELD_HIDDEN if hidden else "condition_invalid", first.message.en, fields=fields)


def _properties(value: Any, place: str) -> Iterator[tuple[str, FieldKind, str]]:
    """Every property that params name, wherever it stands."""
    if isinstance(value, list):
        for number, one in enumerate(cast("list[Any]", value)):
            yield from _properties(one, f"{place}.{number}")
    elif isinstance(value, dict):
        for key, one in cast("dict[str, Any]", value).items():
            if key in ("property", "properties") or key.endswith("_property"):
                names = cast("list[Any]", one) if isinstance(one, list) else [one]
                for name in names:
                    if isinstance(name, str):
                        yield f"{place}.{key}", "property", name
            else:
                yield from _properties(one, f"{place}.{key}")
