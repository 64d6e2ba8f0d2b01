"""Spark gives what DuckDB gives, over the same files; and says what is wrong where it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pytest

from kizuna.adapters.engines.messages import LakeView
from kizuna.adapters.engines.spark import SparkEngine
from kizuna.kernel.engine import Statement
from kizuna.kernel.errors import Invalid, Limit, Unavailable
from kizuna.kernel.lake import table_schema
from tests.adapters.lake.rows import event, table_of
from tests.spark import Engines

SEEN = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


def profile(key: int, version: int = 1, **values: Any) -> dict[str, Any]:
    row = {
        "profile_key": key,
        "profile_id": f"p-{key}",
        "name": f"名前 {key}" if key % 2 else None,
        "identified": key % 3 == 0,
        "first_seen": SEEN,
        "last_seen": None,
        "traits": f'{{"v":{version}}}',
        "identifiers": "[]",
        "deleted": False,
        "version": version,
    }
    return row | values


def profiles(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), table_schema("profiles"))


def aliases(*rows: tuple[int, int, int]) -> pa.Table:
    keys, to, versions = zip(*rows, strict=True)
    return pa.table([list(keys), list(to), list(versions)], schema=table_schema("aliases"))


async def both(engines: Engines, text: str, tables: Mapping[str, pa.Table] | None = None) -> tuple[pa.Table, pa.Table]:
    return await engines.select(lambda _: Statement(text, {}, tables or {}))


async def people_and_happenings(engines: Engines) -> list[pa.Table]:
    """Each as DuckDB has it; Spark's are the same, or this fails."""
    found: list[pa.Table] = []
    for text in ("SELECT * FROM people ORDER BY profile_key", "SELECT * FROM happenings ORDER BY message_id"):
        local, spark = await both(engines, text)
        assert spark.schema == local.schema
        assert spark.to_pylist() == local.to_pylist()
        found.append(spark)
    return found


# --- relations --------------------------------------------------------------------------------------


async def test_a_workspace_without_data_has_empty_relations(engines: Engines) -> None:
    people, happenings = await people_and_happenings(engines)
    assert (people.num_rows, happenings.num_rows) == (0, 0)


async def test_people_are_as_their_latest_version_says_and_events_are_todays_persons(engines: Engines) -> None:
    lake, ws = engines.lake, engines.workspace_id
    await lake.append(ws, "profiles", profiles(*(profile(key) for key in range(1, 6))))
    await lake.append(ws, "profiles", profiles(profile(2, 2), profile(3, 2, deleted=True), profile(2, 3)))
    rows = [event(f"m{number}", key=1 + number % 6, day=number * 9, name_id=number % 3) for number in range(12)]
    rows[3] |= {"session_id": "s", "properties": '{"品":"茶 \\"x\\""}', "context": '{"page":1}', "touchpoint": "app"}
    await lake.append(ws, "events", table_of(rows[:6]), 1)
    people, happenings = await people_and_happenings(engines)
    assert people.column("profile_key").to_pylist() == [1, 2, 4, 5]
    assert people.column("traits")[1].as_py() == '{"v":3}'

    # Another version of all three is seen at once, and names joined keys.
    await lake.append(ws, "events", table_of(rows[6:]), 2)
    await lake.append(ws, "aliases", aliases((5, 1, 1), (6, 2, 1), (6, 4, 2)))
    people, happenings = await people_and_happenings(engines)
    assert happenings.num_rows == 12
    assert set(happenings.column("profile_key").to_pylist()) == {1, 2, 3, 4}
    assert happenings.column("time_us")[0].as_py() == rows[0]["time"].timestamp() * 1_000_000

    await lake.compact(ws)
    people, after = await people_and_happenings(engines)
    assert after.num_rows == 12


async def test_files_that_an_erasure_deletes_meanwhile_are_looked_for_again(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, ws, text = engines.lake, engines.workspace_id, "SELECT count(*) AS n FROM happenings"
    await lake.append(ws, "events", table_of([event("m1", key=1), event("m2", key=2)]), 1)
    stale = await lake.view(ws)
    assert (await engines.spark.select(ws, Statement(text))).to_pylist() == [{"n": 2}]
    await lake.erase(ws, [1])
    views = [stale, await lake.view(ws)]

    async def look(workspace_id: int) -> LakeView:
        return views.pop(0) if len(views) > 1 else views[0]

    monkeypatch.setattr(engines.spark.lake, "view", look)
    assert (await engines.spark.select(ws, Statement(text))).to_pylist() == [{"n": 1}]
    views[:] = [stale]
    with pytest.raises(Unavailable, match="same address"):
        await engines.spark.select(ws, Statement(text))


# --- statements -------------------------------------------------------------------------------------

NUMBERS = pa.table(
    {
        "k": pa.array([1, 1, 1, 2, 2, 3, 3, 3, 3], pa.int64()),
        "small": pa.array([3, -7, None, 5, 0, 9, 2, -1, 8], pa.int32()),
        "tiny": pa.array([1, 2, 3, 1, 2, 3, 1, 2, 3], pa.uint8()),
        "big": pa.array([1 << 62, 1 << 62, 5, -(1 << 62), None, 7, 1, 2, 3], pa.int64()),
        "real": pa.array([0.5, None, -1.25, 3.0, 0.1, 0.2, 0.3, 1e15, -2.5], pa.float64()),
        "yes": pa.array([True, False, None, True, True, False, False, True, None], pa.bool_()),
        "text": pa.array(["b", "a", None, "${HOME}", "a\\b", "it's", "ｱ", "茶", ""], pa.string()),
        "moment": pa.array([SEEN + timedelta(days=n, microseconds=n) if n % 4 else None for n in range(9)]),
    }
)
TEXTS = [
    "SELECT * FROM numbers ORDER BY k, small, text",
    "SELECT small, real, text FROM numbers ORDER BY small DESC, real, text",
    "SELECT * EXCLUDE (moment, tiny) FROM numbers WHERE text = 'a\\b' OR text = '${HOME}' OR text = 'it''s' ORDER BY k",
    "SELECT k, small // 2 AS whole, small % 4 AS rest, small / 4 AS part, (k + 1) / 3 AS third FROM numbers "
    "WHERE small IS NOT NULL ORDER BY k, small",
    "SELECT k, sum(small) AS total, sum(small) / 3 AS share, avg(small) AS mean, count(*) AS rows, "
    "count(DISTINCT small) FILTER (WHERE yes) AS chosen, min(text) AS first_text, max(moment) AS last_at, "
    "count(*) FILTER (WHERE small > 0) / nullif(count(*) FILTER (WHERE yes), 0) AS each FROM numbers "
    "GROUP BY k ORDER BY k",
    "SELECT sum(big) FILTER (WHERE k = 1) AS wide, CAST(sum(big) FILTER (WHERE k < 2) AS DOUBLE) / 2 AS half, "
    "sum(CAST(big AS HUGEINT)) AS signed, sum(real) FILTER (WHERE real < 1) AS reals FROM numbers",
    "SELECT k, quantile_cont(small, 0.25) AS low, quantile_cont(real, 0.5) FILTER (WHERE real < 10) AS mid, "
    "median(small) AS median FROM numbers GROUP BY k ORDER BY k",
    "SELECT k, row_number() OVER (PARTITION BY k ORDER BY small, text) AS place, ntile(4) OVER (ORDER BY k, text) AS "
    "quarter, lag(small) OVER (PARTITION BY k ORDER BY text DESC) AS before, sum(small) OVER (PARTITION BY k ORDER BY "
    "text ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS so_far FROM numbers ORDER BY k, place",
    "WITH chosen AS (SELECT k, max(small) AS top FROM numbers GROUP BY k) SELECT c.top, n.text FROM chosen AS c "
    "JOIN numbers AS n ON n.k = c.k AND n.small = c.top UNION ALL SELECT 0, 'none' ORDER BY 1, 2 LIMIT 3",
    "SELECT k, count(*) AS n FROM numbers WHERE k IN (SELECT k FROM numbers WHERE yes) "
    "GROUP BY GROUPING SETS ((k), ()) ORDER BY k",
    "SELECT ln(k) AS natural, log(k) AS tenfold, exp(k) AS power, floor(real) AS down, abs(small) AS size, "
    "greatest(k, 2) AS top, round(real, 1) AS rounded, length(text) AS letters, tiny & 1 AS odd FROM numbers "
    "ORDER BY k, text",
    "SELECT CASE WHEN yes THEN 1 ELSE 0 END AS one, coalesce(text, '-') || '/' || k AS joined, "
    "moment > make_timestamptz(0) AS later, epoch_us(moment) AS us, "
    "arg_max(k, small) OVER (PARTITION BY k) AS best FROM numbers ORDER BY joined",
    "SELECT k, t, unnest([1, 2]) AS each FROM (SELECT k, text AS t FROM numbers WHERE yes) AS s ORDER BY k, t, each",
    "SELECT count(*) AS n, sum(small) AS total, max(text) AS top FROM numbers WHERE k > 100",
    "SELECT k, text, moment FROM numbers WHERE k > 100",
    "SELECT text FROM nobody ORDER BY text",
]
LOOSE = {"down": "a double of DuckDB, a whole number of Spark"}


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """Floats as far as they are the same whichever way they were added up."""
    return [
        {name: float(f"{value:.12g}") if isinstance(value, float) else value for name, value in row.items()}
        for row in table.to_pylist()
    ]


async def test_statements_mean_the_same(engines: Engines) -> None:
    tables = {"numbers": NUMBERS, "nobody": NUMBERS.select(["text"]).slice(0, 0)}
    answers = await asyncio.gather(*(both(engines, text, tables) for text in TEXTS))
    for text, (local, spark) in zip(TEXTS, answers, strict=True):
        assert rows_of(spark) == rows_of(local), text
        types = [(field.name, field.type) for field in local.schema if field.name not in LOOSE]
        assert [(field.name, field.type) for field in spark.schema if field.name not in LOOSE] == types, text


async def test_tables_of_one_name_do_not_meet(engines: Engines) -> None:
    def ask(number: int) -> Any:
        given = {"given": pa.table({"n": pa.array([number], pa.int64())})}
        return engines.spark.select(engines.workspace_id, Statement("SELECT n FROM given", {}, given))

    found = await asyncio.gather(*map(ask, range(12)))
    assert [table.to_pylist() for table in found] == [[{"n": number}] for number in range(12)]


async def test_relations_are_sparks_own_and_read_one_another(engines: Engines) -> None:
    relations = {
        "tens": "SELECT id * 10 AS n FROM range(3)",
        "more": "WITH t AS (SELECT * FROM tens) SELECT n + 1 AS n FROM t",
    }
    found = await engines.spark.select(
        engines.workspace_id, Statement("WITH last AS (SELECT max(n) AS n FROM more) SELECT * FROM last", relations)
    )
    assert found.to_pylist() == [{"n": 21}]


async def test_text_is_folded_as_conditions_fold_it(engines: Engines) -> None:
    given = {"texts": pa.table({"t": ["ＡＢＣ", "Straße", "ΣΑΣ", None, "ｶﾞ"]})}
    local, spark = await both(engines, "SELECT kizuna_fold(t) AS folded FROM texts ORDER BY folded", given)
    assert spark.to_pylist() == local.to_pylist()


# --- kernels ----------------------------------------------------------------------------------------

ROWS = pa.table(
    {
        "profile_key": pa.array([n * n % 7 for n in range(60)], pa.int64()),
        "steps": pa.array([n % 5 for n in range(60)], pa.uint8()),
        "label": pa.array([None if n % 4 == 0 else "東京" if n % 2 else "x" for n in range(60)], pa.string()),
        "at": pa.array([SEEN + timedelta(hours=n) for n in range(60)], pa.timestamp("us", "UTC")),
    }
)


def make_kernel() -> Any:
    """Defined within, so that it is sent whole: workers know nothing of these tests."""

    def by_person(rows: Any, *, weight: int) -> Any:
        import numpy as np
        import pyarrow as pa

        keys, steps = rows.column("profile_key").to_numpy(), rows.column("steps").to_numpy()
        people = np.unique(keys)
        sums = np.array([steps[keys == key].sum() * weight for key in people], np.int64)
        latest = [rows.filter(pa.array(keys == key)).column("at") for key in people]
        return pa.table(
            {
                "person": pa.array(people, pa.int32()),
                "weighed": pa.array(sums, pa.int64()),
                "half": pa.array(sums / 2, pa.float64()),
                "last": pa.array([max(one.to_pylist()) for one in latest], pa.timestamp("us", "UTC")),
                "labels": pa.array([sorted({str(rows.column("label")[0])}) for _ in people], pa.list_(pa.string())),
                "many": pa.array(sums > 20, pa.bool_()),
                "parts": pa.array([1] * len(people), pa.uint8()),
            }
        )

    return by_person


async def test_kernels_are_given_everything_of_whom_they_are_given(engines: Engines) -> None:
    kernel = partial(make_kernel(), weight=3)
    statement = Statement("SELECT * FROM rows WHERE profile_key <> 4", {}, {"rows": ROWS})
    local = await engines.local.reduce(engines.workspace_id, statement, kernel)
    spark = await engines.spark.reduce(engines.workspace_id, statement, kernel)
    order = [("person", "ascending")]
    assert local.num_rows == 3
    assert spark.schema == local.schema
    assert spark.drop(["labels"]).sort_by(order).equals(local.drop(["labels"]).sort_by(order))


async def test_of_nobody_a_kernel_gives_what_it_gives_of_nobody(engines: Engines) -> None:
    def count(rows: Any) -> Any:
        import pyarrow as pa

        return pa.table({"rows": pa.array([rows.num_rows], pa.int64())})

    statement = Statement("SELECT * FROM rows WHERE profile_key > 100", {}, {"rows": ROWS})
    found = await engines.spark.reduce(engines.workspace_id, statement, count)
    assert found.to_pylist() == [{"rows": 0}]


async def test_workers_have_the_measures_and_no_more_of_kizuna(engines: Engines) -> None:
    def look(rows: Any) -> Any:
        from importlib.util import find_spec

        import pyarrow as pa

        names = ["measures", "conditions.fold", "kernel", "domains"] if rows.num_rows else []
        return pa.table({"known": pa.array([name for name in names if find_spec(f"kizuna.{name}")], pa.string())})

    statement = Statement("SELECT * FROM rows", {}, {"rows": ROWS.slice(0, 1)})
    found = await engines.spark.reduce(engines.workspace_id, statement, look)
    assert found.column("known").to_pylist() == ["measures", "conditions.fold"]


# --- limits and errors ------------------------------------------------------------------------------

ENDLESS = Statement("SELECT sum(n % 7) AS n FROM numbers", {"numbers": "SELECT id AS n FROM range(1000000000000000)"})


async def test_what_takes_too_long_is_stopped(engines: Engines) -> None:
    with pytest.raises(Limit, match="longer than allowed"):
        await engines.spark.select(engines.workspace_id, ENDLESS, timeout_s=0.5)
    assert (await engines.spark.select(engines.workspace_id, Statement("SELECT 1 AS one"))).num_rows == 1


async def test_whoever_goes_away_stops_it(engines: Engines) -> None:
    asked = asyncio.ensure_future(engines.spark.select(engines.workspace_id, ENDLESS))
    await asyncio.wait([asked], timeout=0.5)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):  # comes when Spark has ended it
        await asked


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (Statement("SELECT nothing_of_it FROM happenings"), "nothing_of_it"),
        (Statement("SELEC 1"), "SELEC"),
        (Statement("SELECT 1 AS one", {"odd": "SELECT ("}), "syntax"),
        (Statement("SELECT 1 / (k - k) AS none FROM numbers", {}, {"numbers": NUMBERS}), "zero"),
        (Statement("SELECT CAST(text AS BIGINT) AS n FROM numbers", {}, {"numbers": NUMBERS}), "cannot be cast"),
    ],
)
async def test_what_is_wrong_is_said_without_the_stack(engines: Engines, statement: Statement, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        await engines.spark.select(engines.workspace_id, statement)
    assert said.lower() in caught.value.message.lower()
    assert "org.apache" not in caught.value.message
    assert len(caught.value.message) <= 500


async def test_workers_that_lack_a_library_are_told_apart_from_wrong_queries(engines: Engines) -> None:
    def kernel(rows: Any) -> Any:
        if rows.num_rows:
            import no_such_library  # pyright: ignore[reportMissingImports]

            return no_such_library
        return rows

    statement = Statement("SELECT profile_key FROM rows", {}, {"rows": ROWS})
    with pytest.raises(Unavailable, match="no_such_library"):
        await engines.spark.reduce(engines.workspace_id, statement, kernel)


async def test_a_session_that_spark_ended_is_opened_anew(spark_url: str, engines: Engines) -> None:
    engine, one = SparkEngine(spark_url, engines.lake, timeout_s=60), Statement("SELECT 1 AS one")
    try:
        await engine.select(engines.workspace_id, one)
        session = engine.session
        assert session is not None
        session.spark.client.release_session()
        assert (await engine.select(engines.workspace_id, one)).to_pylist() == [{"one": 1}]
        assert engine.session is not session
    finally:
        await engine.close()


async def test_the_engine_tells_its_version_when_workers_answer(engines: Engines) -> None:
    assert (await engines.spark.check()).startswith("4.")
