"""The metrics there are."""

from __future__ import annotations

from functools import cache

from kizuna.domains.analytics import metrics
from kizuna.domains.analytics.metrics.base import Metric
from kizuna.kernel.errors import Invalid
from kizuna.kernel.plugins import discover


@cache
def list_metrics() -> dict[str, Metric]:
    """By key, those of other packages too."""
    return dict(sorted(discover(metrics, Metric).items()))


def find_metric(key: str) -> Metric:
    """Raises ``Invalid`` with the nearest known one."""
    found = list_metrics().get(key)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(key, list_metrics(), 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(list_metrics())}."
        raise Invalid("metric_unknown", f"There is no metric {key}. {hint}", fields={"metric": hint})
    return found
