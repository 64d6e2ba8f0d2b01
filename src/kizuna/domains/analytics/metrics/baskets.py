"""Market baskets: which things are bought together more often than chance would have it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.baskets import Baskets, find_baskets
from kizuna.domains.analytics.queries.items import people_with_items
from kizuna.domains.analytics.rules.words import text
from kizuna.kernel.engine import FrequentSets

RULES_MAX = 500
BASKETS_LEAST = 30
JOINED = " + "

Share = Annotated[float, Meta(ge=0, le=1)]


class BasketParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``item_property`` is what things are told apart by, mostly of a list: ``products[].name``. Without
    ``basket_property`` each event is a basket."""

    event: EventMatch = EventMatch("Order Completed")
    item_property: Name = "products[].name"
    basket_property: Name | None = None
    least_support: Annotated[float, Meta(gt=0, le=1)] = 0.01
    least_confidence: Share = 0.1
    least_lift: Annotated[float, Meta(ge=0, le=1_000)] = 1.0
    longest: Annotated[int, Meta(ge=2, le=6)] = 3


async def compute(ask: Ask, params: BasketParams) -> Found:
    def least(baskets: int) -> int:
        from kizuna.measures.baskets import least_count

        # Of too few nothing is asked.
        return least_count(_exact(params.least_support), baskets) if baskets >= BASKETS_LEAST else baskets + 1

    of = params.event, params.item_property, params.basket_property
    baskets = await find_baskets(ask, *of, least, params.longest, "params.least_support")
    return Found(COLUMNS, _rules(ask, params, baskets), _figures(baskets.found))


def _rules(ask: Ask, params: BasketParams, baskets: Baskets) -> list[list[Any]]:
    from kizuna.measures.baskets import find_rules

    if baskets.found.baskets < BASKETS_LEAST:
        ask.note(
            "not_enough_data",
            f"There are {baskets.found.baskets} baskets; below {BASKETS_LEAST} chance would tell, not customers.",
            f"買い物かごが{baskets.found.baskets}件しかありません。{BASKETS_LEAST}件未満では偶然と区別できません。",
            warning=True,
        )
        return []
    rules = find_rules(baskets.itemsets, _exact(params.least_confidence), _exact(params.least_lift))
    if len(rules) > RULES_MAX:
        ask.note(
            "rules_cut",
            f"{len(rules):,} rules meet the thresholds; the {RULES_MAX} with the greatest lift are shown.",
            f"条件を満たす組み合わせは{len(rules):,}件あります。リフト値の高い{RULES_MAX}件を表示しています。",
        )
    ask.note(
        "together_not_because",
        "That things are bought together does not say that one makes people buy the other: test it.",
        "一緒に買われていても、片方がもう片方の購入を促したとは限りません。施策で確かめてください。",
    )
    named = lambda codes: JOINED.join(sorted(baskets.names[code] for code in codes))  # noqa: E731
    return [
        [
            named(rule.left),
            named(rule.right),
            rule.with_both,
            rule.support,
            rule.confidence,
            rule.lift,
            rule.leverage,
            rule.conviction,
            rule.with_left,
            rule.with_right,
        ]
        for rule in rules[:RULES_MAX]
    ]


def _exact(share: float) -> Fraction:
    """The number as it is written, not as a double holds it."""
    return Fraction(repr(share))


def _figures(found: FrequentSets) -> list[Figure]:
    return [
        Figure("baskets", "count", text("Baskets", "買い物かご"), found.baskets),
        Figure("people", "people", text("Customers", "顧客"), found.people),
        Figure("items", "count", text("Different items", "品目"), found.items),
        Figure(
            "per_basket",
            "number",
            text("Items a basket", "1かごあたりの品目数"),
            found.pairs / found.baskets if found.baskets else None,
        ),
    ]


async def people(ask: Ask, params: BasketParams, cell: Cell) -> Sequence[int]:
    """Who bought all of the left side and nothing of the right one: to whom it could be offered. With the column
    ``both``, who bought all of both, in whatever baskets."""
    left, right = (str(cell[side]).split(JOINED) for side in ("left", "right"))
    both = cell.get("column") == "both"
    return await people_with_items(ask, params.event, params.item_property, left, right, both=both)


COLUMNS = [
    Column("left", "label", text("Who buys", "これを買う人は")),
    Column("right", "label", text("also buys", "これも買う")),
    Column("both", "count", text("Baskets with both", "両方が入ったかご"), opens=True),
    Column(
        "support", "share", text("Support", "支持度"), text("Baskets with both, of all", "全かごのうち両方を含む割合")
    ),
    Column(
        "confidence",
        "share",
        text("Confidence", "確信度"),
        text("Baskets with both, of those with the left side", "左側を含むかごのうち、右側も含む割合"),
        of="with_left",
        opens=True,
    ),
    Column(
        "lift",
        "number",
        text("Lift", "リフト値"),
        text(
            "How many times as often as if they were independent (Brin et al. 1997)",
            "互いに無関係だった場合と比べて何倍多いか（Brinら、1997年）",
        ),
    ),
    Column(
        "leverage",
        "number",
        text("Leverage", "レバレッジ"),
        text("Support less what chance would give (Piatetsky-Shapiro 1991)", "支持度から偶然で生じる分を引いた値"),
    ),
    Column(
        "conviction",
        "number",
        text("Conviction", "コンビクション"),
        text(
            "How often the rule would fail by chance for each time it fails; nothing where it never does",
            "規則が実際に外れる頻度に対する、偶然なら外れる頻度の比。外れがない場合は空欄です。",
        ),
    ),
    Column("with_left", "count", text("Baskets with the left", "左側を含むかご")),
    Column("with_right", "count", text("Baskets with the right", "右側を含むかご")),
]

PLUGIN = Metric(
    key="baskets",
    group="products",
    shape="table",
    title=text("Market baskets", "バスケット分析"),
    definition=text(
        "Rules “who buys this also buys that” among baskets of the range: every combination that is frequent enough, "
        "counted exactly. Thresholds are compared in whole numbers.",
        "期間中の買い物かごから、「これを買う人はこれも買う」という組み合わせを、しきい値以上のものすべてについて正確に数えます。",
    ),
    params=BasketParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    breaks_down=False,
    compares=False,
)
