"""Events for tests of the lake, and what a lake must hold after them, worked out naively."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from kizuna.adapters.lake.core import LakeCore
from kizuna.kernel.lake import month_of, table_schema

DAY_ONE = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("Page Viewed", "Product Viewed", "Order Completed")


def event(
    message_id: str,
    *,
    key: int = 1,
    name_id: int = 0,
    day: float = 0,
    source_id: int = 1,
    received: int = 0,
    load_id: int = 0,
    **values: Any,
) -> dict[str, Any]:
    """One row; ``day`` after the first of January 2026, received ``received`` seconds later than that day."""
    time = DAY_ONE + timedelta(days=day)
    row: dict[str, Any] = dict.fromkeys(table_schema("events").names)
    row |= {
        "name": NAMES[name_id],
        "name_id": name_id,
        "type": "track",
        "key": key,
        "time": time,
        "received_at": DAY_ONE + timedelta(seconds=received),
        "message_id": message_id,
        "source_id": source_id,
        "touchpoint": "web",
        "properties": "{}",
        "context": "{}",
        "load_id": load_id,
        "month": month_of(time),
    }
    return row | values


def table_of(rows: Iterable[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), table_schema("events"))


def read_rows(lake: LakeCore, workspace_id: int = 1) -> list[dict[str, Any]]:
    """Every row of the live files, straight from Parquet."""
    import pyarrow.parquet as pq

    table = lake.table(workspace_id, "events")
    snapshot = table.snapshot()
    files = [] if snapshot is None else snapshot.files
    return [row for f in files for row in pq.ParquetFile(table.folder.open_input(f.path)).read().to_pylist()]


def first_received(rows: Sequence[dict[str, Any]]) -> set[tuple[int, str, datetime, int]]:
    """The naive model of dropping duplicates."""
    best: dict[tuple[int, str], tuple[datetime, int]] = {}
    for row in rows:
        identity = (row["source_id"], row["message_id"])
        place = (row["received_at"], row["load_id"])
        best[identity] = min(best.get(identity, place), place)
    return {(*identity, *place) for identity, place in best.items()}


def identities(rows: Sequence[dict[str, Any]]) -> list[tuple[int, str, datetime, int]]:
    return sorted((row["source_id"], row["message_id"], row["received_at"], row["load_id"]) for row in rows)
