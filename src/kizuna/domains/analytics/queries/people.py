"""Who is behind a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.labels import fold_labels
from kizuna.domains.analytics.queries.rows import Rows
from kizuna.domains.analytics.rules.words import OTHER_LABEL


async def behind_rows(ask: Ask, rows: Rows, cell: Mapping[str, Any], *, ranked: str, several: bool) -> Sequence[int]:
    """Profile keys, ascending, of whoever has a row that is ``meant`` (a column of truth), in the cell's period
    (column ``bucket``) where it names one, and with its label where there is a breakdown. What is other is decided
    by the rows that are ``ranked``, or by their events where these may have ``several`` rows, as for the answer."""
    wanted = ["meant"]
    if "period" in cell:
        starts = ask.periods.starts
        wanted.append(f"bucket = {starts.index(cell['period'])}" if cell["period"] in starts else "false")
    told = ask.tell(rows)
    relations, tables = told.relations, dict[str, Any]()
    if ask.query.breakdown is not None and "label" in cell:
        import pyarrow as pa

        label = cell["label"]
        if label == OTHER_LABEL:
            labels = await fold_labels(ask, told, ranked, several=several)
            relations, tables = labels.relations, dict(labels.tables)
        wanted.append("label IS NULL" if label is None else "label IN (SELECT chosen FROM chosen_label)")
        tables["chosen_label"] = pa.table({"chosen": pa.array([label], pa.string())})
    found = await ask.select(
        f"SELECT DISTINCT profile_key FROM told WHERE {' AND '.join(wanted)} ORDER BY profile_key",
        relations,
        tables,
    )
    return found.column("profile_key").to_pylist()
