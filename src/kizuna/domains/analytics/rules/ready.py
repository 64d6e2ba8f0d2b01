"""Dashboards that every workspace has: data that name metrics and questions.

They speak of what shops send by the names of the Segment specification; a tile whose metric or events a workspace does
not have is replaced by a sentence. All of them look back from the last event that there is, as far as ``choose_range``
says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kizuna.domains.analytics.contracts import Interval, Range, Text, UntilLast
from kizuna.domains.analytics.rules.words import text

BOUGHT = "Order Completed"

DAY_US = 86_400_000_000
DAYS_TOLD_BY_DAY, DAYS_TOLD_BY_WEEK = 15, 92


@dataclass(frozen=True, slots=True)
class ReadyTile:
    """``query`` is a question; the dashboard's range and interval stand for those that it does not have. ``events``
    must have been sent for it to make sense."""

    title: Text
    query: Mapping[str, Any]
    events: Sequence[str] = ()
    width: int = 6
    height: int = 4
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    chart: str | None = None


EVER = {"kind": "until_last"}
HALF_A_YEAR = {"kind": "until_last", "n": 6, "unit": "month", "current": False}


@dataclass(frozen=True, slots=True)
class ReadyDashboard:
    key: str
    title: Text
    description: Text
    tiles: Sequence[ReadyTile]


def choose_range(first_us: int | None, last_us: int | None) -> tuple[Range, Interval]:
    """How far ready dashboards look back, and in which periods: as there is something to see. A year is told in whole
    months, so that the beginning of one does not look like an end; who began lately sees weeks, or days."""
    days = 0 if first_us is None or last_us is None else (last_us - first_us) // DAY_US
    if days < DAYS_TOLD_BY_DAY:
        return UntilLast(14, "day"), "day"
    if days < DAYS_TOLD_BY_WEEK:
        return UntilLast(13, "week"), "week"
    return UntilLast(12, "month", current=False), "month"


def _trend(*series: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    params: dict[str, Any] = {"series": list(series)}
    if "formulas" in more:
        params["formulas"] = more.pop("formulas")
    return {"metric": "trend", "params": params, **more}


def _of(event: str | None, measure: str = "events", **more: Any) -> dict[str, Any]:
    return {"event": {"name": event}, "measure": measure, **more}


def _steps(*events: str) -> list[dict[str, Any]]:
    return [{"event": {"name": event}} for event in events]


ENGAGEMENT = ReadyDashboard(
    "engagement",
    text("Engagement overview", "エンゲージメントの概要"),
    text(
        "How many are active, who of them is new or back, and how often they come.",
        "活動している人数、その内訳、頻度を示します。",
    ),
    [
        ReadyTile(text("Active people", "活動者数"), {"metric": "actives"}, width=12),
        ReadyTile(text("New, returning and gone", "活動者の内訳"), {"metric": "lifecycle"}),
        ReadyTile(text("Months active", "活動した月数"), {"metric": "stickiness"}),
        ReadyTile(text("Engagement score", "エンゲージメントスコア"), {"metric": "engagement"}, [BOUGHT]),
        ReadyTile(text("Visits", "訪問"), {"metric": "sessions"}, ["Page Viewed"]),
        ReadyTile(text("Messages", "メッセージの反応"), {"metric": "messages"}, ["Email Delivered"], width=12),
    ],
)

CUSTOMERS = ReadyDashboard(
    "customers",
    text("Customers", "顧客"),
    text("Who is worth what, who is about to leave.", "顧客の価値と、離れそうな顧客を示します。"),
    [
        ReadyTile(text("RFM map", "RFMマップ"), {"metric": "rfm"}, [BOUGHT], width=12, height=6),
        ReadyTile(text("Customer lifetime value", "顧客生涯価値"), {"metric": "clv", "range": EVER}, [BOUGHT]),
        ReadyTile(
            text("Risk of leaving", "離反リスク"), {"metric": "churn_risk"}, [BOUGHT], options={"measure": "left"}
        ),
        ReadyTile(text("Still customers?", "継続している確率"), {"metric": "alive", "range": EVER}, [BOUGHT], width=4),
        ReadyTile(text("Share of revenue by tenth", "売上の集中度"), {"metric": "concentration"}, [BOUGHT], width=4),
        ReadyTile(text("Buying again", "リピート購入"), {"metric": "repeat"}, [BOUGHT], width=4),
        ReadyTile(
            text("Moves between RFM groups in half a year", "半年間のRFMグループ間の移動"),
            {"metric": "rfm_migration", "params": {"days": 180}, "range": HALF_A_YEAR},
            [BOUGHT],
            width=12,
            height=6,
        ),
    ],
)

COMMERCE = ReadyDashboard(
    "commerce",
    text("Commerce", "売上"),
    text("What is sold, to whom, and what goes together.", "何が誰に売れ、何が一緒に買われているかを示します。"),
    [
        ReadyTile(
            text("Revenue", "売上高"),
            _trend(_of(BOUGHT, "sum", property="total", money=True), compare="previous_period"),
            [BOUGHT],
            width=12,
        ),
        ReadyTile(text("Buyers and orders", "購入者数と注文数"), _trend(_of(BOUGHT, "people"), _of(BOUGHT)), [BOUGHT]),
        ReadyTile(
            text("Average order value", "平均注文額"),
            _trend(_of(BOUGHT, "average", property="total", money=True)),
            [BOUGHT],
        ),
        ReadyTile(
            text("Orders by category", "カテゴリー別の注文数"),
            _trend(_of(BOUGHT), breakdown={"by": "property", "property": "products[].category"}, breakdown_limit=5),
            [BOUGHT],
        ),
        ReadyTile(
            text("Who buys what, by age", "年代別の購入傾向"),
            {"metric": "buyers", "params": {"items": 8}, "breakdown": {"by": "trait", "trait": "age"}},
            [BOUGHT],
        ),
        ReadyTile(
            text("Bought together", "併売"),
            {"metric": "bought_together", "params": {"item_property": "products[].category", "least_baskets": 30}},
            [BOUGHT],
        ),
        ReadyTile(
            text("Days until bought again", "買い替え間隔"),
            {"metric": "replenishment", "params": {"item_property": "products[].category"}},
            [BOUGHT],
        ),
    ],
)

ACQUISITION = ReadyDashboard(
    "acquisition",
    text("Acquisition and conversion", "獲得と転換"),
    text("How new customers come, and what makes people buy.", "新規顧客の獲得と、購入につながった接点を示します。"),
    [
        ReadyTile(
            text("First purchases and returns", "新規購入と復帰"),
            {"metric": "lifecycle", "params": {"event": {"name": BOUGHT}}},
            [BOUGHT],
            width=12,
        ),
        ReadyTile(
            text("From product to order", "閲覧から購入まで"),
            {"metric": "funnel", "params": {"steps": _steps("Product Viewed", "Product Added", BOUGHT)}},
            ["Product Viewed", "Product Added", BOUGHT],
            height=5,
        ),
        ReadyTile(
            text("From campaign to coupon", "施策からクーポン利用まで"),
            {
                "metric": "funnel",
                "params": {
                    "steps": _steps("Campaign Received", BOUGHT, "Coupon Redeemed"),
                    "window": {"n": 60, "unit": "day"},
                },
            },
            ["Campaign Received", BOUGHT, "Coupon Redeemed"],
            height=5,
        ),
        ReadyTile(
            text("What led to orders", "購入への貢献度"),
            {"metric": "attribution"},
            ["Page Viewed", BOUGHT],
            height=5,
        ),
        ReadyTile(
            text("What campaigns led to", "施策の貢献度"),
            {
                "metric": "attribution",
                "params": {
                    "touches": [{"name": "Campaign Received"}, {"name": "Coupon Redeemed"}],
                    "properties": ["campaign_type"],
                },
            },
            ["Campaign Received", BOUGHT],
            height=5,
        ),
        ReadyTile(text("What people do next", "行動の流れ"), {"metric": "paths"}, width=12, height=6),
    ],
)

RETENTION = ReadyDashboard(
    "retention",
    text("Retention", "継続"),
    text("Who comes back, and what they are worth by then.", "戻ってくる人の割合と、それまでの購入額を示します。"),
    [
        ReadyTile(text("Coming back, by month", "月別の継続率"), {"metric": "retention"}, width=12, height=6),
        ReadyTile(
            text("Buying again, by month of the first order", "初回購入月別の再購入率"),
            {
                "metric": "retention",
                "params": {"start": {"name": BOUGHT}, "back": {"name": BOUGHT}, "cohort": "first_time"},
            },
            [BOUGHT],
            width=12,
            height=6,
        ),
        ReadyTile(text("Revenue of cohorts", "コホート別の売上"), {"metric": "cohorts"}, [BOUGHT], width=12, height=6),
    ],
)

JOURNEY = ReadyDashboard(
    "journey",
    text("Journey map", "ジャーニーマップ"),
    text(
        "In which stage people are, and where they stay behind.",
        "顧客がどのステージにいて、どこで止まっているかを示します。",
    ),
    [ReadyTile(text("Stages", "ステージ"), {"metric": "journey"}, width=12, height=5)],
)

READY: Mapping[str, ReadyDashboard] = {
    one.key: one for one in (ENGAGEMENT, CUSTOMERS, COMMERCE, ACQUISITION, RETENTION, JOURNEY)
}
"""By key, in the order they are listed."""
