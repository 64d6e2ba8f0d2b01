"""Who bought what."""

from __future__ import annotations

from collections.abc import Sequence

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.queries.ask import Ask


async def people_with_items(
    ask: Ask, event: EventMatch, item: str, wanted: Sequence[str], others: Sequence[str], *, both: bool
) -> list[int]:
    """Profile keys, ascending, of who has all of ``wanted`` in the range and, with ``both``, all of ``others`` as
    well; without it, none of them. ``item`` is the property that things are told apart by."""
    import pyarrow as pa

    rows = ask.rows([event])
    rows.label(item, "item")
    rows.add(rows.flag(0), "meant")
    sides = pa.array([0] * len(wanted) + [1] * len(others), pa.int32())
    chosen = pa.table({"named": pa.array([*wanted, *others], pa.string()), "side": sides})
    having = f"count(DISTINCT CASE WHEN side = 0 THEN item END) = {len(wanted)}"
    having += f" AND count(DISTINCT CASE WHEN side = 1 THEN item END) = {len(others) if both else 0}"
    found = await ask.select(
        "SELECT profile_key FROM told JOIN chosen_items ON named = item WHERE meant "
        f"GROUP BY profile_key HAVING {having} ORDER BY profile_key",
        {"told": rows.write()},
        {"chosen_items": chosen},
    )
    return found.column("profile_key").to_pylist()
