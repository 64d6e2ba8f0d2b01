"""Customer lifetime value: what customers brought, and what they are expected to bring."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.metrics.rfm import note_as_of
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.fits import (
    ABOUT_AMOUNTS,
    ABOUT_PURCHASES,
    MODEL_NAMES,
    REPEAT_LEAST,
    correlate,
    fit_model,
    fit_spending,
    note_amounts_left_out,
    note_related,
    parameter_figures,
    places_of_tenths,
)
from kizuna.domains.analytics.queries.lifetimes import Buyers, CountBy, ModelName, note_left_out, read_buyers
from kizuna.domains.analytics.queries.purchases import MILLION, PurchaseParams, check_purchases
from kizuna.domains.analytics.rules.words import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kizuna.kernel.lake import ArrowTable
    from kizuna.measures.lifetimes.calibration import Calibration
    from kizuna.measures.lifetimes.fitting import Fit
    from kizuna.measures.lifetimes.histories import Histories
    from kizuna.measures.lifetimes.models import Model
    from kizuna.measures.lifetimes.value import Horizon, Prospects, Together

TENTHS = 10
NOTHING: tuple[float | None, float | None, float | None] = (None, None, None)
"""A value and its interval, where nothing can be said."""


class ClvParams(PurchaseParams, frozen=True, forbid_unknown_fields=True):
    """What customers are worth in the next ``months``; what comes in a month is discounted from its end by
    ``discount_yearly``. ``show`` tenths of customers by it, or how well the model foretold the last
    ``holdout_weeks``. With ``count_by`` days, orders of one day of the calendar are one purchase."""

    model: ModelName = "bg_nbd"
    count_by: CountBy = "days"
    months: Annotated[int, Meta(ge=1, le=60)] = 12
    discount_yearly: Annotated[float, Meta(ge=0, le=1)] = 0.1
    holdout_weeks: Annotated[int, Meta(ge=1, le=260)] = 26
    show: Literal["tenths", "calibration"] = "tenths"


@dataclass(frozen=True, slots=True)
class Foretold:
    """Customers with their model; ``spend`` is None where nothing can be said of amounts, ``fit`` where nothing at
    all."""

    buyers: Buyers
    histories: Histories
    model: Model
    fit: Fit | None
    spend: Fit | None

    @property
    def prospects(self) -> Prospects | None:
        from kizuna.measures.lifetimes.value import Prospects

        if self.fit is None or self.spend is None:
            return None
        gross, refunded = int(self.buyers.amount.sum()), int(self.buyers.refunded.sum())
        kept = min(max(1 - refunded / gross, 0.0), 1.0) if gross > 0 else 1.0
        return Prospects(self.model, self.fit, self.spend, self.histories, self.buyers.spending(), kept)


def horizon_of(params: ClvParams) -> Horizon:
    from kizuna.measures.lifetimes.value import Horizon

    return Horizon(params.months, params.discount_yearly)


async def foretell(ask: Ask, params: ClvParams, *, noted: bool = True) -> Foretold:
    """Reads everybody who bought first in the range, and fits both models to them."""
    from kizuna.measures.lifetimes.models import MODELS

    buyers = await read_buyers(ask, params, params.count_by, params.holdout_weeks * 7, noted=noted)
    histories = await asyncio.to_thread(buyers.histories)
    fit = await fit_model(ask, params.model, histories)
    spend = None if fit is None else await fit_spending(ask, buyers)
    return Foretold(buyers, histories, MODELS[params.model], fit, spend)


async def score_people(ask: Ask, params: ClvParams) -> ArrowTable:
    """Columns ``profile_key``, ascending, ``clv`` in units of the currency, ``p_alive`` and ``expected_orders`` of the
    next ``months``. They are NULL where nothing can be said; then the ask has a caveat. Customers are those whose first
    purchase is in the range: ask about all time for all of them."""
    import pyarrow as pa

    found = await foretell(ask, params)
    keys = pa.array(found.buyers.keys, pa.int64())
    nothing = pa.nulls(len(keys), pa.float64())
    alive, orders = (nothing, nothing) if found.fit is None else map(pa.array, _look_ahead(found, found.fit, params))
    prospects = found.prospects
    value = nothing if prospects is None else pa.array(await asyncio.to_thread(prospects.value, horizon_of(params)))
    return pa.table({"profile_key": keys, "clv": value, "p_alive": alive, "expected_orders": orders})


def _look_ahead(found: Foretold, fit: Fit, params: ClvParams) -> tuple[NDArray[Any], NDArray[Any]]:
    """For each customer the chance to be there still, and purchases that are expected."""
    import numpy as np

    values, histories = np.array(fit.values), found.histories
    time = float(horizon_of(params).times[-1])
    alive, orders = found.model.p_alive(values, histories), found.model.expect(values, histories, time)
    return alive[histories.places], orders[histories.places]


async def compute(ask: Ask, params: ClvParams) -> Found:
    found = await foretell(ask, params)
    note_as_of(ask)
    note_left_out(ask, found.buyers)
    note_amounts_left_out(ask, found.buyers)
    related = correlate(found.buyers) if found.buyers.repeat_buyers >= REPEAT_LEAST else None
    note_related(ask, related)
    calibration = None if found.fit is None else await _calibrate(ask, params, found)
    codes = together = None
    prospects = found.prospects
    if prospects is not None:
        value = await asyncio.to_thread(prospects.value, horizon_of(params))
        codes = places_of_tenths(found.buyers.keys, value)
        together = await asyncio.to_thread(prospects.estimate, horizon_of(params), codes, TENTHS)
    figures = _figures(params, found, together, calibration, related)
    if params.show == "calibration":
        return Found(CALIBRATION, [] if calibration is None else _held_against(calibration), figures)
    if together is None or codes is None or found.fit is None:
        return Found(TENTH, [], figures)
    return Found(TENTH, _tenths(params, found, found.fit, codes, together), figures)


def _tenths(params: ClvParams, found: Foretold, fit: Fit, codes: NDArray[Any], together: Together) -> list[list[Any]]:
    import numpy as np

    from kizuna.measures.exact import sum_by

    alive, orders = _look_ahead(found, fit, params)
    buyers = found.buyers
    people = np.bincount(codes, minlength=TENTHS).tolist()
    alive, orders = (np.bincount(codes, weights=one, minlength=TENTHS).tolist() for one in (alive, orders))
    brought = sum_by(codes, buyers.amount - buyers.refunded, TENTHS)
    rows: list[list[Any]] = []
    for tenth, count in enumerate(people):
        worth, share = together.sums[tenth], together.shares[tenth]
        means = [brought[tenth] / count / MILLION, orders[tenth] / count, alive[tenth] / count]
        values = [worth.value, worth.low, worth.high, share.value, worth.value / count]
        rows.append([str(tenth + 1), *values, count, *means])
    return rows


# --- how well it foretold ------------------------------------------------------------------------------


async def _calibrate(ask: Ask, params: ClvParams, found: Foretold) -> Calibration | None:
    """The model fitted to what was known before the last weeks, against what came in them."""
    from kizuna.measures.lifetimes.calibration import calibrate
    from kizuna.measures.lifetimes.histories import group_histories

    buyers, weeks = found.buyers, params.holdout_weeks
    known = buyers.age_before >= 0
    before = [one[known] for one in (buyers.x_before, buyers.last_before, buyers.age_before)]
    histories = await asyncio.to_thread(group_histories, *before)
    if histories.repeat_buyers < REPEAT_LEAST:
        ask.note(
            "not_enough_holdout",
            f"How well the model foretells cannot be said: {weeks} weeks ago {histories.repeat_buyers:,} customers had "
            f"bought again; it takes {REPEAT_LEAST}.",
            f"予測の精度は判定できません。{weeks}週間前の時点で再購入していた顧客は{histories.repeat_buyers:,}人で、"
            f"{REPEAT_LEAST}人以上が必要です。",
            warning=True,
        )
        return None
    fit = await asyncio.to_thread(found.model.fit, histories)
    if not fit.converged:
        ask.note(
            "not_enough_holdout",
            f"How well the model foretells cannot be said: to what was known {weeks} weeks ago it does not fit.",
            f"{weeks}週間前までのデータではパラメータが収束しないため、予測の精度は判定できません。",
            warning=True,
        )
        return None
    bought = (buyers.x - buyers.x_before)[known]
    calibration = await asyncio.to_thread(calibrate, found.model, fit, histories, bought, float(weeks))
    _note_calibration(ask, weeks, calibration)
    return calibration


def _note_calibration(ask: Ask, weeks: int, calibration: Calibration) -> None:
    foretold, came = calibration.foretold, calibration.actual
    ask.note(
        "calibrated",
        f"Fitted to what was known {weeks} weeks ago, the model foretold {foretold.value:,.0f} purchases (95 % "
        f"interval of its parameters {foretold.low:,.0f} to {foretold.high:,.0f}); {came:,.0f} came.",
        f"{weeks}週間前までのデータによる予測は{foretold.value:,.0f}件（パラメータの95%区間{foretold.low:,.0f}〜"
        f"{foretold.high:,.0f}件）、実際の購入は{came:,.0f}件でした。",
        warning=not 0.8 * came <= foretold.value <= 1.25 * came,
    )


def _held_against(calibration: Calibration) -> list[list[Any]]:
    from kizuna.measures.lifetimes.calibration import MOST

    rows: list[list[Any]] = []
    for group in calibration.groups:
        name = f"{MOST}+" if group.x == MOST else str(group.x)
        said = group.foretold
        rows.append([name, "foretold", said.value, said.low, said.high, group.people])
        rows.append([name, "came", group.actual, None, None, group.people])
    return rows


# --- figures --------------------------------------------------------------------------------------------


def _figures(
    params: ClvParams,
    found: Foretold,
    together: Together | None,
    calibration: Calibration | None,
    related: float | None,
) -> list[Figure]:
    buyers = found.buyers
    people = len(buyers)
    brought = (int(buyers.amount.sum()) - int(buyers.refunded.sum())) / MILLION
    total, each, top = NOTHING, NOTHING, NOTHING
    if together is not None:
        whole, first = together.total, together.shares[0]
        total = (whole.value, whole.low, whole.high)
        each = (whole.value / people, whole.low / people, whole.high / people)
        top = (first.value, first.low, min(1.0, first.high))
    months = params.months
    figures = [
        Figure("people", "people", text("Customers", "顧客"), people),
        Figure(
            "clv_each",
            "money",
            text(f"Value in {months} months, each", f"今後{months}か月の価値（1人あたり）"),
            *each,
            people,
        ),
        Figure("clv", "money", text(f"Value in {months} months", f"今後{months}か月の価値（合計）"), *total, people),
        Figure("top_tenth", "share", text("Share of the top tenth", "上位10%の割合"), *top, people),
        Figure(
            "historic_each",
            "money",
            text("Value so far, each", "これまでの価値（1人あたり）"),
            brought / people if people else None,
            n=people,
            definition=text(
                "What customers bought since the first time, less refunds", "初回からの購入額（返金を除く）"
            ),
        ),
        _held(params, calibration),
        Figure("historic", "money", text("Value so far", "これまでの価値（合計）"), brought),
        *_expected(params, found),
        Figure("repeat_buyers", "people", text("Customers who came back", "再購入した顧客"), buyers.repeat_buyers),
        Figure(
            "correlation",
            "number",
            text("Correlation of frequency and amount", "頻度と単価の相関"),
            related,
            n=int((buyers.paid > 0).sum()),
            definition=text("Gamma-Gamma takes it to be 0", "Gamma-Gammaモデルは0を前提とします。"),
        ),
        *parameter_figures(found.fit, MODEL_NAMES[params.model], ABOUT_PURCHASES),
        *parameter_figures(found.spend, "Gamma-Gamma", ABOUT_AMOUNTS),
    ]
    if found.fit is not None:
        height = text("Log-likelihood", "対数尤度")
        figures.append(Figure("log_likelihood", "number", height, found.fit.log_likelihood, n=people))
    return figures


def _held(params: ClvParams, calibration: Calibration | None) -> Figure:
    weeks, values = params.holdout_weeks, NOTHING
    if calibration is not None and calibration.actual > 0:
        said, came = calibration.foretold, calibration.actual
        values = (said.value / came, said.low / came, said.high / came)
    return Figure(
        "held_out",
        "share",
        text(f"Foretold of {weeks} weeks, against what came", f"直近{weeks}週間の予測／実績"),
        *values,
        n=None if calibration is None else sum(group.people for group in calibration.groups),
        definition=text(
            "Purchases that the model, fitted to what was known before, foretold, over those that came: 100 % is right",
            "それ以前のデータから予測した購入件数を実績で割った値です。100%なら的中です。",
        ),
    )


def _expected(params: ClvParams, found: Foretold) -> list[Figure]:
    title = text(f"Purchases in {params.months} months", f"今後{params.months}か月の購入回数")
    if found.fit is None:
        return [Figure("purchases", "number", title, None)]
    import numpy as np

    from kizuna.measures.lifetimes.value import surround

    time, histories = float(horizon_of(params).times[-1]), found.histories
    total = lambda values: (histories.people * found.model.expect(values, histories, time)).sum()  # noqa: E731
    said = surround(float(total(np.array(found.fit.values))), float(found.fit.variance_of(total)))
    return [Figure("purchases", "number", title, said.value, said.low, said.high, histories.total)]


async def people(ask: Ask, params: ClvParams, cell: Cell) -> Sequence[int]:
    """Who is in the tenth, or had so many repeat purchases before the weeks that were held out."""
    import numpy as np

    if params.show == "calibration":
        from kizuna.measures.lifetimes.calibration import MOST

        buyers = await read_buyers(ask, params, params.count_by, params.holdout_weeks * 7, noted=False)
        group = str(cell.get("repeats", "")).rstrip("+")
        if not group.isdecimal():
            return []
        counts = np.minimum(buyers.x_before, MOST)
        return buyers.keys[(buyers.age_before >= 0) & (counts == int(group))].tolist()
    found = await foretell(ask, params, noted=False)
    keys = found.buyers.keys
    if "tenth" not in cell:
        return keys.tolist()
    prospects, asked = found.prospects, str(cell["tenth"])
    if prospects is None or not asked.isdecimal():
        return []
    codes = places_of_tenths(keys, await asyncio.to_thread(prospects.value, horizon_of(params)))
    return keys[codes == int(asked) - 1].tolist()


MEAN = text("Mean", "平均")

TENTH = [
    Column(
        "tenth",
        "label",
        text("Tenth of customers", "顧客の十分位"),
        text("1: those from whom most is expected", "1が予測額の高い層です。"),
    ),
    Column(
        "clv",
        "money",
        text("Value to come", "今後の価値"),
        text("Of all in the tenth, discounted", "その層の合計（割引後）"),
        of="people",
        low="low",
        high="high",
    ),
    Column("low", "money", text("At least", "下限")),
    Column("high", "money", text("At most", "上限")),
    Column("share", "share", text("Share", "割合")),
    Column("clv_each", "money", text("Value to come, each", "今後の価値（1人あたり）"), MEAN, of="people"),
    Column("people", "people", text("Customers", "顧客"), opens=True),
    Column(
        "historic_each",
        "money",
        text("Value so far, each", "これまでの価値（1人あたり）"),
        MEAN,
        of="people",
    ),
    Column(
        "purchases",
        "number",
        text("Purchases to come, each", "今後の購入回数（1人あたり）"),
        MEAN,
        of="people",
    ),
    Column(
        "p_alive",
        "share",
        text("Still there", "継続確率"),
        text(
            "Mean chance. In BG/NBD who bought once is there for certain",
            "平均。BG/NBDでは、1回だけ購入した人は必ず継続とみなされます。",
        ),
        of="people",
    ),
]

CALIBRATION = [
    Column("repeats", "label", text("Repeat purchases before", "それまでの再購入回数")),
    Column(
        "which",
        "label",
        text("Which", "区分"),
        words={"foretold": text("Foretold", "予測"), "came": text("Came", "実績")},
    ),
    Column(
        "purchases",
        "number",
        text("Purchases, each", "購入回数（1人あたり）"),
        text("Mean, in the weeks that were held out", "検証期間中の平均"),
        of="people",
        low="low",
        high="high",
    ),
    Column("low", "number", text("At least", "下限")),
    Column("high", "number", text("At most", "上限")),
    Column("people", "people", text("Customers", "顧客"), opens=True),
]

PLUGIN = Metric(
    key="clv",
    group="customers",
    shape="bars",
    title=text("Customer lifetime value", "顧客生涯価値（CLV）"),
    definition=text(
        "Of everybody whose first purchase is in the range, as of its end: how often they will buy, by BG/NBD (Fader, "
        "Hardie & Lee 2005), MBG/NBD (Batislam et al. 2007) or Pareto/NBD (Schmittlein et al. 1987), fitted by maximum "
        "likelihood to weeks since the first purchase; times what a purchase of theirs is worth, by Gamma-Gamma (Fader "
        "& Hardie 2013), fitted to repeat purchases; less refunds at the usual share. Revenue, not margin. Intervals "
        "are 95 % and of how sure the parameters are: single customers differ more.",
        "期間中に初めて購入した人を対象に、期間末の時点で評価します。"
        "今後の購入回数は BG/NBD（Fader・Hardie・Lee、2005年）、"
        "MBG/NBD（Batislamら、2007年）または Pareto/NBD（Schmittleinら、1987年）、"
        "購入単価は Gamma-Gamma（Fader・Hardie、2013年）を最尤法で推定し、通常の返金割合を差し引きます。"
        "利益ではなく売上です。区間は95%で、パラメータの不確かさを表します。個々の顧客のばらつきはこれより大きくなります。",
    ),
    params=ClvParams,
    compute=compute,
    check=check_purchases,
    people=people,
    events=lambda params: [params.event],
    breaks_down=False,
    compares=False,
)
