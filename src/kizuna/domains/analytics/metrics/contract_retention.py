"""Retention of contracts: how many are renewed, how long they last, and how long they will."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.contracts import ContractParams, Contracts, read_contracts
from kizuna.domains.analytics.queries.fits import note_loose, parameter_figures
from kizuna.domains.analytics.rules.intervals import wilson
from kizuna.domains.analytics.rules.words import LABEL, text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kizuna.measures.lifetimes.fitting import Fit
    from kizuna.measures.lifetimes.value import Estimate
    from kizuna.measures.survival import Renewals, Survival

CONTRACTS_LEAST, ENDED_LEAST = 100, 20
"""With fewer, the model says nothing of those to come."""

_LEAVING = text(
    "Chances to leave at a renewal are Beta(α, β) over customers",
    "更新時に解約する確率は、顧客間で Beta(α, β) に従います。",
)
_UNITS = {"week": text("weeks", "週"), "month": text("months", "か月"), "year": text("years", "年")}


@dataclass(frozen=True, slots=True)
class Group:
    """Contracts of one label. ``fit`` is None where there is too little to foretell from."""

    label: str | None
    renewals: Renewals
    survival: Survival
    fit: Fit | None
    running: NDArray[Any]
    """How many periods each contract that runs still was renewed for."""


async def compute(ask: Ask, params: ContractParams) -> Found:
    contracts = await read_contracts(ask, params)
    groups = await asyncio.to_thread(_group, params, contracts)
    if any(group.fit is not None for group in groups):
        ask.kernels.append("sBG: kizuna.measures.lifetimes")
    rows: list[list[Any]] = []
    figures: list[Figure] = []
    for group in groups:
        rows += _ages(params, group)
        figures += _figures(params, group, f":{group.label or ''}" if ask.query.breakdown else "")
    _note(ask, params, contracts, groups)
    return Found(_columns(params), rows, figures)


def _group(params: ContractParams, contracts: Contracts) -> list[Group]:
    import numpy as np

    from kizuna.measures.survival import Renewals, count_renewals, kaplan_meier

    found = count_renewals(contracts.starts, contracts.ends, contracts.today, params.period)
    runs = contracts.ends > contracts.today
    groups: list[Group] = []
    for place, label in enumerate(contracts.labels):
        own = contracts.label == place
        if not own.any() and (place or len(contracts)):
            continue
        renewals = Renewals(found.periods[own], found.ended[own])
        survival = kaplan_meier(renewals.periods, renewals.ended)
        groups.append(Group(label, renewals, survival, _fit(renewals), found.periods[own & runs].astype(np.float64)))
    return groups


def _fit(renewals: Renewals) -> Fit | None:
    from kizuna.measures.lifetimes import sbg

    ended, watched = renewals.count()
    known = int(ended.sum() + watched.sum())
    # Two parameters take two renewals at which somebody could leave.
    if (
        known < CONTRACTS_LEAST
        or ended.sum() < ENDED_LEAST
        or len(ended) < 2
        or ended[1:].sum() + watched[1:].sum() == 0
    ):
        return None
    fit = sbg.fit(ended.astype(float), watched.astype(float))
    return fit if fit.converged else None


def _ages(params: ContractParams, group: Group) -> list[list[Any]]:
    """From the start to the last renewal that is shown; what nobody has come to yet is foretold only."""
    import numpy as np

    from kizuna.measures.lifetimes import sbg
    from kizuna.measures.survival import at_risk

    ages = np.arange(params.periods + 1)
    stayed, low, high = group.survival.at(ages)
    known = at_risk(group.renewals.periods, ages)
    ended = np.bincount(group.renewals.periods[group.renewals.ended], minlength=params.periods + 1)
    projected: list[float | None] = [None] * len(ages)
    if group.fit is not None:
        projected = sbg.survival(np.array(group.fit.values), ages.astype(float)).tolist()
    rows: list[list[Any]] = []
    for age, share in enumerate(stayed.tolist()):
        count, left = int(known[age]), int(ended[age])
        if not count and projected[age] is None:
            break
        curve = [share, float(low[age]), float(high[age])] if count else [None] * 3
        kept = [None] * 3
        if age and count:
            kept = [(count - left) / count, *wilson(count - left, count)]
        rows.append([group.label, str(age), *curve, projected[age], *kept, count, left])
    return rows


def _figures(params: ContractParams, group: Group, suffix: str) -> list[Figure]:
    contracts, running = len(group.renewals.periods), len(group.running)
    ended, watched = group.renewals.count()
    chances = int(sum((at + 1) * (gone + seen) for at, (gone, seen) in enumerate(zip(ended, watched, strict=True))))
    left = int(ended.sum())
    median = group.survival.median()
    unit = _UNITS[params.period]
    figures = [
        Figure("contracts" + suffix, "count", text("Contracts", "契約"), contracts),
        Figure(
            "retention" + suffix,
            "share",
            text("Retention rate", "継続率"),
            1 - left / chances if chances else None,
            *wilson(chances - left, chances),
            chances,
            text("Of all renewals that were due, those that were made", "更新期を迎えた契約のうち、更新された割合"),
        ),
        Figure(
            "churn" + suffix,
            "share",
            text("Churn rate", "解約率"),
            left / chances if chances else None,
            *wilson(left, chances),
            chances,
        ),
        Figure(
            "median" + suffix,
            "number",
            text(f"Half have left after ({unit['en']})", f"半数が解約するまでの期間（{unit['ja']}）"),
            median,
            n=contracts,
        ),
        Figure("running" + suffix, "count", text("Running contracts", "継続中の契約"), running),
    ]
    return figures + _foretold(params, group, suffix)


def _foretold(params: ContractParams, group: Group, suffix: str) -> list[Figure]:
    """What of those contracts that run still is to be expected."""
    import numpy as np

    from kizuna.measures.lifetimes import sbg

    unit, running, fit = _UNITS[params.period], group.running, group.fit
    next_title = text("Retention at the next renewal", "次回更新の継続率")
    stay_title = text(
        f"Expected stay in the next {params.periods} {unit['en']}",
        f"今後{params.periods}{unit['ja']}のうち継続が見込まれる期間（{unit['ja']}）",
    )
    if fit is None or not len(running):
        return [
            Figure("next_retention" + suffix, "share", next_title, None),
            Figure("remaining" + suffix, "number", stay_title, None),
        ]

    def means(values: NDArray[Any]) -> NDArray[Any]:
        renewed, counts = np.unique(running, return_counts=True)
        rates = sbg.retention(values, renewed + 1)
        stay = sbg.remaining(values, renewed, params.periods)
        return np.array([rates @ counts, stay @ counts]) / len(running)

    rate, stay = _estimate(fit, means)
    n = len(running)
    return [
        Figure("next_retention" + suffix, "share", next_title, rate.value, rate.low, min(rate.high, 1.0), n),
        Figure("remaining" + suffix, "number", stay_title, stay.value, stay.low, min(stay.high, params.periods), n),
        *parameter_figures(fit, "sBG", {"alpha": _LEAVING, "beta": _LEAVING}, suffix),
    ]


def _estimate(fit: Fit, function: Any) -> list[Estimate]:
    import numpy as np

    from kizuna.measures.lifetimes.value import surround

    values, variances = function(np.array(fit.values)), fit.variance_of(function)
    return [surround(float(value), float(variance)) for value, variance in zip(values, variances, strict=True)]


def _note(ask: Ask, params: ContractParams, contracts: Contracts, groups: Sequence[Group]) -> None:
    backwards = int((contracts.ends < contracts.starts).sum())
    if backwards:
        ask.note(
            "ends_before_start",
            f"{backwards:,} contracts end before they begin, by the trait; they count as ended in their first period.",
            f"終了日が開始日より前の契約が{backwards:,}件あります。最初の期間で終了したものとして数えています。",
            warning=True,
        )
    ask.note(
        "periods_not_over",
        "A period counts once it is over: whoever began lately is not in it yet.",
        "各期間は終わってから数えます。最近始まった契約は、まだ含まれない期間があります。",
    )
    if any(group.fit is None for group in groups):
        ask.note(
            "not_enough_data",
            f"Where nothing is foretold there are fewer than {CONTRACTS_LEAST} contracts, fewer than {ENDED_LEAST} of "
            "them have ended, or nobody came to a second renewal.",
            f"予測がないのは、契約が{CONTRACTS_LEAST}件未満、終了した契約が{ENDED_LEAST}件未満、"
            "または2回目の更新期を迎えた契約がないためです。",
            warning=True,
        )
    for group in groups:
        if group.fit is not None and group.fit.loose:
            note_loose(ask, "sBG", group.fit)


async def people(ask: Ask, params: ContractParams, cell: Cell) -> Sequence[int]:
    """Who came to the renewal, or left at it."""
    import numpy as np

    from kizuna.measures.survival import count_renewals

    contracts = await read_contracts(ask, params)
    found = count_renewals(contracts.starts, contracts.ends, contracts.today, params.period)
    chosen = np.ones(len(contracts), np.bool_)
    if ask.query.breakdown is not None and "label" in cell:
        place = contracts.labels.index(cell["label"]) if cell["label"] in contracts.labels else -1
        chosen &= contracts.label == place
    if "age" in cell:
        asked = str(cell["age"])
        if not asked.isdecimal():
            return []
        age = int(asked)
        chosen &= (found.periods == age) & found.ended if cell.get("column") == "left" else found.periods >= age
    return np.unique(contracts.keys[chosen]).tolist()


def _columns(params: ContractParams) -> list[Column]:
    unit = _UNITS[params.period]
    return [
        LABEL,
        Column("age", "label", text(f"{unit['en'].capitalize()} since the start", f"開始からの期間（{unit['ja']}）")),
        Column(
            "stayed",
            "share",
            text("Still there", "継続している割合"),
            text("Kaplan and Meier's estimate", "カプラン・マイヤー法による推定"),
            of="known",
            low="low",
            high="high",
        ),
        Column("low", "share", text("At least", "下限")),
        Column("high", "share", text("At most", "上限")),
        Column(
            "projected",
            "share",
            text("By the model", "モデルによる予測"),
            text("Shifted beta geometric, fitted to all renewals", "すべての更新に当てはめたsBGモデル"),
        ),
        Column(
            "kept",
            "share",
            text("Retention at this renewal", "この更新の継続率"),
            of="known",
            low="kept_low",
            high="kept_high",
        ),
        Column("kept_low", "share", text("At least", "下限")),
        Column("kept_high", "share", text("At most", "上限")),
        Column("known", "count", text("Came to it", "対象の契約"), opens=True),
        Column("left", "count", text("Left at it", "終了した契約"), opens=True),
    ]


PLUGIN = Metric(
    key="contract_retention",
    group="customers",
    shape="bars",
    title=text("Retention of contracts", "契約の継続率"),
    definition=text(
        "Contracts that began in the range, watched until now. Who ends within a period ends with it. The share that "
        "is still there is Kaplan and Meier's (1958), so that contracts count as long as they are known; its 95 % "
        "interval is of ln(−ln S), that of rates Wilson's. What is to come is by the shifted beta geometric model "
        "(Fader & Hardie 2007): those who leave easily go first, so retention rises.",
        "期間中に始まった契約を現在まで追跡します。期間の途中で終わった契約は、その期間末に終了したものとします。"
        "継続している割合はカプラン・マイヤー法（1958年）により、観察できた期間だけを数えます。95%区間は ln(−ln S) に、"
        "継続率の区間はWilsonの方法によります。将来はsBGモデル（Fader・Hardie、2007年）で予測します。"
        "解約しやすい人から先に抜けるため、継続率は次第に上がります。",
    ),
    params=ContractParams,
    compute=compute,
    people=people,
    events=lambda params: [params.start] if params.end_trait else [params.start, params.end],
    compares=False,
)
