"""ClickHouse in a process (chDB), over the same events in a table of its own that is sorted for the questions.

``python -m benchmarks.peers.clickhouse FOLDER_OF_PARQUET_FILES SCRATCH`` prints {question: [seconds, answer]} as JSON:
the best of some runs, each by the quickest form that was found.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from chdb.session import Session

RUNS = 5

MAKE = """
    CREATE TABLE bench.events
    (name LowCardinality(String), key UInt32, time DateTime64(6, 'UTC'), properties String)
    ENGINE = MergeTree ORDER BY (name, key, time)
"""

FUNNEL = """
    SELECT sum(level >= 1), sum(level >= 2), sum(level >= 3), sum(level >= 4) FROM (
        SELECT key, windowFunnel(604800000000)(toUInt64(toUnixTimestamp64Micro(time)), name = 'Product Viewed',
            name = 'Product Added', name = 'Checkout Started', name = 'Order Completed') AS level
        FROM bench.events
        WHERE name IN ('Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed')
        GROUP BY key
    ) FORMAT JSONCompactEachRow
"""

WEEK = "toUInt8(intDiv(toUnixTimestamp64Micro(time) - {start}, 604800000000))"

WEEKLY = """
    SELECT week, groupBitmap(key) FROM (SELECT key, {week} AS week FROM bench.events WHERE time >= '2026-01-05')
    GROUP BY week ORDER BY week FORMAT JSONCompactEachRow
"""

# A bit a week for each person: quicker here than joins, and than the function retention, which takes one cohort.
MASKS = "SELECT key, groupBitOr(bitShiftLeft(toUInt64(1), {week})) AS mask FROM bench.events WHERE {where} GROUP BY key"

RETENTION = """
    SELECT cohort, period, count() FROM (
        SELECT arrayJoin(bitmapToArray(bitmapBuild(arrayMap(x -> toUInt32(x), bitPositionsToArray(mask))))) AS cohort,
            arrayJoin(bitPositionsToArray(bitShiftRight(mask, cohort))) AS period
        FROM ({masks})
    ) GROUP BY cohort, period ORDER BY cohort, period FORMAT JSONCompactEachRow
"""

LIFECYCLE = """
    SELECT week, sum(is_new), sum(is_back), sum(is_risen), sum(is_gone) FROM (
        SELECT arrayJoin(range(1, 13)) AS week, bitTest(mask, week) AS now, bitTest(mask, week - 1) AS before,
            bitAnd(mask, bitShiftLeft(toUInt64(1), week) - 1) = 0 AS first,
            now AND first AS is_new, now AND before AS is_back, now AND NOT before AND NOT first AS is_risen,
            before AND NOT now AS is_gone
        FROM ({masks})
    ) GROUP BY week ORDER BY week FORMAT JSONCompactEachRow
"""

BREAKDOWN = """
    SELECT JSONExtractString(properties, 'product_id') AS label, uniqExact(key) AS people FROM bench.events
    WHERE name = 'Order Completed' AND JSONExtractInt(properties, 'price') >= 10000
    GROUP BY label ORDER BY people DESC LIMIT 10 FORMAT JSONCompactEachRow
"""

RFM = """
    SELECT key, max(time), count(), sum(JSONExtractInt(properties, 'price')) FROM bench.events
    WHERE name = 'Order Completed' GROUP BY key FORMAT Null
"""

FIRST_MONDAY_US = 1_767_571_200_000_000
WEEK_OF = WEEK.format(start=FIRST_MONDAY_US)
TWELVE = "time >= '2026-01-05' AND time < '2026-03-30'"

QUESTIONS = {
    "funnel": FUNNEL,
    "weekly actives": WEEKLY.format(week=WEEK_OF),
    "retention": RETENTION.format(masks=MASKS.format(week=WEEK_OF, where=TWELVE)),
    "lifecycle": LIFECYCLE.format(
        masks=MASKS.format(week=WEEK_OF, where="time >= '2026-01-05' AND time < '2026-04-06'")
    ),
    "breakdown": BREAKDOWN,
    "rfm": RFM,
}


def main() -> None:
    files, scratch = sys.argv[1:3]
    session = Session(scratch)
    session.query("CREATE DATABASE bench ENGINE = Atomic")
    session.query(MAKE)
    session.query(f"INSERT INTO bench.events SELECT name, key, time, properties FROM file('{files}', Parquet)")
    session.query("OPTIMIZE TABLE bench.events FINAL")
    json.dump({name: list(ask(session, sql)) for name, sql in QUESTIONS.items()}, sys.stdout)


def ask(session: Session, sql: str) -> tuple[float, list[Any]]:
    best, rows = float("inf"), b""
    for _ in range(RUNS):
        started = time.perf_counter()
        rows = session.query(sql).bytes()
        best = min(best, time.perf_counter() - started)
    return best, [json.loads(line) for line in rows.decode().splitlines() if line]


if __name__ == "__main__":
    main()
