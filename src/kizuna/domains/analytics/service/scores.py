"""The scores there are: what of metrics becomes a trait of each customer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from kizuna.conditions.moments import from_us
from kizuna.domains.analytics.contracts import Text
from kizuna.domains.analytics.metrics import churn_risk, clv, engagement, journey, rfm
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.churn_features import ChurnParams
from kizuna.domains.analytics.queries.favourites import (
    FavouriteParams,
    LastPurchaseParams,
    read_favourites,
    read_last_purchases,
)
from kizuna.domains.analytics.queries.purchases import check_purchases, end_of
from kizuna.domains.analytics.rules.rfm_groups import GROUPS
from kizuna.domains.analytics.rules.stages import STAGE_WORDS
from kizuna.domains.analytics.rules.words import text
from kizuna.kernel.errors import NotFound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kizuna.kernel.lake import ArrowTable

ScoreKind = Literal["label", "score", "share", "money", "time"]
DAYS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Computed:
    """Values by profile key, in any order. ``quality`` is kept; it holds nothing of anybody. ``params`` stand in
    place of those that were given, where a run fixes something for those after it."""

    keys: Sequence[int]
    values: Sequence[Any]
    quality: dict[str, Any] = field(default_factory=dict[str, Any])
    params: msgspec.Struct | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """``key`` is the trait's name, ``metric`` the one whose questions it asks. ``days`` is how far back it looks unless
    somebody decides otherwise; None where its params say so, or it looks at everything: then nothing is to be decided.
    ``words`` are of values that are keys."""

    key: str
    metric: str
    kind: ScoreKind
    title: Text
    description: Text
    params: type[msgspec.Struct]
    compute: Callable[[Ask, Any], Awaitable[Computed]]
    check: Callable[[Any], None] | None = None
    days: int | None = None
    words: Mapping[str, Text] = field(default_factory=dict[str, Text])


def find_score(key: str) -> Score:
    """Raises ``NotFound``."""
    if key not in SCORES:
        raise NotFound("score_not_found", f"There is no such score. There are: {', '.join(SCORES)}.")
    return SCORES[key]


async def _rfm_group(ask: Ask, params: rfm.RfmParams) -> Computed:
    scored = await rfm.score_people(ask, params, noted=True)
    keys = scored.customers.keys.tolist()
    if len(keys) < rfm.PEOPLE_LEAST:
        rfm.note_few(ask, len(keys))
        return Computed([], [])
    values, counts = _name(scored.groups(), list(GROUPS))
    return Computed(keys, values, {"groups": counts})


def _name(codes: NDArray[Any], names: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """Everybody's name, and how many have each."""
    import numpy as np

    counts: list[int] = np.bincount(codes, minlength=len(names)).tolist()
    values: list[int] = codes.tolist()
    return [names[code] for code in values], dict(zip(names, counts, strict=True))


async def _clv(ask: Ask, params: clv.ClvParams) -> Computed:
    """To whole units where they are many, else to hundredths: finer than that nothing is known."""
    found = await clv.score_people(ask, params)
    keys, values = _known(found, "clv")
    rounded = [round(value) if value >= 100 else round(value, 2) for value in values]
    return Computed(keys, rounded, {"months": params.months, "total": sum(values)})


async def _p_alive(ask: Ask, params: clv.ClvParams) -> Computed:
    found = await clv.score_people(ask, params)
    keys, values = _known(found, "p_alive")
    return Computed(keys, [round(value, 2) for value in values], {"expected": sum(values)})


def _known(table: ArrowTable, name: str) -> tuple[list[int], list[float]]:
    """Keys and values of who has one."""
    kept = table.filter(table.column(name).is_valid())
    return kept.column("profile_key").to_pylist(), kept.column(name).to_pylist()


async def _engagement(ask: Ask, params: engagement.EngagementParams) -> Computed:
    """The scale of the first run stays: a score must not change because others became more active."""
    scored = await engagement.score_people(ask, params)
    if scored.scale is None:
        engagement.note_nobody(ask, params)
        return Computed([], [])
    tested = await engagement.backtest(ask, params, scored.scale)
    engagement.note_backtest(ask, params, tested)
    return Computed(
        scored.keys.tolist(),
        scored.scores().tolist(),
        engagement.describe_quality(params, scored, tested),
        msgspec.structs.replace(params, scale=scored.scale),
    )


async def _churn_risk(ask: Ask, params: ChurnParams) -> Computed:
    scored = await churn_risk.score_people(ask, params)
    if scored.trained is None:
        return Computed([], [])
    churn_risk.note_trained(ask, params, scored.trained)
    quality = churn_risk.describe_quality(params, scored.trained)
    return Computed(scored.features.keys.tolist(), _hundredths(scored.risks), quality)


def _hundredths(shares: NDArray[Any]) -> list[float]:
    """Finer than that nothing is known, and every change of a trait is written."""
    return [round(share, 2) for share in shares.tolist()]


async def _stage(ask: Ask, params: journey.JourneyParams) -> Computed:
    stages = await journey.choose_stages(ask, params)
    keys, numbers = await journey.place_people(ask, stages, end_of(ask).now_us)
    values, counts = _name(numbers, [stage.name for stage in stages])
    return Computed(keys.tolist(), values, {"stages": counts})


async def _last_purchase(ask: Ask, params: LastPurchaseParams) -> Computed:
    found = await read_last_purchases(ask, params)
    times = [from_us(time_us).isoformat().replace("+00:00", "Z") for time_us in found.column("last_us").to_pylist()]
    return Computed(found.column("profile_key").to_pylist(), times)


async def _favourite(ask: Ask, params: FavouriteParams) -> Computed:
    found = await read_favourites(ask, params)
    return Computed(found.column("profile_key").to_pylist(), found.column("item").to_pylist())


SCORES: Mapping[str, Score] = {
    one.key: one
    for one in (
        Score(
            "rfm_group",
            "rfm",
            "label",
            text("RFM group", "RFMグループ"),
            text(
                "The group of each customer by how lately, how often and how much they bought.",
                "購入の時期・頻度・金額から決まる、顧客ごとのグループです。",
            ),
            rfm.RfmParams,
            _rfm_group,
            check_purchases,
            days=365,
            words=GROUPS,
        ),
        Score(
            "clv",
            "clv",
            "money",
            text("Customer lifetime value", "顧客生涯価値（CLV）"),
            text(
                "What a customer is expected to bring in the coming months, discounted, by how often and how much they "
                "bought. Of who bought at all.",
                "購入の頻度と金額から見込まれる、今後の数か月間の売上（割引後）です。購入したことのある人が対象です。",
            ),
            clv.ClvParams,
            _clv,
            check_purchases,
        ),
        Score(
            "p_alive",
            "clv",
            "share",
            text("Still a customer", "継続している確率"),
            text(
                "The chance that a customer will buy again at all, from 0 to 1, by when and how often they bought.",
                "購入の時期と頻度から見た、今も顧客である確率（0〜1）です。",
            ),
            clv.ClvParams,
            _p_alive,
            check_purchases,
        ),
        Score(
            "churn_risk",
            "churn_risk",
            "share",
            text("Churn risk", "離反リスク"),
            text(
                "The chance that a customer does not buy again within the horizon, from 0 to 1, by a model that is "
                "trained and measured in each run.",
                "予測期間内に再び購入しない確率（0〜1）です。実行のたびにモデルを学習し、精度を測ります。",
            ),
            ChurnParams,
            _churn_risk,
            check_purchases,
        ),
        Score(
            "engagement_score",
            "engagement",
            "score",
            text("Engagement score", "エンゲージメントスコア"),
            text(
                "From 0 to 100, by what people do, weighed and fading with time. The first run fixes how many points "
                "make 50, unless that is decided.",
                "行動に応じた0〜100のスコアで、時間とともに減衰します。スコア50に必要なポイントは、指定がなければ最初の実行で固定されます。",
            ),
            engagement.EngagementParams,
            _engagement,
            engagement.check,
        ),
        Score(
            "stage",
            "journey",
            "label",
            text("Stage of the journey", "ジャーニーのステージ"),
            text(
                "In which stage a customer is: the last one whose condition holds. Who is in none has no value.",
                "顧客がいるステージです。条件を満たす最も先のステージとし、どのステージにもいない人には値がありません。",
            ),
            journey.JourneyParams,
            _stage,
            journey.check,
            words=STAGE_WORDS,
        ),
        Score(
            "last_purchase_at",
            "repeat",
            "time",
            text("Last purchase", "最終購入日時"),
            text("When a customer bought last.", "顧客が最後に購入した日時です。"),
            LastPurchaseParams,
            _last_purchase,
        ),
        Score(
            "favourite_category",
            "baskets",
            "label",
            text("Favourite category", "よく買うカテゴリー"),
            text(
                "What a customer bought most often; of several the one bought last.",
                "最も多く購入したカテゴリーです。同数の場合は最後に購入したものになります。",
            ),
            FavouriteParams,
            _favourite,
            days=365,
        ),
    )
}
"""By key, in the order in which they are shown."""
