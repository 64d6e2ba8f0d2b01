"""Who is behind a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.labels import fold_labels
from kizuna.domains.analytics.queries.rows import Rows


async def behind_rows(ask: Ask, rows: Rows, cell: Mapping[str, Any]) -> Sequence[int]:
    """Profile keys, ascending, of whoever has a row that is ``meant`` (a column of truth), in the cell's period
    (column ``bucket``) where it names one, and with its label where there is a breakdown."""
    wanted = ["meant"]
    if "period" in cell:
        starts = ask.periods.starts
        wanted.append(f"bucket = {starts.index(cell['period'])}" if cell["period"] in starts else "false")
    told = ask.tell(rows)
    labels = await fold_labels(ask, told, "meant")
    tables = dict(labels.tables)
    if ask.query.breakdown is not None and "label" in cell:
        import pyarrow as pa

        label = cell["label"]
        wanted.append("label IS NULL" if label is None else "label IN (SELECT chosen FROM chosen_label)")
        tables["chosen_label"] = pa.table({"chosen": pa.array([label], pa.string())})
    found = await ask.select(
        f"SELECT DISTINCT profile_key FROM told WHERE {' AND '.join(wanted)} ORDER BY profile_key",
        labels.relations,
        tables,
    )
    return found.column("profile_key").to_pylist()
