"""SQL that sorts order lines by order, in DuckDB, within bounded memory: what does not fit goes to disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

MEMORY_MB = 256

# Of an order the lines may stand anywhere in the file, and only one of them may have the time.
ORDERS = """
    CREATE TEMP TABLE orders AS
    SELECT "order", min(us) AS us, count(*) AS lines, {identified} AS identified
    FROM read_parquet($lines)
    GROUP BY "order"
"""

REFUSED_LINES = """
    SELECT line.row,
           CASE WHEN orders.lines > $lines_max THEN 'order_too_long'
                WHEN orders.us IS NULL THEN 'order_no_time'
                ELSE 'order_no_customer' END AS code
    FROM read_parquet($lines) AS line
    JOIN orders USING ("order")
    WHERE orders.us IS NULL OR NOT orders.identified OR orders.lines > $lines_max
    ORDER BY line.row
"""

# By time, so that each chunk of the load touches few months.
SORT = """
    COPY (
        SELECT line.*
        FROM read_parquet($lines) AS line
        JOIN orders USING ("order")
        WHERE orders.us IS NOT NULL AND orders.identified AND orders.lines <= $lines_max
        ORDER BY orders.us, line."order", line.row
    ) TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 65536)
"""


class OrderSorter:
    """Sorts the lines in ``lines`` (Parquet) into ``target``, and tells the lines of refused orders."""

    def __init__(self, lines: Path, scratch: Path, lines_per_order_max: int) -> None:
        self._lines = lines
        self._max = lines_per_order_max
        self._db = duckdb.connect()
        self._db.execute(f"SET memory_limit = '{MEMORY_MB}MB'")
        self._db.execute(f"SET temp_directory = {_quote(scratch)}")
        self._db.execute("SET threads = 2")
        self._db.execute("SET preserve_insertion_order = true")

    def __enter__(self) -> OrderSorter:
        columns = self._db.execute(
            "SELECT * FROM read_parquet($lines) LIMIT 0", {"lines": str(self._lines)}
        ).description
        identified = " OR ".join(f"count({_name(c[0])}) > 0" for c in columns or () if c[0].startswith("id."))
        self._db.execute(ORDERS.format(identified=f"({identified})"), {"lines": str(self._lines)})
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def refused(self) -> Iterator[tuple[Any, list[str]]]:
        """Batches of (rows as numpy, codes), ascending."""
        values = {"lines": str(self._lines), "lines_max": self._max}
        reader: pa.RecordBatchReader = self._db.sql(REFUSED_LINES, params=values).to_arrow_reader(65_536)
        for batch in reader:
            yield batch.column(0).to_numpy(), batch.column(1).to_pylist()

    def sort(self, target: Path) -> None:
        partial = target.with_suffix(".part")
        self._db.execute(
            SORT.format(target=str(partial).replace("'", "''")), {"lines": str(self._lines), "lines_max": self._max}
        )
        partial.rename(target)  # what bears the name is complete


def _quote(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
