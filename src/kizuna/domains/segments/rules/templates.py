"""Segments that many workspaces want, in the standard vocabulary of events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ORDERED, ADDED, CHECKOUT, VIEWED = "Order Completed", "Product Added", "Checkout Started", "Product Viewed"
REFUNDED, ANSWERED = "Order Refunded", "Survey Answered"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """``needs`` are names of events, and traits as ``trait:name``."""

    key: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    condition: Json
    needs: Sequence[str]


def _ago(days: int, unit: str = "day") -> Json:
    return {"at": "ago", "span": {"n": days, "unit": unit}}


def _did(event: str, value: float = 1, *, since: Json | None = None, until: Json | None = None, **more: Any) -> Json:
    window = {name: moment for name, moment in (("since", since), ("until", until)) if moment is not None}
    found: Json = {"kind": "did", "event": {"name": event}} | more
    if value != 1:
        found["value"] = value
    return found | ({"window": window} if window else {})


def _not(node: Json) -> Json:
    return {"kind": "not", "of": node}


def _first(event: str, since: Json) -> Json:
    return {"kind": "occurrence", "which": "first", "event": {"name": event}, "window": {"since": since}}


def _last(event: str, since: Json | None, until: Json) -> Json:
    window = {"until": until} if since is None else {"since": since, "until": until}
    return {"kind": "occurrence", "which": "last", "event": {"name": event}, "window": window}


def _all(*nodes: Json) -> Json:
    return {"version": 1, "where": {"kind": "all", "of": list(nodes)}}


def _left_behind(event: str, hours: int) -> Json:
    """They did it lately, and no order followed within some hours."""
    return {
        "kind": "unfollowed",
        "first": {"name": event},
        "then": {"name": ORDERED},
        "within": {"n": hours, "unit": "hour"},
        "window": {"since": _ago(7)},
    }


def _score(low: float, high: float) -> Json:
    """The latest answer lies in a range."""
    return {
        "kind": "occurrence",
        "which": "last",
        "event": {"name": ANSWERED},
        "having": [{"property": "score", "test": {"op": "between", "low": low, "high": high}}],
    }


_SPENT = {"of": "sum", "property": "total"}

TEMPLATES: tuple[Template, ...] = (
    Template(
        "new_customers",
        {"en": "New customers", "ja": "新規のお客様"},
        {"en": "First order within the last 30 days.", "ja": "直近30日以内に初めて購入したお客様。"},
        _all(_first(ORDERED, _ago(30))),
        (ORDERED,),
    ),
    Template(
        "one_time_buyers",
        {"en": "Bought once", "ja": "一度だけ購入"},
        {
            "en": "One order, made one to six months ago: the time in which a second one is won.",
            "ja": "1〜6か月前に一度だけ購入したお客様。二度目のご購入を促す時期です。",
        },
        _all(_did(ORDERED, compare="exactly"), _last(ORDERED, _ago(180), _ago(30))),
        (ORDERED,),
    ),
    Template(
        "loyal",
        {"en": "Loyal customers", "ja": "優良顧客"},
        {
            "en": "At least four orders within a year, the last within 90 days.",
            "ja": "1年間に4回以上購入し、直近90日以内にも購入したお客様。",
        },
        _all(_did(ORDERED, 4, since=_ago(365)), _did(ORDERED, since=_ago(90))),
        (ORDERED,),
    ),
    Template(
        "big_spenders",
        {"en": "Big spenders", "ja": "高額購入のお客様"},
        {
            "en": "Orders worth 100,000 or more within a year, in your currency. Change the amount as you like.",
            "ja": "1年間の購入金額が合計10万（貴社の通貨）以上のお客様。金額は自由に変更できます。",
        },
        _all(_did(ORDERED, 100_000, since=_ago(365), measure=_SPENT)),
        (ORDERED,),
    ),
    Template(
        "at_risk",
        {"en": "At risk", "ja": "離れかけているお客様"},
        {
            "en": "At least two orders, but none for three to six months.",
            "ja": "2回以上購入したが、3〜6か月の間購入していないお客様。",
        },
        _all(_did(ORDERED, 2), _last(ORDERED, _ago(180), _ago(90))),
        (ORDERED,),
    ),
    Template(
        "lapsed",
        {"en": "Lapsed customers", "ja": "休眠のお客様"},
        {"en": "Bought before, but not for a year.", "ja": "過去に購入したが、1年以上購入していないお客様。"},
        _all(_last(ORDERED, None, _ago(365))),
        (ORDERED,),
    ),
    Template(
        "cart_abandoners",
        {"en": "Left a cart behind", "ja": "カゴ落ち"},
        {
            "en": "Put something into the cart within a week, and no order followed within 24 hours.",
            "ja": "1週間以内にカートへ商品を入れたが、24時間以内に購入しなかったお客様。",
        },
        _all(_left_behind(ADDED, 24)),
        (ADDED, ORDERED),
    ),
    Template(
        "checkout_abandoners",
        {"en": "Left the checkout", "ja": "購入手続きの途中で離脱"},
        {
            "en": "Started to check out within a week, and no order followed within an hour.",
            "ja": "1週間以内に購入手続きを始めたが、1時間以内に購入しなかったお客様。",
        },
        _all(_left_behind(CHECKOUT, 1)),
        (CHECKOUT, ORDERED),
    ),
    Template(
        "browsers",
        {"en": "Looks, but does not buy", "ja": "閲覧のみのお客様"},
        {
            "en": "Viewed five products or more within two weeks without an order.",
            "ja": "2週間以内に商品を5回以上閲覧したが、購入していないお客様。",
        },
        _all(_did(VIEWED, 5, since=_ago(14)), _not(_did(ORDERED, since=_ago(14)))),
        (VIEWED, ORDERED),
    ),
    Template(
        "refunded",
        {"en": "Sent back lately", "ja": "最近返品したお客様"},
        {
            "en": "An order was refunded within 30 days: write with care.",
            "ja": "直近30日以内に返品・返金があったお客様。ご案内の際はご配慮ください。",
        },
        _all(_did(REFUNDED, since=_ago(30))),
        (REFUNDED,),
    ),
    Template(
        "promoters",
        {"en": "Promoters", "ja": "推奨者"},
        {"en": "Gave 9 or 10 in their last survey.", "ja": "直近のアンケートで9点または10点を付けたお客様。"},
        _all(_score(9, 10)),
        (ANSWERED,),
    ),
    Template(
        "detractors",
        {"en": "Detractors", "ja": "批判者"},
        {"en": "Gave 0 to 6 in their last survey.", "ja": "直近のアンケートで0〜6点を付けたお客様。"},
        _all(_score(0, 6)),
        (ANSWERED,),
    ),
    Template(
        "birthday_soon",
        {"en": "Birthday within a week", "ja": "1週間以内に誕生日"},
        {
            "en": "Their birthday comes round within the next seven days. Needs the trait birthday.",
            "ja": "今後7日以内に誕生日を迎えるお客様。属性 birthday が必要です。",
        },
        _all({"kind": "trait", "name": "birthday", "test": {"op": "anniversary", "last": 7}}),
        ("trait:birthday",),
    ),
    Template(
        "reachable_by_email",
        {"en": "May get news by e-mail", "ja": "メールでのご案内に同意"},
        {
            "en": "Have an e-mail address, and agreed to news and offers there.",
            "ja": "メールアドレスがあり、お知らせ・特典のメールに同意しているお客様。",
        },
        _all(
            {"kind": "identifier", "type": "email", "test": {"op": "exists"}},
            {"kind": "consent", "purpose": "marketing", "channel": "email"},
        ),
        (),
    ),
)
