"""Purchases by customer: how often, how much, when first and last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from kizuna.conditions.ast import EventMatch, Name
from kizuna.conditions.moments import At, day_start_us, local_date
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.elements import is_of_elements
from kizuna.domains.analytics.queries.rows import Rows
from kizuna.kernel.errors import Invalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

MILLION = 1_000_000


class PurchaseParams(Struct, frozen=True, forbid_unknown_fields=True):
    """What a purchase is, and what it is worth. Amounts of ``refund`` are taken off, whatever sign they have; an
    order that was refunded stays one. Without a ``currency_property`` nothing is said of currencies."""

    event: EventMatch = EventMatch("Order Completed")
    amount_property: Name = "total"
    refund: EventMatch | None = EventMatch("Order Refunded")
    currency_property: Name | None = "currency"


def check_purchases(params: PurchaseParams) -> None:
    """Raises ``Invalid`` for an amount of things within an order: it would count the order several times."""
    if is_of_elements(params.amount_property):
        raise Invalid(
            "amount_of_list",
            "The amount must be one of the whole order, as total, not one of each thing in it.",
            fields={"params.amount_property": "Name a property of the order itself."},
        )


@dataclass(frozen=True, slots=True)
class Customers:
    """Everybody who bought at least once, by ascending profile key. ``amounts`` are in millionths, refunds taken off;
    times are of purchases, in microseconds."""

    keys: NDArray[Any]
    orders: NDArray[Any]
    amounts: NDArray[Any]
    first_us: NDArray[Any]
    last_us: NDArray[Any]

    def __len__(self) -> int:
        return len(self.keys)


# The customers, and before them one row of what is odd about amounts: so the orders are read once for both.
_READ = """
    SELECT 1 AS part, profile_key, count(*) FILTER (WHERE bought) AS orders,
        CAST(coalesce(sum(CASE WHEN bought THEN amount ELSE -abs(amount) END), 0) AS BIGINT) AS amount,
        min(time_us) FILTER (WHERE bought) AS first_us, max(time_us) FILTER (WHERE bought) AS last_us,
        CAST(NULL AS BIGINT) AS free, CAST(NULL AS BIGINT) AS negative, CAST(NULL AS STRING) AS currency,
        CAST(NULL AS STRING) AS other
    FROM told
    WHERE bought OR refunded
    GROUP BY profile_key
    HAVING count(*) FILTER (WHERE bought) > 0
    UNION ALL
    SELECT 0 AS part, CAST(0 AS BIGINT) AS profile_key, count(*) FILTER (WHERE bought) AS orders,
        CAST(0 AS BIGINT) AS amount, CAST(0 AS BIGINT) AS first_us, CAST(0 AS BIGINT) AS last_us,
        count(*) FILTER (WHERE bought AND amount IS NULL) AS free,
        count(*) FILTER (WHERE bought AND amount < 0) AS negative,
        min(currency) AS currency, max(currency) AS other
    FROM told
    WHERE bought OR refunded
    ORDER BY part, profile_key
"""


async def read_customers(
    ask: Ask, params: PurchaseParams, since_us: int | None = None, until_us: int | None = None, *, noted: bool = True
) -> Customers:
    """Of the range that is asked about, or of another. ``noted`` says in the answer what is odd about amounts."""
    found = await ask.select(_READ, {"told": purchase_rows(ask, params, since_us, until_us).write()})
    if noted:
        note_amounts(ask, params, found.slice(0, 1).to_pylist()[0])
    names = ("profile_key", "orders", "amount", "first_us", "last_us")
    return Customers(*(found.column(name).slice(1).to_numpy() for name in names))


def purchase_rows(ask: Ask, params: PurchaseParams, since_us: int | None, until_us: int | None) -> Rows:
    """Purchases and refunds, with the columns ``bought``, ``refunded``, ``amount`` in millionths and ``currency``."""
    matches = [params.event, *([] if params.refund is None else [params.refund])]
    rows = ask.rows(matches, since_us, until_us)
    rows.add(rows.flag(0), "bought")
    # What is both is a purchase.
    rows.add("false" if params.refund is None else f"({rows.flag(1)} AND NOT {rows.flag(0)})", "refunded")
    rows.millionths(params.amount_property, "amount")
    if params.currency_property is None:
        rows.add("CAST(NULL AS STRING)", "currency")
    else:
        rows.label(params.currency_property, "currency")
    return rows


def note_amounts(ask: Ask, params: PurchaseParams, row: Mapping[str, Any]) -> None:
    """Says what is odd about amounts: of so many ``orders`` how many are ``free`` or ``negative``, and the least and
    greatest ``currency`` and ``other``."""
    one, other, own = row["currency"], row["other"], ask.currency
    if one != other:
        ask.note(
            "mixed_currencies",
            f"Amounts are in several currencies ({one}, {other} …) and were added up as they stand. Filter by "
            "currency.",
            f"金額に複数の通貨（{one}、{other}など）が混ざっており、換算せずに合計しています。通貨で絞り込んでください。",
            warning=True,
        )
    elif one is not None and one.upper() != own:
        ask.note(
            "other_currency",
            f"Amounts are in {one}, not in {own}, the workspace's currency.",
            f"金額はワークスペースの通貨{own}ではなく、{one}で記録されています。",
            warning=True,
        )
    if row["free"]:
        ask.note(
            "no_amount",
            f"{row['free']:,} of {row['orders']:,} orders have no number as {params.amount_property}; they count as "
            "orders of 0.",
            f"注文{row['orders']:,}件のうち{row['free']:,}件は{params.amount_property}が数値ではないため、"
            "金額0の注文として数えています。",
        )
    if row["negative"]:
        ask.note(
            "negative_amounts",
            f"{row['negative']:,} of {row['orders']:,} orders have a negative amount, which was taken as it is.",
            f"注文{row['orders']:,}件のうち{row['negative']:,}件は金額がマイナスで、そのまま合計しています。",
        )


def end_of(ask: Ask) -> At:
    """The last moment that the range has, and that there was already: what answers as of one are as of."""
    return At(min(ask.periods.until_us - 1, ask.at.now_us), ask.at.zone, ask.at.week_start)


def days_before(at: At, times_us: NDArray[Any]) -> NDArray[Any]:
    """Whole days of the zone's calendar from each time to the moment's day; 0 on the same day."""
    import numpy as np

    if not len(times_us):
        return np.zeros(0, np.int64)
    last, first = local_date(at), local_date(At(int(times_us.min()), at.zone))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    starts = np.array([day_start_us(day, at.zone) for day in days], np.int64)
    return len(days) - np.searchsorted(starts, times_us, side="right")
