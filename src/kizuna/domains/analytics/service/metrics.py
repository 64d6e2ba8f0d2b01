"""The metrics there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

import msgspec

from kizuna.domains.analytics import metrics
from kizuna.domains.analytics.metrics.base import Group, Metric
from kizuna.kernel.errors import Invalid
from kizuna.kernel.plugins import discover


@cache
def list_metrics() -> dict[str, Metric]:
    """By key, those of other packages too."""
    return dict(sorted(discover(metrics, Metric).items()))


ENGINES = ("duckdb", "spark")


@dataclass(frozen=True, slots=True)
class Described:
    """``params`` is a JSON schema that stands alone."""

    metric: Metric
    params: dict[str, Any]
    engines: tuple[str, ...] = ENGINES


@cache
def describe_metrics() -> tuple[Described, ...]:
    """By group in the order of ``metrics.base.Group``, then by title."""
    order: tuple[Group, ...] = get_args(Group)
    ordered = sorted(list_metrics().values(), key=lambda one: (order.index(one.group), one.title["en"]))
    return tuple(Described(one, describe_params(one.params)) for one in ordered)


def describe_params(params: type[msgspec.Struct]) -> dict[str, Any]:
    """A JSON schema that stands alone."""
    [schema], parts = msgspec.json.schema_components([params])
    name = schema["$ref"].rpartition("/")[2]
    return parts.pop(name) | ({"$defs": parts} if parts else {})


def find_metric(key: str) -> Metric:
    """Raises ``Invalid`` with the nearest known one."""
    found = list_metrics().get(key)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(key, list_metrics(), 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(list_metrics())}."
        raise Invalid("metric_unknown", f"There is no metric {key}. {hint}", fields={"metric": hint})
    return found
