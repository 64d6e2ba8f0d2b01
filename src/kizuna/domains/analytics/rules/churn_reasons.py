"""What a churn model looks at, and how it says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kizuna.domains.analytics.contracts import Text
from kizuna.domains.analytics.rules.words import text


@dataclass(frozen=True, slots=True)
class Feature:
    """``more`` and ``less`` say of a person that they have more or less of it than the average customer."""

    title: Text
    more: Text
    less: Text


FEATURES: Mapping[str, Feature] = {
    "since_last": Feature(
        text("Days since the last purchase", "最終購入からの日数"),
        text("The last purchase is long ago", "最後の購入から日数が経っています"),
        text("Bought lately", "最近購入しています"),
    ),
    "overdue": Feature(
        text("Days since the last purchase, against the person's own interval", "普段の購入間隔に対する経過日数"),
        text("Later than usual for this person", "普段の購入間隔を過ぎています"),
        text("Within this person's usual interval", "普段の購入間隔の範囲内です"),
    ),
    "orders": Feature(
        text("Orders", "注文数"),
        text("Buys often", "購入回数が多い顧客です"),
        text("Bought few times", "購入回数が少なめです"),
    ),
    "only_once": Feature(
        text("Only one purchase ever", "購入が1回のみ"),
        text("Bought only once", "購入が1回だけです"),
        text("Bought several times", "複数回購入しています"),
    ),
    "amount": Feature(
        text("Amount of an order", "注文あたりの金額"),
        text("Spends much at a time", "1回の購入金額が高めです"),
        text("Spends little at a time", "1回の購入金額が低めです"),
    ),
    "tenure": Feature(
        text("Days since the first purchase", "初回購入からの日数"),
        text("Customer for long", "長く利用している顧客です"),
        text("Customer since lately", "利用を始めたばかりです"),
    ),
    "activity": Feature(
        text("Activity lately", "最近の行動量"),
        text("Active lately", "最近よく利用しています"),
        text("Hardly active lately", "最近の利用がわずかです"),
    ),
    "trend": Feature(
        text("Activity lately, against before", "行動量の増減"),
        text("More active than before", "以前より利用が増えています"),
        text("Less active than before", "以前より利用が減っています"),
    ),
    "touchpoints": Feature(
        text("Different touchpoints", "利用する接点の数"),
        text("Uses several touchpoints", "複数の接点を利用しています"),
        text("Uses few touchpoints", "利用する接点が少なめです"),
    ),
    "variety": Feature(
        text("Different things bought", "購入した品目の数"),
        text("Buys many different things", "購入する品目が幅広い顧客です"),
        text("Buys few different things", "購入する品目が限られています"),
    ),
    "messages": Feature(
        text("Clicks in messages", "メッセージのクリック"),
        text("Clicks in messages", "配信メッセージをよくクリックしています"),
        text("Does not click in messages", "配信メッセージへの反応が少なめです"),
    ),
}
"""In the order in which models know them."""


def say_reason(name: str, above: bool) -> Text:
    """Why a person's risk differs, by the feature and whether they are above the average customer in it."""
    feature = FEATURES[name]
    return feature.more if above else feature.less
