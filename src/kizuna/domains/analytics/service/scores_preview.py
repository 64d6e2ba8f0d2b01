"""What a score would be of whom, before anybody decides; and why it is what it is for one customer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kizuna.conditions.moments import from_us, to_us
from kizuna.domains.analytics.metrics import churn_risk
from kizuna.domains.analytics.metrics.churn_risk import Reason
from kizuna.domains.analytics.queries.churn_features import ChurnParams
from kizuna.domains.analytics.repository import scores as repository
from kizuna.domains.analytics.service.places import Places
from kizuna.domains.analytics.service.scores import Score, find_score
from kizuna.domains.analytics.service.scores_run import Settings, compute_score, prepare_ask
from kizuna.domains.analytics.service.scores_settings import WantedScore, read_params, read_settings
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import ShownProfile
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import Conflict, Limit, NotFound

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 20
COMMON_MAX, SAMPLE_MAX = 20, 10


@dataclass(frozen=True, slots=True)
class Bin:
    """From ``low`` to below ``high``; the last one with it."""

    low: Any
    high: Any
    people: int


@dataclass(frozen=True, slots=True)
class PreviewedScore:
    """``bins`` are of values with an order, ``common`` (value, people) of the others. ``least``, ``median`` and
    ``most`` are values as the trait has them."""

    found: int
    least: Any
    median: Any
    most: Any
    bins: list[Bin]
    common: list[tuple[Any, int]]
    quality: dict[str, Any]
    sample: list[tuple[ShownProfile, Any]]


async def preview_score(
    runtime: Runtime, workspace_id: int, actor: Actor, key: str, wanted: WantedScore
) -> PreviewedScore:
    """Raises ``NotFound``, ``Invalid`` with the place of what is wrong, ``Limit`` when it takes too long."""
    score = find_score(key)
    async with runtime.unit(workspace_id, actor) as ctx:
        params, days = await read_settings(ctx, score, wanted)
    settings = Settings(params, days, wanted.as_of)
    limit_s = float(runtime.settings.query_timeout_s)
    async with runtime.remembered(Places).take(workspace_id):
        try:
            async with asyncio.timeout(limit_s):
                computed = await compute_score(runtime, workspace_id, score, settings, actor, limit_s)
        except TimeoutError as error:
            said = (
                "The preview took longer than allowed. Ask for fewer days, or turn the score on: runs have more time."
            )
            raise Limit("preview_timeout", said) from error
    async with runtime.unit(workspace_id, actor) as ctx:
        sample = await _show_some(ctx, computed.keys, computed.values)
    return await asyncio.to_thread(_spread, score, computed.values, computed.quality, sample)


def _spread(
    score: Score, values: Sequence[Any], quality: dict[str, Any], sample: list[tuple[ShownProfile, Any]]
) -> PreviewedScore:
    if score.kind == "label":
        counted = sorted(Counter(values).items(), key=lambda pair: (-pair[1], str(pair[0])))
        return PreviewedScore(len(values), None, None, None, [], counted[:COMMON_MAX], quality, sample)
    ordered = sorted(values)
    least, median, most = (ordered[place] if ordered else None for place in (0, len(ordered) // 2, -1))
    return PreviewedScore(len(values), least, median, most, _bins(score, ordered), [], quality, sample)


def _bins(score: Score, ordered: Sequence[Any]) -> list[Bin]:
    """As wide as one another; of shares from 0 to 1, of scores from 0 to 100."""
    import numpy as np

    if not ordered:
        return []
    if score.kind == "time":
        times = np.array([to_us(datetime.fromisoformat(one)) for one in ordered], np.float64)
        return [Bin(_time(low), _time(high), people) for low, high, people in _histogram(times, None)]
    bounds = {"share": (0.0, 1.0), "score": (0.0, 100.0)}.get(score.kind)
    return [Bin(low, high, people) for low, high, people in _histogram(np.array(ordered, np.float64), bounds)]


def _histogram(values: NDArray[Any], bounds: tuple[float, float] | None) -> list[tuple[float, float, int]]:
    import numpy as np

    counts, edges = np.histogram(values, BINS, bounds)
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True))


def _time(time_us: float) -> str:
    return from_us(int(time_us)).isoformat().replace("+00:00", "Z")


async def _show_some(ctx: Context, keys: Sequence[int], values: Sequence[Any]) -> list[tuple[ShownProfile, Any]]:
    """A few, spread over everybody from the oldest to the newest; none for who may not see customers."""
    if "profiles.read" not in ctx.actor.permissions:
        return []
    pairs = sorted(zip(keys, values, strict=True), key=lambda pair: pair[0])
    some = pairs[:: max(1, len(pairs) // SAMPLE_MAX)][:SAMPLE_MAX]
    shown = await profiles.describe_profiles(ctx, [key for key, _ in some])
    return [(shown[key], value) for key, value in some if key in shown]


# --- why ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explained:
    """``usual`` is the risk of the average customer. ``ran_at`` is when the model was trained."""

    risk: float
    usual: float
    reasons: list[Reason]
    ran_at: datetime


async def explain_risk(runtime: Runtime, workspace_id: int, actor: Actor, key: str, profile_id: UUID) -> Explained:
    """Why a customer's risk is what it is, by the model of the last run and what is known of them now.

    Raises ``NotFound`` for somebody there is not, or who is no customer now, and for scores that give no reasons;
    ``Conflict`` where no model was trained.
    """
    score = find_score(key)
    if score.params is not ChurnParams:
        raise NotFound("no_reasons", f"“{score.title['en']}” gives no reasons.")
    async with runtime.unit(workspace_id, actor) as ctx:
        found = await profiles.find_profile_keys(ctx, [profile_id])
        row = await repository.find(ctx, score.key)
    if profile_id not in found:
        raise NotFound("profile_not_found", "There is no such customer.")
    model = churn_risk.read_model(row.quality["model"]) if row is not None and "model" in row.quality else None
    if row is None or row.ran_at is None or model is None:
        raise Conflict("no_model", "There is no model yet: turn the score on, and let it learn from enough customers.")
    params = read_params(score, row.params)
    assert isinstance(params, ChurnParams)
    ask = await prepare_ask(runtime, workspace_id, score, Settings(params, row.days, row.as_of), actor)
    ask.timeout_s = float(runtime.settings.query_timeout_s)
    ask.crowd = replace(ask.crowd, share=f"profile_key = {int(found[profile_id]):d}")
    async with runtime.remembered(Places).take(workspace_id):
        explained = await churn_risk.explain(ask, params, model)
    if explained is None:
        raise NotFound("not_a_customer", "This customer has not bought lately enough to have a risk.")
    return Explained(explained[0], _usual(model.intercept), explained[1], row.ran_at)


def _usual(intercept: float) -> float:
    from math import exp

    return 1 / (1 + exp(-intercept))
