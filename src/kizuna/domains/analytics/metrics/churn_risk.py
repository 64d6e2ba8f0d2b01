"""Churn risk: how likely each customer is to leave, learned from who did, and how well that foretells."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from kizuna.conditions.moments import At, local_date
from kizuna.domains.analytics.contracts import Column, Figure, Text
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.metrics.rfm import note_as_of
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.churn_features import ChurnParams, Features, read_features, read_left
from kizuna.domains.analytics.queries.purchases import check_purchases, end_of
from kizuna.domains.analytics.rules.churn_reasons import FEATURES, say_reason
from kizuna.domains.analytics.rules.foretelling import HITS_LEAST, PEOPLE_LEAST, grade, tell
from kizuna.domains.analytics.rules.intervals import wilson
from kizuna.domains.analytics.rules.periods import DAY_US
from kizuna.domains.analytics.rules.words import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kizuna.measures.churn_risk import Calibrated, Model
    from kizuna.measures.engagement import Auc

WEIGHTS_SHOWN = 5
REASONS_MAX = 3
PENALTY = 0.03
"""For each customer: so that features that say much the same share their weight, and reasons read as people expect
them. On the orders of a British gift shop (UCI Online Retail) it costs no area under the ROC curve."""
_SLIGHT = 0.05
"""A feature that changes the log odds by less is no reason."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that learned from who left after ``learned``, measured by who left after ``measured`` (days)."""

    model: Model
    auc: Auc
    brier: float
    brier_of_none: float
    """Of foretelling everybody the share of who left."""
    tenths: list[Calibrated]
    people: int
    left: int
    learned: str
    measured: str
    learned_people: int


@dataclass(frozen=True, slots=True)
class Scored:
    """Customers of now with their risks; ``trained`` is None where there is too little to learn from."""

    features: Features
    risks: NDArray[Any]
    trained: Trained | None


@dataclass(frozen=True, slots=True)
class Reason:
    """``change`` is what it adds to the log odds of leaving; a share of risk follows from all together."""

    feature: str
    change: float
    title: Text
    said: Text


async def score_people(ask: Ask, params: ChurnParams) -> Scored:
    """Learns from the horizon before the last one, measures by the last one, and foretells the next."""
    import numpy as np

    now = end_of(ask)
    trained = await _train(ask, params, now)
    features = await read_features(ask, params, now)
    risks = np.zeros(0) if trained is None else trained.model.risks(features.values)
    return Scored(features, risks, trained)


async def _train(ask: Ask, params: ChurnParams, now: At) -> Trained | None:
    moments = [At(now.now_us - back * params.horizon_days * DAY_US, now.zone, now.week_start) for back in (2, 1)]
    learn, measure = [await read_features(ask, params, at) for at in moments]
    left, came = [
        await read_left(ask, params, at, features.keys) for at, features in zip(moments, (learn, measure), strict=True)
    ]
    if not (_is_enough(left) and _is_enough(came)):
        _note_few(ask, params, left, came)
        return None
    ask.kernels.append("kizuna.measures.churn_risk.fit")
    learned, measured = (local_date(at).isoformat() for at in moments)
    return await asyncio.to_thread(_learn, learn, left, measure, came, learned, measured)


def _learn(
    learn: Features, left: NDArray[Any], measure: Features, came: NDArray[Any], learned: str, measured: str
) -> Trained:
    from kizuna.measures.churn_risk import brier, calibrate, fit
    from kizuna.measures.engagement import measure_auc

    model = fit(learn.values, left, list(FEATURES), PENALTY * len(left))
    risks = model.risks(measure.values)
    area, share = measure_auc(risks, came), float(came.mean())
    assert area is not None
    return Trained(
        model,
        area,
        brier(risks, came),
        share * (1 - share),
        calibrate(risks, came, measure.keys),
        len(came),
        int(came.sum()),
        learned,
        measured,
        len(left),
    )


def _is_enough(left: NDArray[Any]) -> bool:
    gone = int(left.sum())
    return len(left) >= PEOPLE_LEAST and min(gone, len(left) - gone) >= HITS_LEAST


def _note_few(ask: Ask, params: ChurnParams, left: NDArray[Any], came: NDArray[Any]) -> None:
    days = params.horizon_days
    counts = [(len(one), int(one.sum())) for one in (left, came)]
    ask.note(
        "not_enough_data",
        f"There is too little to learn from: {2 * days} days ago there were {counts[0][0]:,} customers, of whom "
        f"{counts[0][1]:,} left within {days} days; {days} days ago {counts[1][0]:,}, of whom {counts[1][1]:,} left. "
        f"It takes {PEOPLE_LEAST} each time, of whom {HITS_LEAST} left and {HITS_LEAST} stayed.",
        "学習に必要なデータが足りません。"
        f"{2 * days}日前の顧客は{counts[0][0]:,}人（その後{days}日間の離反{counts[0][1]:,}人）、"
        f"{days}日前は{counts[1][0]:,}人（離反{counts[1][1]:,}人）です。それぞれ{PEOPLE_LEAST}人以上、"
        f"うち離反と継続が{HITS_LEAST}人以上ずつ必要です。",
        warning=True,
    )


async def compute(ask: Ask, params: ChurnParams) -> Found:
    scored = await score_people(ask, params)
    note_as_of(ask)
    if scored.trained is None:
        people = Figure("people", "people", text("Customers now", "現在の顧客"), len(scored.features.keys))
        return Found(COLUMNS, [], [people])
    note_trained(ask, params, scored.trained)
    return Found(COLUMNS, _rows(scored, scored.trained), _figures(scored, scored.trained))


def _rows(scored: Scored, trained: Trained) -> list[list[Any]]:
    import numpy as np

    now = np.bincount(_tenth_of(scored.risks, trained.tenths), minlength=len(trained.tenths)).tolist()
    return [
        [
            str(number),
            now[number - 1],
            *_bounds(trained.tenths, number - 1),
            one.foretold,
            one.left / one.people,
            *wilson(one.left, one.people),
            one.people,
        ]
        for number, one in enumerate(trained.tenths, start=1)
    ]


def _bounds(tenths: Sequence[Calibrated], place: int) -> tuple[float, float]:
    """From which risk to which: together they cover everything."""
    low = 0.0 if place == len(tenths) - 1 else tenths[place].lowest
    high = 1.0 if place == 0 else tenths[place - 1].lowest
    return low, high


def _tenth_of(risks: NDArray[Any], tenths: Sequence[Calibrated]) -> NDArray[Any]:
    """The place of everybody's tenth: a risk as great as the least in a tenth is in it."""
    import numpy as np

    lows = np.array([one.lowest for one in tenths[:-1]])
    return len(lows) - np.searchsorted(lows[::-1], risks, side="right")


def _figures(scored: Scored, trained: Trained) -> list[Figure]:
    area, people = trained.auc, len(scored.risks)
    better = 1 - trained.brier / trained.brier_of_none
    return [
        Figure("people", "people", text("Customers now", "現在の顧客"), people),
        Figure(
            "expected",
            "people",
            text("Expected to leave", "離反の見込み人数"),
            float(scored.risks.sum()),
            definition=text("The sum of everybody's risk", "全員の離反リスクの合計"),
        ),
        Figure(
            "left_before",
            "share",
            text("Left in the last horizon", "直近の離反率"),
            trained.left / trained.people,
            *wilson(trained.left, trained.people),
            trained.people,
        ),
        Figure(
            "auc",
            "share",
            text("Foretells (AUC)", "予測力（AUC）"),
            area.value,
            area.low,
            area.high,
            trained.people,
            text(
                "The chance that of one who left and one who stayed the first had the greater risk; 50 % is chance. "
                "Measured with customers and a time that the model did not learn from",
                "離反した人のリスクが、継続した人より高くなっている確率です。50%は偶然です。"
                "学習に使っていない期間の顧客で測っています。",
            ),
        ),
        Figure(
            "brier",
            "number",
            text("Brier score", "ブライアスコア"),
            trained.brier,
            n=trained.people,
            definition=text(
                f"Mean squared error of the risks: 0 is perfect, {trained.brier_of_none:.3f} would be the same risk "
                "for everybody",
                f"リスクの平均二乗誤差です。0が完全な予測、全員に同じリスクをつけると{trained.brier_of_none:.3f}になります。",
            ),
        ),
        Figure(
            "skill",
            "share",
            text("Error less than without a model", "モデルによる誤差の減少"),
            better,
            n=trained.people,
        ),
        *_weights(trained.model),
    ]


def _weights(model: Model) -> list[Figure]:
    """What matters most: how the odds of leaving change with one standard deviation."""
    from math import exp

    pairs = sorted(zip(model.names, model.weights, strict=True), key=lambda pair: (-abs(pair[1]), pair[0]))
    return [
        Figure(
            f"odds_{name}",
            "number",
            FEATURES[name].title,
            exp(weight),
            definition=text(
                "How many times as great the odds of leaving are with one standard deviation more of it",
                "この値が標準偏差1つ分大きい人の、離反オッズの倍率",
            ),
        )
        for name, weight in pairs[:WEIGHTS_SHOWN]
    ]


def note_trained(ask: Ask, params: ChurnParams, trained: Trained) -> None:
    """Says in words how well the model foretold, and whom it learned from."""
    area = trained.auc
    what = text("who leaves", "離反")
    said = tell(area.value, area.low, area.high, what, trained.measured, params.horizon_days)
    ask.note("foretells", said["en"], said["ja"])
    ask.note(
        "learned",
        f"Learned from {trained.learned_people:,} customers of {trained.learned}, measured with the "
        f"{trained.people:,} of {trained.measured}, and used for those of now: it foretells the next "
        f"{params.horizon_days} days if they are like the last ones.",
        f"{trained.learned}時点の顧客{trained.learned_people:,}人から学習し、{trained.measured}時点の{trained.people:,}人で精度を測り、"
        f"現在の顧客に適用しています。今後{params.horizon_days}日間がこれまでと同じ傾向であることを前提とします。",
    )


async def people(ask: Ask, params: ChurnParams, cell: Cell) -> Sequence[int]:
    """Whose risk now is in the tenth."""
    scored = await score_people(ask, params)
    if "tenth" not in cell:
        return scored.features.keys.tolist()
    asked = str(cell["tenth"])
    if scored.trained is None or not asked.isdecimal():
        return []
    return scored.features.keys[_tenth_of(scored.risks, scored.trained.tenths) == int(asked) - 1].tolist()


# --- for one person -----------------------------------------------------------------------------------


def describe_quality(params: ChurnParams, trained: Trained) -> dict[str, Any]:
    """What is kept of a run: the model and its figures, nothing of anybody."""
    area = trained.auc
    return {
        "model": msgspec.to_builtins(trained.model),
        "auc": area.value,
        "low": area.low,
        "high": area.high,
        "grade": grade(area.value, area.low, area.high)[0],
        "brier": trained.brier,
        "brier_of_none": trained.brier_of_none,
        "people": trained.people,
        "left": trained.left,
        "learned": trained.learned,
        "measured": trained.measured,
        "horizon_days": params.horizon_days,
        "tenths": [
            {"people": one.people, "left": one.left, "foretold": one.foretold, "lowest": one.lowest}
            for one in trained.tenths
        ],
    }


def read_model(kept: Mapping[str, Any]) -> Model | None:
    """The model of ``describe_quality``; None where it knows other features than those of now."""
    from kizuna.measures.churn_risk import Model

    model = msgspec.convert(kept, Model)
    return model if model.names == tuple(FEATURES) else None


async def explain(ask: Ask, params: ChurnParams, model: Model) -> tuple[float, list[Reason]] | None:
    """The risk of the one person whom the question looks at, and what makes it differ most from the average customer's.
    None for who is no customer now."""
    features = await read_features(ask, params, end_of(ask))
    if len(features.keys) != 1:
        return None
    [changes] = model.contributions(features.values)
    return float(model.risks(features.values)[0]), reasons_of(model, features.values[0], changes)


def reasons_of(model: Model, values: NDArray[Any], changes: NDArray[Any]) -> list[Reason]:
    """Those that change the risk most, either way; the greatest first."""
    pairs = sorted(zip(model.names, model.means, values, changes, strict=True), key=lambda one: (-abs(one[3]), one[0]))
    return [
        Reason(name, float(change), FEATURES[name].title, say_reason(name, bool(value > mean)))
        for name, mean, value, change in pairs[:REASONS_MAX]
        if abs(change) >= _SLIGHT
    ]


COLUMNS = [
    Column(
        "tenth",
        "label",
        text("Tenth by risk", "リスクの十分位"),
        text("1: those with the greatest risk when it was measured", "精度を測った時点でリスクが最も高い層が1です。"),
    ),
    Column(
        "people",
        "people",
        text("Customers now", "現在の顧客"),
        text("With a risk of that height now", "現在そのリスク範囲にいる人"),
        opens=True,
    ),
    Column("from", "share", text("Risk from", "リスク（下限）")),
    Column("to", "share", text("to", "リスク（上限）")),
    Column("foretold", "share", text("Foretold", "予測"), text("Mean risk then", "当時のリスクの平均"), of="then"),
    Column(
        "left",
        "share",
        text("Left", "実際の離反率"),
        text("Who really left in the horizon after", "その後の期間に実際に離反した割合"),
        of="then",
        low="left_low",
        high="left_high",
    ),
    Column("left_low", "share", text("At least", "下限")),
    Column("left_high", "share", text("At most", "上限")),
    Column("then", "people", text("Customers then", "当時の顧客")),
]

PLUGIN = Metric(
    key="churn_risk",
    group="customers",
    shape="bars",
    title=text("Churn risk", "離反リスク"),
    definition=text(
        "The chance that a customer (who bought within the lookback) does not buy again within the horizon, by a "
        "logistic regression with an L2 penalty over recency, frequency, amount, tenure, activity and its trend, "
        "touchpoints, variety and clicks in messages. It learns from the horizon before the last one, is measured by "
        "the last one, and foretells the next.",
        "参照期間内に購入した顧客が、予測期間内に再び購入しない確率です。最終購入、頻度、金額、利用期間、行動量とその増減、"
        "接点、品目の幅、メッセージのクリックを使うL2正則化ロジスティック回帰で求めます。"
        "2つ前の期間から学習し、直前の期間で精度を測り、次の期間を予測します。",
    ),
    params=ChurnParams,
    compute=compute,
    check=check_purchases,
    people=people,
    events=lambda params: [params.event],
    breaks_down=False,
    compares=False,
)
