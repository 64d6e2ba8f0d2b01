"""Parquet put together from copied and new row groups."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kizuna.adapters.lake.core import LakeCore
from kizuna.adapters.lake.footer import MAGIC, read_footer, write_footer
from kizuna.adapters.lake.layout import LAYOUTS, WrittenFile, write_run
from kizuna.adapters.lake.splice import Cut, write_without
from tests.adapters.lake.rows import event, table_of
from tests.adapters.lake.search import search_folder


def parquet(**options: Any) -> bytes:
    table = pa.table({"a": [1, 2, None, 4] * 25, "b": ["x", "絆", "z", None] * 25, "c": [[1.5], [], None, [2.0]] * 25})
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=10, **options)
    return sink.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"write_page_index": True, "compression": "zstd"},
        {"data_page_version": "2.0", "use_dictionary": False},
        {"bloom_filter_options": {"a": True}},
        {"sorting_columns": [pq.SortingColumn(0)], "version": "1.0"},
    ],
)
def test_groups_are_copied_in_any_choice_and_order(options: dict[str, Any]) -> None:
    data = parquet(**options)
    head = read_footer(pa.BufferReader(data))
    out = bytearray(MAGIC)
    placed = []
    for number in (9, 3, 3, 0):
        group = head.groups[number]
        placed.append((group, len(out)))
        out += data[group.start : group.end]
    out += write_footer(head, placed)
    whole = pq.read_table(io.BytesIO(data))
    wanted = pa.concat_tables([whole.slice(number * 10, 10) for number in (9, 3, 3, 0)])
    assert pq.read_table(io.BytesIO(bytes(out))).equals(wanted)
    assert pq.ParquetFile(io.BytesIO(bytes(out))).schema_arrow.equals(whole.schema)


def test_an_unchanged_footer_is_written_as_it_was() -> None:
    data = parquet()
    head = read_footer(pa.BufferReader(data))
    again = write_footer(head, [(group, group.start) for group in head.groups])
    assert data.endswith(again)


@pytest.mark.parametrize("data", [b"", b"PAR1PAR1", b"PAR1" + b"\xff" * 30 + b"PAR1", parquet()[:-9]])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="Parquet"):
        read_footer(pa.BufferReader(data))


def test_values_of_dropped_rows_leave_the_dictionaries(core: LakeCore, tmp_path: Any) -> None:
    """Every column with a dictionary, with nulls among the rows that stay."""
    folder = core.table(1, "events").folder
    secret = {"user_id": "ada-user", "anonymous_id": "ada-anon", "identifiers": "ada-ids", "context": "ada-context"}
    rows = [event("first", key=1, user_id="ben"), event("gone", key=2, **secret), event("last", key=3)]
    (old,) = write_run(folder, LAYOUTS["events"], "2026-01", "load-1-old", [table_of(rows).drop_columns(["month"])])
    new = WrittenFile("month=2026-01/load-1-new-0.parquet", "2026-01")
    with ThreadPoolExecutor(1) as pool:
        assert write_without(folder, LAYOUTS["events"], old.path, Cut({0: np.array([1])}), new, pool)
    assert (new.rows, new.size) == (2, folder.size(new.path))
    folder.delete(old.path)
    assert search_folder(tmp_path, [*secret.values(), "gone"], [2]) == []
    kept = pq.ParquetFile(folder.open_input(new.path)).read()
    assert kept.to_pylist() == [{k: v for k, v in row.items() if k != "month"} for row in (rows[0], rows[2])]
    assert kept.schema.equals(LAYOUTS["events"].schema)
    path = folder.full_path(new.path)
    assert duckdb.sql(f"SELECT user_id FROM read_parquet('{path}')").fetchall() == [("ben",), (None,)]
