"""Names for how lately (R, 1 to 5) and how well (V, 1 to 5) somebody buys: each of the 25 cells has one."""

from __future__ import annotations

from collections.abc import Mapping

from kizuna.domains.analytics.contracts import Text
from kizuna.domains.analytics.rules.words import text

CHAMPIONS, LOYAL, POTENTIAL, NEW, PROMISING = "champions", "loyal", "potential_loyalist", "new", "promising"
ATTENTION, ASLEEP, AT_RISK, CANNOT_LOSE = "need_attention", "about_to_sleep", "at_risk", "cannot_lose"
HIBERNATING, LOST = "hibernating", "lost"

GROUPS: Mapping[str, Text] = {
    CHAMPIONS: text("Champions", "最優良顧客"),
    LOYAL: text("Loyal", "ロイヤル顧客"),
    POTENTIAL: text("Potential loyalist", "ロイヤル候補"),
    NEW: text("New", "新規顧客"),
    PROMISING: text("Promising", "有望顧客"),
    ATTENTION: text("Need attention", "要フォロー"),
    ASLEEP: text("About to sleep", "休眠予備軍"),
    AT_RISK: text("At risk", "離反リスク"),
    CANNOT_LOSE: text("Cannot lose", "つなぎ止めたい顧客"),
    HIBERNATING: text("Hibernating", "休眠顧客"),
    LOST: text("Lost", "離反顧客"),
}
"""By key, in the order in which they are shown: from the best to those who are gone."""

# From V 1 on the left to V 5 on the right.
_ROWS: Mapping[int, tuple[str, str, str, str, str]] = {
    5: (NEW, POTENTIAL, POTENTIAL, CHAMPIONS, CHAMPIONS),
    4: (PROMISING, POTENTIAL, POTENTIAL, LOYAL, CHAMPIONS),
    3: (ASLEEP, ASLEEP, ATTENTION, LOYAL, LOYAL),
    2: (HIBERNATING, HIBERNATING, AT_RISK, AT_RISK, CANNOT_LOSE),
    1: (LOST, LOST, AT_RISK, CANNOT_LOSE, CANNOT_LOSE),
}

CELLS: Mapping[tuple[int, int], str] = {
    (recency, value): _ROWS[recency][value - 1] for recency in range(5, 0, -1) for value in range(1, 6)
}
"""The group of (R, V): recency from 5 down, value from 1 up."""
