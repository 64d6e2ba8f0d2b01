"""What models of customers see of them: how often they bought again, and when last, since the first purchase."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from kizuna.conditions.moments import At, day_start_us, local_date
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.purchases import PurchaseParams, end_of, note_amounts, purchase_rows
from kizuna.domains.analytics.rules.periods import DAY_US

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kizuna.measures.lifetimes.histories import Histories
    from kizuna.measures.lifetimes.value import Spending

_EVER_US = -(1 << 50)
WEEK_DAYS = 7

CountBy = Literal["days", "orders"]
"""Orders of one day of the calendar are one purchase, as in the papers; or each order is."""
ModelName = Literal["bg_nbd", "mbg_nbd", "pareto_nbd"]


@dataclass(frozen=True, slots=True)
class Buyers:
    """Everybody whose first purchase is in the range, by ascending key, as of its end. ``x``, ``last`` and ``age`` are
    (x, t_x, T) in weeks. Amounts are in millionths: ``amount`` of all purchases, ``refunded``, and ``paid_amount`` of
    the ``paid`` repeat purchases that were worth something.

    ``x_before``, ``last_before`` and ``age_before`` are the same as of ``held_days`` earlier; a negative age says that
    the first purchase came after that. ``left_out`` bought first before the range.
    """

    keys: NDArray[Any]
    x: NDArray[Any]
    last: NDArray[Any]
    age: NDArray[Any]
    amount: NDArray[Any]
    refunded: NDArray[Any]
    paid: NDArray[Any]
    paid_amount: NDArray[Any]
    x_before: NDArray[Any]
    last_before: NDArray[Any]
    age_before: NDArray[Any]
    left_out: int

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def repeat_buyers(self) -> int:
        return int((self.x > 0).sum())

    def histories(self) -> Histories:
        from kizuna.measures.lifetimes.histories import group_histories

        return group_histories(self.x, self.last, self.age)

    def spending(self) -> Spending:
        """Mean amounts in units of the currency."""
        import numpy as np

        from kizuna.measures.lifetimes.value import Spending

        count = self.paid.astype(np.float64)
        return Spending(count, self.paid_amount / np.maximum(count, 1) / 1_000_000)


_DAYS = """
    SELECT profile_key, day AS moment, CAST(sum(amount) AS BIGINT) AS amount FROM told WHERE bought
    GROUP BY profile_key, day
"""
_ORDERS = "SELECT profile_key, time_us AS moment, amount, message_id FROM told WHERE bought"

_BUYERS = """
    SELECT profile_key, units, first_at, last_at, amount, paid, paid_amount, units_before, last_before,
        coalesce(refunded_amount, 0) AS refunded
    FROM (
        SELECT profile_key, count(*) AS units, min(moment) AS first_at, max(moment) AS last_at,
            CAST(coalesce(sum(amount), 0) AS BIGINT) AS amount,
            count(*) FILTER (WHERE number > 1 AND amount > 0) AS paid,
            CAST(coalesce(sum(amount) FILTER (WHERE number > 1 AND amount > 0), 0) AS BIGINT) AS paid_amount,
            count(*) FILTER (WHERE moment <= {cut}) AS units_before,
            coalesce(max(moment) FILTER (WHERE moment <= {cut}), min(moment)) AS last_before
        FROM (
            SELECT *, row_number() OVER (PARTITION BY profile_key ORDER BY {order}) AS number FROM ({units}) AS u
        ) AS n
        GROUP BY profile_key
    ) AS p
    LEFT JOIN (
        SELECT profile_key AS refunded_key, CAST(sum(abs(amount)) AS BIGINT) AS refunded_amount FROM told
        WHERE refunded GROUP BY profile_key
    ) AS r ON refunded_key = profile_key
    ORDER BY profile_key
"""

_ODD = """
    SELECT min(currency) AS currency, max(currency) AS other, count(*) FILTER (WHERE bought AND amount IS NULL) AS free,
        count(*) FILTER (WHERE bought AND amount < 0) AS negative, count(*) FILTER (WHERE bought) AS orders
    FROM told
    WHERE bought OR refunded
"""


async def read_buyers(
    ask: Ask, params: PurchaseParams, count_by: CountBy, held_days: int = 0, *, worth: bool = True, noted: bool = True
) -> Buyers:
    """Without ``worth`` nothing is read of amounts. ``noted`` says in the answer what is odd about them."""
    end = end_of(ask)
    days = await _days_of(ask, params, end)
    rows = _tell(ask, params, end, days, count_by, worth)
    told = {"told": rows}
    if worth and noted:
        [odd] = (await ask.select(_ODD, told)).to_pylist()
        note_amounts(ask, params, odd)
    if count_by == "days":
        now, since, unit, units, order = len(days) - 2, _day_at(days, ask.periods.since_us), 1, _DAYS, "moment"
    else:
        now, since, unit, units, order = end.now_us, ask.periods.since_us, DAY_US, _ORDERS, "moment, message_id"
    cut = now - held_days * unit
    found = await ask.select(_BUYERS.format(cut=cut, units=units, order=order), told)
    column = {name: found.column(name).to_numpy() for name in found.column_names}
    kept = column["first_at"] >= since
    column = {name: values[kept] for name, values in column.items()}
    first, week = column["first_at"], float(unit * WEEK_DAYS)
    return Buyers(
        column["profile_key"],
        column["units"] - 1.0,
        (column["last_at"] - first) / week,
        (now - first) / week,
        column["amount"],
        column["refunded"],
        column["paid"],
        column["paid_amount"],
        column["units_before"] - 1.0,
        (column["last_before"] - first) / week,
        (cut - first) / week,
        int((~kept).sum()),
    )


async def _days_of(ask: Ask, params: PurchaseParams, end: At) -> list[int]:
    """The bounds of days from that of the first purchase there is to that of the end."""
    rows = ask.rows([params.event], _EVER_US, end.now_us + 1)
    rows.add(rows.flag(0), "bought")
    found = await ask.select("SELECT min(time_us) AS first_us FROM told WHERE bought", {"told": rows.write()})
    first_us = found.column("first_us")[0].as_py()
    last = local_date(end)
    first = last if first_us is None else local_date(At(first_us, end.zone))
    return [day_start_us(first + timedelta(days=day), end.zone) for day in range((last - first).days + 2)]


def _tell(ask: Ask, params: PurchaseParams, end: At, days: list[int], count_by: CountBy, worth: bool) -> str:
    # What stands before the first purchase, as a refund of something unknown, is of no customer.
    since_us = days[0]
    if worth:
        rows = purchase_rows(ask, params, since_us, end.now_us + 1)
    else:
        rows = ask.rows([params.event], since_us, end.now_us + 1)
        rows.add(rows.flag(0), "bought")
        rows.add("false", "refunded")
        rows.add("CAST(NULL AS BIGINT)", "amount")
    if count_by == "days":
        rows.bucket(days, "day")
    else:
        rows.add("message_id", "message_id")
    return rows.write()


def _day_at(days: list[int], time_us: int) -> int:
    """The number of the day that an instant is in; -1 before all of them."""
    return bisect_right(days, time_us) - 1


def note_left_out(ask: Ask, buyers: Buyers) -> None:
    if buyers.left_out:
        ask.note(
            "first_before",
            f"{buyers.left_out:,} customers are left out, as their first purchase came before the range: a customer is "
            "looked at from the first purchase on.",
            f"最初の購入が期間より前の顧客{buyers.left_out:,}人は含みません。顧客は最初の購入からの履歴全体で評価します。",
        )
