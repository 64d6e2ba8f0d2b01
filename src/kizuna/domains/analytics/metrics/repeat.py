"""Repeat purchases: who buys again, how soon, and how likely after each purchase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.contracts import BySegment, Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.labels import Labels, fold_labels
from kizuna.domains.analytics.rules.intervals import wilson
from kizuna.domains.analytics.rules.periods import DAY_US
from kizuna.domains.analytics.rules.words import LABEL, text

MOST = 10
"""So many orders or more are told together."""
WAITS = (30, 60, 90, 180)
COUNTS = range(1, MOST + 1)
_EVER_US = -(1 << 50)


class RepeatParams(Struct, frozen=True, forbid_unknown_fields=True):
    """A next purchase counts when it comes within ``within_days`` days of 24 hours."""

    event: EventMatch = EventMatch("Order Completed")
    within_days: Annotated[int, Meta(ge=1, le=3_660)] = 90


async def _tell(ask: Ask, params: RepeatParams) -> Labels:
    """Every purchase up to now, for those before the range say which is the first, those after it who came back."""
    rows = ask.rows([params.event], _EVER_US, ask.at.now_us + 1)
    rows.add(rows.flag(0), "meant")
    rows.add("message_id", "message_id")
    return await fold_labels(ask, ask.tell(rows), f"meant AND {_in_range(ask)}")


def _in_range(ask: Ask) -> str:
    return f"time_us >= {ask.periods.since_us} AND time_us < {ask.periods.until_us}"


def _numbered(ask: Ask) -> str:
    """SELECT of purchases with their ``number`` among those of the person, and ``next_us``. Labels of people stay
    with them; of others the first purchase's counts for the person."""
    told = "SELECT profile_key, label, time_us, message_id FROM told WHERE meant"
    of_person = "profile_key, label"
    if isinstance(ask.query.breakdown, BySegment):
        # Who is in two segments that stand together as "other" is in it once.
        told = f"SELECT DISTINCT profile_key, label, time_us, message_id FROM ({told}) AS m"
    elif ask.query.breakdown is not None:
        once = f"SELECT profile_key, time_us, message_id, min(label) AS label FROM ({told}) AS m "
        once += "GROUP BY profile_key, time_us, message_id"
        first = "first_value(label) OVER (PARTITION BY profile_key ORDER BY time_us, message_id)"
        told = f"SELECT profile_key, time_us, message_id, {first} AS label FROM ({once}) AS o"
    window = f"OVER (PARTITION BY {of_person} ORDER BY time_us, message_id)"
    return (
        f"SELECT profile_key, label, time_us, row_number() {window} AS number, lead(time_us) {window} AS next_us "
        f"FROM ({told}) AS t"
    )


def _returned(ask: Ask, days: int) -> str:
    """Two columns: purchases whose time to come back is over, and those of them after which somebody did."""
    over = f"time_us + {days * DAY_US} <= {ask.at.now_us}"
    back = f"next_us <= time_us + {days * DAY_US}"
    return f"count(*) FILTER (WHERE {over}) AS over_{days}, count(*) FILTER (WHERE {over} AND {back}) AS back_{days}"


async def compute(ask: Ask, params: RepeatParams) -> Found:
    labels = await _tell(ask, params)
    numbered, in_range = _numbered(ask), _in_range(ask)
    select = lambda sql: ask.select(sql, labels.relations, labels.tables)  # noqa: E731
    by_number = await select(
        f"SELECT label, least(number, {MOST}) AS number, {_returned(ask, params.within_days)} "
        f"FROM ({numbered}) AS n WHERE {in_range} GROUP BY label, least(number, {MOST})"
    )
    by_person = f"SELECT label, count(*) AS orders FROM ({numbered}) AS n WHERE {in_range} GROUP BY label, profile_key"
    by_orders = await select(
        f"SELECT label, least(orders, {MOST}) AS orders, count(*) AS people, sum(orders) AS total "
        f"FROM ({by_person}) AS p GROUP BY label, least(orders, {MOST})"
    )
    gap = f"CASE WHEN next_us < {ask.periods.until_us} THEN next_us - time_us END"
    firsts = f"SELECT label, CASE WHEN number = 1 THEN time_us END AS time_us, next_us, {gap} AS gap_us"
    in_all = await select(
        f"SELECT label, {', '.join(_returned(ask, days) for days in WAITS)}, count(gap_us) AS gaps, "
        f"quantile_cont(gap_us, 0.5) AS gap_us FROM ({firsts} FROM ({numbered}) AS n WHERE {in_range}) AS f "
        "GROUP BY label"
    )
    after = {(row["label"], row["number"]): row for row in by_number.to_pylist()}
    spread = {(row["label"], row["orders"]): row for row in by_orders.to_pylist()}
    whole = {row["label"]: row for row in in_all.to_pylist()}
    rows: list[list[Any]] = []
    figures: list[Figure] = []
    # Of a label that no first order has there is nobody.
    held = [label for label in labels.values if label in whole and any((label, n) in spread for n in COUNTS)]
    for label in held or labels.values[:1]:
        counts = [spread.get((label, number), {"people": 0, "total": 0}) for number in COUNTS]
        rows += _bars(params, label, counts, [after.get((label, number)) for number in COUNTS])
        suffix = f":{label or ''}" if ask.query.breakdown else ""
        figures += _figures(suffix, counts, whole.get(label))
    _note(ask, params, figures)
    return Found(COLUMNS, rows, figures)


def _bars(
    params: RepeatParams,
    label: str | None,
    counts: Sequence[Mapping[str, int]],
    after: Sequence[Mapping[str, int] | None],
) -> list[list[Any]]:
    people = sum(one["people"] for one in counts)
    rows: list[list[Any]] = []
    for number, (count, then) in enumerate(zip(counts, after, strict=True), start=1):
        over, back = (0, 0) if then is None else (then[f"{name}_{params.within_days}"] for name in ("over", "back"))
        orders = MORE if number == MOST else str(number)
        share = count["people"] / people if people else None
        rows.append([label, orders, count["people"], share, back / over if over else None, *wilson(back, over), over])
    return rows


def _figures(suffix: str, counts: Sequence[Mapping[str, int]], whole: Mapping[str, Any] | None) -> list[Figure]:
    people, orders = sum(one["people"] for one in counts), sum(int(one["total"]) for one in counts)
    again = people - counts[0]["people"]
    found = [
        Figure("people" + suffix, "people", text("Customers", "顧客"), people),
        Figure(
            "repeat_rate" + suffix,
            "share",
            text("Repeat rate", "リピート率"),
            again / people if people else None,
            *wilson(again, people),
            people,
            text("Customers with two orders or more in the range", "期間中に2回以上購入した顧客の割合"),
        ),
        Figure(
            "orders" + suffix,
            "number",
            text("Orders each", "1人あたり注文数"),
            orders / people if people else None,
            n=people,
        ),
        Figure(
            "gap_days" + suffix,
            "number",
            text("Days between orders", "購入間隔（日）"),
            whole["gap_us"] / DAY_US if whole and whole["gaps"] else None,
            n=whole["gaps"] if whole else 0,
            definition=text(
                "Median of the intervals that lie in the range: long ones are seen less often than they are",
                "期間内に収まった間隔の中央値です。長い間隔は実際より少なく見えます。",
            ),
        ),
    ]
    for days in WAITS:
        over, back = (whole[f"over_{days}"], whole[f"back_{days}"]) if whole else (0, 0)
        title = text(f"Back within {days} days", f"{days}日以内の再購入率")
        found.append(
            Figure(
                f"back_{days}{suffix}",
                "share",
                title,
                back / over if over else None,
                *wilson(back, over),
                over,
                text(
                    "Of those whose first purchase ever is in the range and that many days ago at least",
                    "初めての購入が期間中にあり、その日数がすでに経過した人のうち",
                ),
            )
        )
    return found


def _note(ask: Ask, params: RepeatParams, figures: Sequence[Figure]) -> None:
    ask.note(
        "censored",
        "Shares of who came back are of those whose time is over: who bought first more recently is not in them yet. "
        "Purchases after the range count as coming back.",
        "再購入の割合は、その日数が経過した人だけを対象とし、最近初めて購入した人はまだ含みません。"
        "期間後の購入も再購入に数えます。",
    )
    if any(figure.key.startswith("back_") and figure.value is None for figure in figures):
        ask.note(
            "not_over",
            "Where nothing stands, nobody's time is over yet.",
            "空欄は、その日数が経過した人がまだいません。",
        )


async def people(ask: Ask, params: RepeatParams, cell: Cell) -> Sequence[int]:
    """Who has so many orders in the range."""
    import pyarrow as pa

    labels = await _tell(ask, params)
    wanted, tables = [_in_range(ask)], dict(labels.tables)
    if ask.query.breakdown is not None and "label" in cell:
        label = cell["label"]
        wanted.append("label IS NULL" if label is None else "label IN (SELECT chosen FROM chosen_label)")
        tables["chosen_label"] = pa.table({"chosen": pa.array([label], pa.string())})
    having = ""
    if "orders" in cell:
        asked = str(cell["orders"])
        if asked != MORE and not (asked.isdecimal() and 1 <= int(asked) < MOST):
            return []
        having = f"HAVING count(*) {f'>= {MOST}' if asked == MORE else f'= {int(asked)}'}"
    found = await ask.select(
        f"SELECT DISTINCT profile_key FROM (SELECT profile_key FROM ({_numbered(ask)}) AS n "
        f"WHERE {' AND '.join(wanted)} GROUP BY profile_key, label {having}) AS p ORDER BY profile_key",
        labels.relations,
        tables,
    )
    return found.column("profile_key").to_pylist()


MORE = f"{MOST}+"

COLUMNS = [
    LABEL,
    Column(
        "orders",
        "label",
        text("Orders", "注文数"),
        words={
            **{str(n): text(str(n), f"{n}回") for n in range(1, MOST)},
            MORE: text(f"{MOST} or more", f"{MOST}回以上"),
        },
    ),
    Column(
        "people",
        "people",
        text("Customers", "顧客"),
        text("With so many orders in the range", "期間中にその回数購入した人"),
        opens=True,
    ),
    Column("share", "share", text("Share", "割合")),
    Column(
        "again",
        "share",
        text("Bought again", "次の購入率"),
        text(
            "After that order of a person's life, within the days asked for: of orders in the range that are so long "
            "ago at least",
            "その人にとってその回数目の注文のあと、指定した日数以内に次の注文があった割合。"
            "期間中の注文のうち、その日数が経過したものが対象です。",
        ),
        of="over",
        low="low",
        high="high",
    ),
    Column("low", "share", text("At least", "下限")),
    Column("high", "share", text("At most", "上限")),
    Column("over", "count", text("Orders looked at", "対象の注文")),
]

PLUGIN = Metric(
    key="repeat",
    group="customers",
    shape="bars",
    title=text("Repeat purchases", "リピート購入"),
    definition=text(
        "Customers by how many orders they have in the range, and how likely the next order is after the first, the "
        "second … of their life. Each event is an order. Intervals are 95 % (Wilson 1927).",
        "期間中の注文数ごとの顧客数と、1回目、2回目…の注文のあとに次の注文がある割合です。行動1件を1注文と数えます。"
        "区間は95%信頼区間（Wilson、1927年）です。",
    ),
    params=RepeatParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
)
