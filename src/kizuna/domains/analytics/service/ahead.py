"""Kernels are compiled before anybody waits for one.

Numba compiles a function when it is first called, for the types that it is given, which takes seconds each, and keeps
the outcome in files. Here questions of every kind are asked over a few made-up people, so that all of them are there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from kizuna.conditions.moments import At, to_us
from kizuna.domains.analytics.contracts import Query
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.rules.periods import make_periods, widen
from kizuna.domains.analytics.rules.ready import READY
from kizuna.domains.analytics.service.metrics import find_metric, list_metrics
from kizuna.kernel.engine import Engine
from kizuna.kernel.errors import KizunaError

logger = logging.getLogger(__name__)

CUSTOMERS = 500
DAYS = 720
FIRST_DAY = datetime.fromisoformat("2024-01-01T09:00:00+00:00")
NOW = FIRST_DAY + timedelta(days=DAYS)
WHOLE = {"kind": "dates", "first": str(FIRST_DAY.date()), "last": str(NOW.date())}

_VIEWED, _ADDED, _BOUGHT = "Product Viewed", "Product Added", "Order Completed"
_STEPS: list[Mapping[str, Any]] = [{"event": {"name": name}} for name in (_VIEWED, _ADDED, _BOUGHT)]
_BY_PLAN = {"breakdown": {"by": "property", "property": "plan"}}
_FROM_TO = {"start": {"name": _VIEWED}, "goal": {"name": _BOUGHT}}
_RETURN = {"start": {"name": _VIEWED}, "back": {"name": _BOUGHT}}


def _funnel(**params: Any) -> dict[str, Any]:
    return {"metric": "funnel", "params": {"steps": _STEPS, **params}}


MORE: Sequence[Mapping[str, Any]] = [
    _funnel(),
    _funnel(order="strict"),
    _funnel(order="any"),
    _funnel(exclusions=[{"event": {"name": "Page Viewed"}}]),
    _funnel(start="first_ever"),
    _funnel() | _BY_PLAN,
    _funnel(order="strict") | _BY_PLAN,
    _funnel(order="any") | _BY_PLAN,
    _funnel(attribution="all") | _BY_PLAN,
    _funnel(attribution="step", step=2) | _BY_PLAN,
    {"metric": "conversion", "params": _FROM_TO},
    {"metric": "conversion", "params": {**_FROM_TO, "count": "sessions"}},
    {"metric": "correlation", "params": {"steps": _STEPS, "properties": ["plan"], "traits": ["age"], "events": True}},
    {"metric": "retention", "params": {**_RETURN, "when": "on_or_after"}},
    {"metric": "retention", "params": {**_RETURN, "cohort": "first_time"}},
    {"metric": "retention", "params": {**_RETURN, "at_least": 2}},
    {"metric": "retention", "params": {**_RETURN, "windows": "rolling", "follow": 3}},
    {"metric": "retention", "params": _RETURN} | _BY_PLAN,
    {"metric": "alive", "params": {"model": "pareto_nbd"}},
    {"metric": "clv", "params": {"show": "calibration", "holdout_weeks": 26}},
    {"metric": "trend", "params": {"series": [{"event": {"name": _VIEWED}}, {"event": {"name": _BOUGHT}}]}},
    {"metric": "actives", "params": {"event": {"name": "Nothing Such"}}},
    {"metric": "retention", "params": {**_RETURN, "start": {"name": "Nothing Such"}}},
    {"metric": "lifecycle", "breakdown": {"by": "touchpoint"}},
    {"metric": "paths", "params": {"start": {"name": _VIEWED}}},
    {"metric": "paths", "params": {"end": {"name": _BOUGHT}}},
    {"metric": "sessions", "breakdown": {"by": "touchpoint"}},
]
"""What ready dashboards do not ask, and of what not every metric's own defaults are enough."""


def list_questions() -> Iterator[Mapping[str, Any]]:
    """Of ready dashboards, of every metric without params, and ``MORE``."""
    for dashboard in READY.values():
        for tile in dashboard.tiles:
            yield {"interval": "month", "range": WHOLE, **tile.query} | {"range": WHOLE}
    for key in list_metrics():
        yield {"metric": key, "interval": "week", "range": WHOLE}
    for question in MORE:
        yield {"interval": "month", "range": WHOLE, **question}


async def ask_ahead(engine: Engine, workspace_id: int) -> int:
    """Asks everything of a workspace that holds ``make_happenings``; how many questions were answered."""
    answered = 0
    for given in list_questions():
        try:
            await _ask(engine, workspace_id, given)
            answered += 1
        except (msgspec.ValidationError, KizunaError) as error:  # a metric without defaults, or with too little here
            logger.debug("nothing compiled ahead", extra={"metric": given["metric"], "error": repr(error)})
    return answered


async def _ask(engine: Engine, workspace_id: int, given: Mapping[str, Any]) -> None:
    query = msgspec.convert(dict(given), Query)
    metric = find_metric(query.metric)
    params = msgspec.convert(query.params, metric.params)
    at = At(to_us(NOW), "Asia/Tokyo", "monday")
    periods = make_periods(query.range, query.interval, at)
    periods = widen(periods) if metric.whole_periods else periods
    await metric.compute(Ask(engine, workspace_id, query, at, periods, "JPY"), params)


def make_happenings() -> Iterator[tuple[int, str, datetime, dict[str, Any]]]:
    """Profile key, name, time and properties of what the made-up people did: they buy ever less often."""
    for key in range(1, CUSTOMERS + 1):
        for number, day in enumerate(_days_of(key)):
            when = FIRST_DAY + timedelta(days=day, minutes=key)
            plan = ("free", "gold")[number % 2]
            page = {"path": f"/{number % 3}", "plan": plan}
            yield key, "Page Viewed", when, page
            yield key, _VIEWED, when + timedelta(minutes=1), page
            yield key, _ADDED, when + timedelta(minutes=2), page
            things = [{"name": f"tea {place}", "category": f"tea {place}", "price": 500} for place in (number % 2, 2)]
            order = {"order_id": f"{key}-{number}", "total": 1_000 + key * number, "plan": plan, "products": things}
            yield key, _BOUGHT, when + timedelta(minutes=3), order
            for name in ("Email Delivered", "Email Opened", "Campaign Received", "Coupon Redeemed"):
                yield key, name, when + timedelta(minutes=4), {"campaign_type": "A", "campaign_id": "1"}


def _days_of(key: int) -> Iterator[int]:
    """They come over a year and a half; every third leaves after a few times."""
    day, gap, times = key * 7 % 540, 2 + key % 23, 3 + key % 5 if key % 3 == 0 else DAYS
    while day < DAYS - 5 and times:
        yield day
        day, gap, times = day + gap, gap + key % 7, times - 1
