"""Models fitted to customers, with what an answer must say of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kizuna.domains.analytics.contracts import Figure, Text
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.lifetimes import Buyers, ModelName
from kizuna.domains.analytics.rules.words import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kizuna.measures.lifetimes.fitting import Fit
    from kizuna.measures.lifetimes.histories import Histories

REPEAT_LEAST = 100
"""With fewer customers who came back, parameters say little."""
RELATED = 0.3
"""A correlation above which amounts and frequency cannot be taken for independent."""

MODEL_NAMES = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}


async def fit_model(ask: Ask, model: ModelName, histories: Histories) -> Fit | None:
    """None where there is too little to learn from, or no maximum was found: then the answer says so."""
    from kizuna.measures.lifetimes.models import MODELS

    if histories.repeat_buyers < REPEAT_LEAST:
        ask.note(
            "not_enough_data",
            f"{histories.repeat_buyers:,} of {histories.total:,} customers bought again; a model takes {REPEAT_LEAST} "
            "who did. Choose a longer range.",
            f"再購入した顧客は{histories.total:,}人中{histories.repeat_buyers:,}人です。"
            f"予測には{REPEAT_LEAST}人以上が必要です。期間を長くしてください。",
            warning=True,
        )
        return None
    return await _fit(ask, MODEL_NAMES[model], lambda: MODELS[model].fit(histories))


async def fit_spending(ask: Ask, buyers: Buyers) -> Fit | None:
    """Gamma-Gamma over the repeat purchases that were worth something. None as in ``fit_model``, and where the
    average over customers has no bound."""
    import numpy as np

    from kizuna.measures.lifetimes.gamma_gamma import population_mean

    spending = buyers.spending()
    known = int((spending.count > 0).sum())
    if known < REPEAT_LEAST:
        ask.note(
            "not_enough_amounts",
            f"{known:,} customers have repeat purchases with an amount above 0; what a purchase is worth takes "
            f"{REPEAT_LEAST}.",
            f"金額が0より大きい再購入のある顧客は{known:,}人です。購入単価の予測には{REPEAT_LEAST}人以上が必要です。",
            warning=True,
        )
        return None
    fit = await _fit(ask, "Gamma-Gamma", spending.fit)
    if fit is not None and not np.isfinite(population_mean(np.array(fit.values))):
        ask.note(
            "amounts_without_mean",
            "Amounts differ so much between customers that they have no average (q ≤ 1): what a purchase will be worth "
            "cannot be said.",
            "顧客間の金額の差が大きすぎて平均が定まらないため（q ≤ 1）、購入単価を予測できません。",
            warning=True,
        )
        return None
    return fit


async def _fit(ask: Ask, name: str, fit: Callable[[], Fit]) -> Fit | None:
    found = await asyncio.to_thread(fit)
    ask.kernels.append(f"{name}: kizuna.measures.lifetimes")
    if not found.converged:
        ask.note(
            "not_converged",
            f"No parameters of {name} fit these customers best, so it foretells nothing.",
            f"{name}のパラメータが収束しないため、予測を表示していません。",
            warning=True,
        )
        return None
    if found.loose:
        note_loose(ask, name, found)
    return found


def note_loose(ask: Ask, name: str, fit: Fit) -> None:
    symbols = ", ".join(SYMBOLS.get(one, one) for one in fit.loose)
    ask.note(
        "loose",
        f"Of {name}'s {symbols} nothing is known, as where customers hardly differ in it. What is foretold holds, but "
        "its intervals may be too narrow.",
        f"{name}の{symbols}は、顧客間の差がほとんどないなどの理由で定まりません。"
        "予測値は使えますが、区間は実際より狭い可能性があります。",
    )


def note_amounts_left_out(ask: Ask, buyers: Buyers) -> None:
    """Of repeat purchases without an amount above 0, and of refunds."""
    repeats, paid = int(buyers.x.sum()), int(buyers.paid.sum())
    if repeats > paid:
        ask.note(
            "amounts_left_out",
            f"{repeats - paid:,} of {repeats:,} repeat purchases have no amount above 0. They count as purchases, but "
            "not for what a purchase is worth.",
            f"再購入{repeats:,}件のうち{repeats - paid:,}件は金額が0以下か、ありません。"
            "購入回数には含めますが、購入単価の推定からは除いています。",
        )
    refunded, gross = int(buyers.refunded.sum()), int(buyers.amount.sum())
    if refunded > 0 and gross > 0:
        ask.note(
            "refunds",
            f"{refunded / gross:.1%} of what was bought was refunded; what is foretold is less by the same share.",
            f"購入金額の{refunded / gross:.1%}が返金されています。予測額からも同じ割合を差し引いています。",
        )


def correlate(buyers: Buyers) -> float | None:
    """Pearson's correlation of how often a customer bought again and what a purchase was worth; None where one of them
    is the same for all."""
    import numpy as np

    spending = buyers.spending()
    known = spending.count > 0
    if not known.any():
        return None
    count, mean = spending.count[known], spending.mean[known]
    spread = float(np.std(count) * np.std(mean))
    return float(((count - count.mean()) * (mean - mean.mean())).mean() / spread) if spread > 0 else None


def note_related(ask: Ask, related: float | None) -> None:
    if related is not None and abs(related) > RELATED:
        ask.note(
            "amounts_related",
            f"Who buys more often spends {'more' if related > 0 else 'less'} on one (correlation {related:.2f}); "
            "Gamma-Gamma takes the two to have nothing to do with one another, so values are less sure than their "
            "intervals say.",
            f"購入頻度と購入単価に{'正' if related > 0 else '負'}の相関（{related:.2f}）があります。"
            "Gamma-Gammaモデルは両者が無関係であることを前提とするため、予測額の誤差は区間より大きい可能性があります。",
            warning=True,
        )


def parameter_figures(fit: Fit | None, model: str, about: Mapping[str, Text], suffix: str = "") -> list[Figure]:
    """A figure for each parameter, with its interval."""
    if fit is None:
        return []
    return [
        Figure(
            f"parameter_{name}{suffix}",
            "number",
            text(f"{model}: {SYMBOLS.get(name, name)}", f"{model}：{SYMBOLS.get(name, name)}"),
            value,
            *fit.interval(name),
            fit.people,
            about[name],
        )
        for name, value in zip(fit.names, fit.values, strict=True)
    ]


SYMBOLS = {"alpha": "α", "beta": "β"}

_RATES = text("Rates of buying are Gamma(r, α), by week", "週あたりの購入率は Gamma(r, α) に従います。")
_LEAVING = text("Chances to leave after a purchase are Beta(a, b)", "購入後に離反する確率は Beta(a, b) に従います。")
_DYING = text("Rates of leaving are Gamma(s, β), by week", "週あたりの離反率は Gamma(s, β) に従います。")
_AMOUNTS = text(
    "Amounts of a customer are Gamma(p, ν), and ν is Gamma(q, v)",
    "顧客の購入金額は Gamma(p, ν)、ν は Gamma(q, v) に従います。",
)

ABOUT_PURCHASES: dict[str, Text] = {
    "r": _RATES,
    "alpha": _RATES,
    "a": _LEAVING,
    "b": _LEAVING,
    "s": _DYING,
    "beta": _DYING,
}
ABOUT_AMOUNTS: dict[str, Text] = {"p": _AMOUNTS, "q": _AMOUNTS, "v": _AMOUNTS}


def places_of_tenths(keys: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    """For each person the tenth they are in, 0 for the greatest values; of equal ones the smaller key comes first."""
    import numpy as np

    from kizuna.measures.concentration import tenths_of

    found = np.empty(len(keys), np.int64)
    found[np.lexsort((keys, -values))] = tenths_of(len(keys))
    return found
