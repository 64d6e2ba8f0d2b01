"""Which labels of a breakdown stand for themselves, and which together as "other"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.breakdown import Told
from kizuna.domains.analytics.rules.words import OTHER_LABEL
from kizuna.kernel.lake import ArrowTable


@dataclass(frozen=True, slots=True)
class Labels:
    """``values`` in the order they are shown: the most frequent first, ties by text; then none, then other.
    ``relations`` end with ``told``, in which every label is one of them."""

    values: Sequence[str | None]
    relations: Mapping[str, str] = field(default_factory=dict[str, str])
    tables: Mapping[str, ArrowTable] = field(default_factory=dict[str, ArrowTable])


async def fold_labels(ask: Ask, told: Told, wanted: str = "true", *, several: bool = False) -> Labels:
    """Looks which labels are the most frequent among the rows that are ``wanted``, or among their events where these
    may have ``several`` rows."""
    if ask.query.breakdown is None:
        return Labels([None], told.relations)
    source = f"(SELECT DISTINCT event, label FROM told WHERE {wanted}) AS t" if several else f"told WHERE {wanted}"
    counted = await ask.select(f"SELECT label, count(*) AS n FROM {source} GROUP BY label", told.relations)
    return fold_counted(
        ask, told, dict(zip(*(counted.column(name).to_pylist() for name in ("label", "n")), strict=True))
    )


def fold_counted(ask: Ask, told: Told, counts: Mapping[str | None, int]) -> Labels:
    """The same, where it is known how often each label comes; some may be other already."""
    limit = ask.query.breakdown_limit
    known = (label for label in counts if label not in (None, OTHER_LABEL))
    named = sorted((str(label) for label in known), key=lambda label: (-counts[label], label))
    values: list[str | None] = [*named[:limit], *([None] if None in counts else [])]
    if len(named) <= limit and OTHER_LABEL not in counts:
        return Labels(values or [None], told.relations)
    return Labels([*values, OTHER_LABEL], *_with_other(ask, told, named[:limit]))


def _with_other(ask: Ask, told: Told, named: Sequence[str]) -> tuple[Mapping[str, str], Mapping[str, ArrowTable]]:
    import pyarrow as pa

    *before, last = told.relations.items()
    star = "w.* EXCEPT (label)" if ask.engine.name == "spark" else "w.* EXCLUDE (label)"
    other = "'" + OTHER_LABEL + "'"
    label = f"CASE WHEN w.label IS NULL THEN NULL WHEN k.known IS NULL THEN {other} ELSE w.label END AS label"
    folded = f"SELECT {star}, {label} FROM whole AS w LEFT JOIN known_labels AS k ON k.known = w.label"
    relations = {**dict(before), "whole": last[1], "told": folded}
    return relations, {"known_labels": pa.table({"known": pa.array(list(named), pa.string())})}
