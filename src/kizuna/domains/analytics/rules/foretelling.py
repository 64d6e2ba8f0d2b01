"""How well a score foretells, in words."""

from __future__ import annotations

from kizuna.domains.analytics.contracts import Text
from kizuna.domains.analytics.rules.words import text

PEOPLE_LEAST = 200
HITS_LEAST = 30
"""Of those who did and of those who did not: with fewer, chance tells."""

CHANCE, REVERSED = "chance", "reversed"

_WORDS: tuple[tuple[float, str, Text], ...] = (
    (0.9, "very_well", text("very well", "非常によく予測できています")),
    (0.8, "well", text("well", "よく予測できています")),
    (0.7, "fairly", text("fairly well", "ある程度予測できています")),
    (0.6, "weakly", text("weakly", "弱いながら予測できています")),
    (0.0, "barely", text("hardly better than chance does", "偶然をわずかに上回る程度です")),
)
"""By the least area under the ROC curve; D. W. Hosmer, S. Lemeshow, Applied Logistic Regression, 2000, section 5.2."""

_CHANCE = text("no better than chance does, as far as can be told", "偶然との差は確認できません")
_REVERSED = text("the wrong way round", "高低が逆になっています")


def grade(value: float, low: float | None, high: float | None) -> tuple[str, Text]:
    """A key and words for an area under the ROC curve with its interval."""
    if low is not None and high is not None and low <= 0.5 <= high:
        return CHANCE, _CHANCE
    if value < 0.5:
        return REVERSED, _REVERSED
    return next((key, words) for least, key, words in _WORDS if value >= least)


def tell(value: float, low: float | None, high: float | None, what: Text, since: str, days: int) -> Text:
    """A sentence on how well scores as of ``since`` foretold who did ``what`` in the days after it: ``what`` ends "it
    foretells …" and is followed by 「の予測」."""
    _, words = grade(value, low, high)
    within_en, within_ja = "", ""
    if low is not None and high is not None:
        within_en = f"95 % interval {100 * low:.0f} to {100 * high:.0f} %; "
        within_ja = f"95%区間{low:.0%}〜{high:.0%}、"
    return text(
        f"Of one person who did and one who did not in the {days} days after {since}, the score put the right one "
        f"first in {100 * value:.0f} % of cases ({within_en}by chance 50 %): it foretells {what['en']} {words['en']}.",
        f"{since}時点のスコアは、その後{days}日間に当てはまった人とそうでない人の組の{value:.0%}で正しく高低をつけました"
        f"（{within_ja}偶然なら50%）。{what['ja']}の予測：{words['ja']}。",
    )
