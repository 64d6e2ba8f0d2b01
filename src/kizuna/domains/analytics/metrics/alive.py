"""Who is still a customer, where nobody says when they leave: the chance for each, and how many are gone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.metrics.rfm import note_as_of
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.fits import ABOUT_PURCHASES, MODEL_NAMES, fit_model, parameter_figures
from kizuna.domains.analytics.queries.lifetimes import Buyers, CountBy, ModelName, note_left_out, read_buyers
from kizuna.domains.analytics.queries.purchases import PurchaseParams
from kizuna.domains.analytics.rules.words import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kizuna.measures.lifetimes.fitting import Fit
    from kizuna.measures.lifetimes.histories import Histories
    from kizuna.measures.lifetimes.value import Estimate

BANDS = 10
NAMES = [f"{band * 10}–{band * 10 + 10} %" for band in range(BANDS)]


class AliveParams(Struct, frozen=True, forbid_unknown_fields=True):
    """With ``count_by`` days, orders of one day of the calendar are one purchase. ``horizon_days`` are those in which
    who is there now may leave."""

    event: EventMatch = EventMatch("Order Completed")
    model: ModelName = "mbg_nbd"
    count_by: CountBy = "days"
    horizon_days: Annotated[int, Meta(ge=7, le=1_095)] = 90


@dataclass(frozen=True, slots=True)
class Looked:
    """``alive`` is the chance of each customer, ``later`` that to be there after the horizon as well; ``fit`` is None
    where nothing can be said, and they are empty."""

    buyers: Buyers
    fit: Fit | None
    alive: NDArray[Any]
    later: NDArray[Any]
    active: Estimate | None = None
    """How many are there now."""
    leaving: Estimate | None = None
    """The share of those who are there now that leaves within the horizon."""


async def look(ask: Ask, params: AliveParams) -> Looked:
    import numpy as np

    purchases = PurchaseParams(event=params.event, refund=None, currency_property=None)
    buyers = await read_buyers(ask, purchases, params.count_by, worth=False)
    histories = await asyncio.to_thread(buyers.histories)
    fit = await fit_model(ask, params.model, histories)
    if fit is None:
        return Looked(buyers, None, np.zeros(0), np.zeros(0))
    return await asyncio.to_thread(_look, params, buyers, histories, fit)


def _look(params: AliveParams, buyers: Buyers, histories: Histories, fit: Fit) -> Looked:
    import numpy as np

    from kizuna.measures.lifetimes.models import MODELS
    from kizuna.measures.lifetimes.value import surround

    model, weeks = MODELS[params.model], params.horizon_days / 7

    def chances(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        now = model.p_alive(values, histories)
        return now, now * model.survival(values, histories, weeks)

    def sums(values: NDArray[Any]) -> NDArray[Any]:
        now, later = (float(histories.people @ one) for one in chances(values))
        return np.array([now, 1 - later / now])

    now, later = (one[histories.places] for one in chances(np.array(fit.values)))
    active, leaving = (float(one) for one in sums(np.array(fit.values)))
    variances = fit.variance_of(sums)
    # That each is there or not is chance beside how sure the parameters are.
    by_chance = float((now * (1 - now)).sum())
    return Looked(
        buyers,
        fit,
        now,
        later,
        surround(active, float(variances[0]) + by_chance),
        surround(leaving, float(variances[1])),
    )


def _band_of(alive: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    return np.minimum(alive * BANDS, BANDS - 1).astype(np.int64)


async def compute(ask: Ask, params: AliveParams) -> Found:
    found = await look(ask, params)
    note_as_of(ask)
    note_left_out(ask, found.buyers)
    if found.fit is not None and params.model == "bg_nbd":
        once = len(found.buyers) - found.buyers.repeat_buyers
        ask.note(
            "once_is_certain",
            f"BG/NBD takes {once:,} customers who bought once for certain to be there, as it lets people leave after "
            "repeat purchases only. MBG/NBD and Pareto/NBD do not.",
            f"BG/NBDは再購入後の離反だけを考えるため、1回だけ購入した{once:,}人を必ず継続とみなします。"
            "MBG/NBDとPareto/NBDではそうなりません。",
            warning=True,
        )
    return Found(COLUMNS, [] if found.fit is None else _bands(found), _figures(params, found))


def _bands(found: Looked) -> list[list[Any]]:
    import numpy as np

    buyers, codes = found.buyers, _band_of(found.alive)
    people = np.bincount(codes, minlength=BANDS).tolist()
    weeks = (buyers.x + 1, buyers.age - buyers.last, found.later)
    sums = [np.bincount(codes, weights=one, minlength=BANDS).tolist() for one in weeks]
    rows: list[list[Any]] = []
    for band in reversed(range(BANDS)):
        count = people[band]
        means = [total[band] / count if count else None for total in sums]
        rows.append(
            [NAMES[band], count, count / len(codes), means[0], None if means[1] is None else means[1] * 7, means[2]]
        )
    return rows


def _figures(params: AliveParams, found: Looked) -> list[Figure]:
    people, active, leaving = len(found.buyers), found.active, found.leaving
    days = params.horizon_days
    there = (None, None, None) if active is None else (active.value, active.low, min(active.high, float(people)))
    gone = tuple(None if one is None else 1 - one / people for one in (there[0], there[2], there[1]))
    lost = (None, None, None) if leaving is None else (leaving.value, leaving.low, min(leaving.high, 1.0))
    return [
        Figure("people", "people", text("Customers", "顧客"), people),
        Figure(
            "active",
            "people",
            text("Still customers", "継続中の顧客（見込み）"),
            *there,
            n=people,
            definition=text("The sum of everybody's chance to be there", "全員の継続確率の合計"),
        ),
        Figure(
            "churn_rate",
            "share",
            text("Churn rate so far", "これまでの離反率"),
            *gone,
            n=people,
            definition=text(
                "Of all who ever bought in the range for the first time, the share that has left",
                "期間中に初めて購入した人のうち、すでに離反したとみられる割合",
            ),
        ),
        Figure(
            "churn_next",
            "share",
            text(f"Churn in the next {days} days", f"今後{days}日間の離反率"),
            *lost,
            n=people,
            definition=text("Of those who are there now", "現在継続中の顧客のうち"),
        ),
        Figure(
            "repeat_buyers", "people", text("Customers who came back", "再購入した顧客"), found.buyers.repeat_buyers
        ),
        *parameter_figures(found.fit, MODEL_NAMES[params.model], ABOUT_PURCHASES),
    ]


async def people(ask: Ask, params: AliveParams, cell: Cell) -> Sequence[int]:
    """Whose chance is in the band."""
    found = await look(ask, params)
    if "band" not in cell:
        return found.buyers.keys.tolist()
    if found.fit is None or cell["band"] not in NAMES:
        return []
    return found.buyers.keys[_band_of(found.alive) == NAMES.index(cell["band"])].tolist()


COLUMNS = [
    Column("band", "label", text("Chance to be there", "継続確率")),
    Column("people", "people", text("Customers", "顧客"), opens=True),
    Column("share", "share", text("Share", "割合")),
    Column("purchases", "number", text("Purchases so far", "これまでの購入回数"), text("Mean", "平均"), of="people"),
    Column("days", "number", text("Days since last purchase", "最終購入からの日数"), text("Mean", "平均"), of="people"),
    Column(
        "later",
        "share",
        text("Still there after the horizon", "今後の期間後も継続"),
        text("Mean chance", "平均"),
        of="people",
    ),
]

PLUGIN = Metric(
    key="alive",
    group="customers",
    shape="bars",
    title=text("Still customers, or gone", "継続している顧客と離反"),
    definition=text(
        "For business without contracts: of everybody whose first purchase is in the range, the chance to be a "
        "customer still at its end, given how often they bought and when last, by MBG/NBD (Batislam et al. 2007), "
        "Pareto/NBD (Schmittlein et al. 1987) or BG/NBD (Fader, Hardie & Lee 2005), fitted by maximum likelihood. "
        "Intervals are 95 %.",
        "契約のないビジネス向けの指標です。期間中に初めて購入した人について、"
        "購入回数と最終購入日から、期間末にまだ顧客である確率を、MBG/NBD（Batislamら、2007年）、"
        "Pareto/NBD（Schmittleinら、1987年）または BG/NBD（Fader・Hardie・Lee、2005年）で"
        "最尤推定します。区間は95%です。",
    ),
    params=AliveParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    breaks_down=False,
    compares=False,
)
