"""How long something lasts, where some of it has not ended yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Ints = NDArray[np.int64]

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Survival:
    """At each distinct time at which something ended, ascending: how many had lasted until then, how many ended, the
    share that lasts longer, its standard error, and its 95 % interval."""

    times: NDArray[np.generic]
    at_risk: Ints
    ended: Ints
    share: Floats
    error: Floats
    low: Floats
    high: Floats

    def at(self, times: NDArray[np.generic]) -> tuple[Floats, Floats, Floats]:
        """Share and interval just after each of some times: 1 before anything ended."""
        places = np.searchsorted(self.times, times, side="right")
        return tuple(np.append(1.0, one)[places] for one in (self.share, self.low, self.high))  # pyright: ignore[reportReturnType]

    def median(self) -> float | None:
        """The time after which at most half lasts; None where more does."""
        below = np.flatnonzero(self.share <= 0.5)
        return float(self.times[below[0]]) if len(below) else None


def kaplan_meier(durations: NDArray[np.generic], ended: NDArray[np.bool_]) -> Survival:
    """E. Kaplan, P. Meier, Nonparametric estimation from incomplete observations, JASA 53 (1958), with Greenwood's
    variance. What has not ``ended`` lasted ``durations`` at least; where both happen at one time it is taken to last
    longer.

    Intervals are of ln(−ln S): J. Kalbfleisch, R. Prentice, The Statistical Analysis of Failure Time Data, 1980. They
    stay between 0 and 1. Where nothing is left there is none: both ends are 0.
    """
    times, ends = np.unique(durations[ended], return_counts=True)
    at_risk = len(durations) - np.searchsorted(np.sort(durations), times, side="left")
    share = np.cumprod(1 - ends / at_risk)
    left = at_risk - ends
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(ends / (at_risk * left))
        error = np.where(left > 0, share * np.sqrt(spread), 0.0)
        width = np.exp(Z_95 * np.sqrt(spread) / np.abs(np.log(share)))
        low, high = share**width, share ** (1 / width)
    known = (left > 0) & (share < 1)
    low, high = np.where(known, low, share), np.where(known, high, share)
    return Survival(times, at_risk.astype(np.int64), ends.astype(np.int64), share, error, low, high)


def at_risk(durations: NDArray[np.generic], times: NDArray[np.generic]) -> Ints:
    """How many lasted until each of some times at least."""
    return (len(durations) - np.searchsorted(np.sort(durations), times, side="left")).astype(np.int64)


# --- contracts that are renewed ---------------------------------------------------------------------

Unit = Literal["week", "month", "year"]


def period_of(starts: Ints, days: Ints, unit: Unit) -> Ints:
    """In which period since its start a contract is on a day: 1 up to and with the first day that it is renewed on,
    then 2 and so on. Days are counted from 1970. Months and years end on the day of the month on which the contract
    began, or on the last one of shorter months."""
    if unit == "week":
        return np.maximum(-((starts - days) // 7), 1)
    began, now = starts.astype("datetime64[D]"), days.astype("datetime64[D]")
    first, month = began.astype("datetime64[M]"), now.astype("datetime64[M]")
    last_day = ((month + 1).astype("datetime64[D]") - 1 - month.astype("datetime64[D]")).astype(np.int64)
    due = np.minimum((began - first.astype("datetime64[D]")).astype(np.int64), last_day)
    late = (now - month.astype("datetime64[D]")).astype(np.int64) > due
    months = np.maximum((month - first).astype(np.int64) + late, 1)
    return months if unit == "month" else -(-months // 12)


@dataclass(frozen=True, slots=True)
class Renewals:
    """For each contract how many periods it is known for, and whether it ended at the end of the last one."""

    periods: Ints
    ended: NDArray[np.bool_]

    def count(self) -> tuple[Ints, Ints]:
        """How many ended at their first, second … renewal, and how many are known for so many periods and no longer."""
        size = int(self.periods.max(initial=0))
        ended = np.bincount(self.periods[self.ended], minlength=size + 1)[1:]
        watched = np.bincount(self.periods[~self.ended], minlength=size + 1)[1:]
        return ended, watched


def count_renewals(starts: Ints, ends: Ints, today: int, unit: Unit) -> Renewals:
    """``ends`` are days; later than ``today`` is not ended yet. What ends within a period ends with it: so nothing is
    said of a period that is not over, neither of who left in it nor of who has not left yet."""
    now = period_of(starts, np.full(len(starts), today), unit)
    over = period_of(starts, np.minimum(ends, today), unit)
    ended = (ends <= today) & (over < now)
    return Renewals(np.where(ended, over, np.minimum(over, now) - 1), ended)
