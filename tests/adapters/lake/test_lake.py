"""The port as domains use it, on a folder and on a real S3 API."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
import pytest
from moto.server import ThreadedMotoServer

from kizuna.adapters.lake.delta import DeltaLake
from kizuna.kernel.errors import Invalid, Unavailable
from kizuna.kernel.lake import Erased, Lake, table_schema
from tests.adapters.lake.rows import event, table_of


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    """An S3 on loopback; the values are the options that point a lake at it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    options = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    client = boto3.client(
        "s3",
        endpoint_url=options["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="lakes")
    client.close()
    yield options
    server.stop()


@pytest.fixture(params=["folder", "s3"])
async def lake(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Lake]:
    if request.param == "folder":
        opened = DeltaLake(str(tmp_path / "lake"), query_memory_mb=256, query_timeout_s=20)
    else:
        options = request.getfixturevalue("s3")
        url = f"s3://lakes/{uuid.uuid4().hex}"
        opened = DeltaLake(url, options=options, query_memory_mb=256, query_timeout_s=20)
    yield opened
    await opened.close()


async def test_from_loads_to_timeline_and_sql(lake: Lake) -> None:
    await lake.check()
    assert await lake.table_state(1, "events") is None
    assert await lake.read_timeline(1, [1]) == []
    rows = table_of(event(f"m{i}", day=i, key=i % 4, properties=f'{{"price": {i}}}') for i in range(40))
    assert (await lake.append(1, "events", rows, 1)).written
    assert not (await lake.append(1, "events", rows, 1)).written
    assert await lake.last_load(1, "events") == 1
    repeated = table_of([event("m3", day=3, received=100), event("new", day=50)])
    await lake.append(1, "events", repeated, 2)
    done = await lake.compact(1)
    assert (done.rows, done.duplicates_dropped) == (41, 1)
    await lake.append(1, "events", table_of([event("last", day=51, key=2)]), 3)

    events = await lake.read_timeline(1, [2], limit=3)
    assert [e.message_id for e in events] == ["last", "m38", "m34"]
    known = await lake.known_message_ids(1, 1, pa.array(["m1", "never", "last"]))
    assert sorted(known.to_pylist()) == ["last", "m1"]
    found = await lake.run_sql(
        1, "SELECT count(*), sum((properties->>'price')::INT) FROM events WHERE month = '2026-01'"
    )
    assert found.rows == [[31, 465]]
    assert await lake.vacuum(1, retention_h=0) > 0
    assert (await lake.run_sql(1, "SELECT count(*) AS n FROM events")).rows == [[42]]


async def test_a_customer_is_told_and_erased(lake: Lake) -> None:
    for load in range(3):
        rows = [event(f"{load}-{i}", key=i % 5, day=20 * load, properties='{"n": [1, 2.5]}') for i in range(40)]
        await lake.append(1, "events", table_of(rows), load)
        await lake.compact(1)
    odd = event("odd", key=3, day=5, properties='{"n": 1e999}', user_id="ada", original_time=None)
    await lake.append(1, "events", table_of([odd, event("ben", key=2)]), 9)

    told = [batch async for batch in lake.read_person(1, [3], batch_rows=10)]
    assert [len(batch) for batch in told] == [10, 10, 5]
    found = {row["message_id"]: row for batch in told for row in batch}
    assert len(found) == 25
    assert found["0-3"]["properties"] == {"n": [1, 2.5]}
    assert (found["odd"]["properties"], found["odd"]["user_id"]) == ('{"n": 1e999}', "ada")
    assert (found["odd"]["time"], found["odd"]["original_time"]) == ("2026-01-06T00:00:00Z", None)
    assert json.loads(json.dumps(told)) == told
    assert [row["time"][:7] for batch in told for row in batch] == sorted(row["time"][:7] for row in found.values())

    done = await lake.erase(1, [3])
    assert (done.events, done.files_rewritten) == (25, 3)
    assert [batch async for batch in lake.read_person(1, [3])] == []
    assert await lake.read_timeline(1, [3]) == []
    assert len(await lake.read_timeline(1, [2])) == 25
    assert (await lake.run_sql(1, "SELECT count(*) FROM events")).rows == [[97]]
    assert await lake.erase(1, [3]) == Erased()

    asked: dict[str, Any] = {"names": ["Page Viewed"], "before": datetime(2026, 1, 15, tzinfo=UTC)}
    assert (await lake.erase_events(1, **asked, dry_run=True)).events == 33
    assert (await lake.erase_events(1, **asked, keys=[2])).events == 9
    assert (await lake.erase_events(1, **asked)).events == 24
    assert (await lake.run_sql(1, "SELECT count(*) FROM events")).rows == [[64]]


async def test_sql_reads_todays_profiles_through_the_aliases(lake: Lake) -> None:
    await lake.append(1, "events", table_of(event(f"m{i}", key=i) for i in range(1, 5)), 1)
    profiles = [
        {"profile_key": key, "version": version, "profile_id": f"p{key}", "name": name, "identified": True}
        | {"traits": '{"city":"東京"}', "identifiers": "[]", "deleted": deleted}
        for key, version, name, deleted in [(1, 1, "Ada", False), (1, 3, "Ada L.", False), (2, 2, "Ben", True)]
    ]
    await lake.append(1, "profiles", pa.Table.from_pylist(profiles, table_schema("profiles")))
    aliases = {"key": [2, 3, 3], "profile_key": [1, 1, 3], "version": [1, 2, 3]}
    await lake.append(1, "aliases", pa.table(aliases, table_schema("aliases")))
    per_profile = "SELECT profile_id, profile_key, count(*) FROM events GROUP BY ALL ORDER BY profile_key"
    cities = "SELECT name, traits->>'city' AS city FROM profiles"
    for _ in range(2):
        assert (await lake.run_sql(1, per_profile)).rows == [["p1", 1, 2], [None, 3, 1], [None, 4, 1]]
        assert (await lake.run_sql(1, cities)).rows == [["Ada L.", "東京"]]
        await lake.compact(1)
    assert (await lake.run_sql(9, "SELECT count(*) FROM events")).rows == [[0]]
    assert (await lake.run_sql(9, "SELECT * FROM profiles")).rows == []
    for relation in lake.relations():
        shown = await lake.run_sql(1, f"SELECT * FROM {relation.name}")
        assert [column.name for column in shown.columns] == [column.name for column in relation.columns]


async def test_absurd_limits_are_refused(tmp_path: Path) -> None:
    lake = DeltaLake(str(tmp_path / "lake"))
    with pytest.raises(Invalid):
        await lake.read_timeline(1, [1], limit=100_000)
    with pytest.raises(Invalid):
        await lake.run_sql(1, "SELECT 1", limit=0)
    await lake.close()


async def test_a_storage_that_is_away_is_unavailable() -> None:
    options = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
    options |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "max_retries": "0", "retry_timeout": "1s"}
    lake = DeltaLake("s3://nowhere/lake", options=options)
    with pytest.raises(Unavailable):
        await lake.table_state(1, "events")
    await lake.close()


def test_a_process_that_does_not_touch_the_lake_stays_small() -> None:
    import subprocess

    code = (
        "import sys, kizuna.adapters.lake.delta, kizuna.adapters.lake\n"
        "kizuna.adapters.lake.delta.DeltaLake('somewhere')\n"
        "heavy = {'pyarrow', 'deltalake', 'duckdb', 'numpy', 'sqlglot'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


async def test_two_writers_of_a_bucket_do_not_overwrite_each_other(s3: dict[str, str]) -> None:
    url = f"s3://lakes/{uuid.uuid4().hex}"
    lakes = [DeltaLake(url, options=s3) for _ in range(2)]
    await lakes[0].append(1, "events", table_of([event("first")]))
    await lakes[1].table_state(1, "events")

    async def write(writer: int, lake: DeltaLake) -> list[bool]:
        loads = [table_of([event(f"w{writer}-{n}")]) for n in range(4)]
        done = [await lake.append(1, "events", rows, n, app_id=f"writer-{writer}") for n, rows in enumerate(loads)]
        return [appended.written for appended in done]

    written = await asyncio.gather(*(write(*pair) for pair in enumerate(lakes)))
    assert written == [[True] * 4] * 2
    state = await lakes[0].table_state(1, "events")
    assert state is not None
    assert state.rows == 9
    for lake in lakes:
        await lake.close()


async def test_kizuna_asks_over_people_and_what_they_did(lake: Lake) -> None:
    await lake.append(1, "events", table_of(event(f"m{i}", day=i, key=i % 4, name_id=i % 3) for i in range(40)), 1)
    names = table_schema("profiles").names
    people = [
        dict.fromkeys(names)
        | {"profile_key": key, "profile_id": f"p{key}", "identified": True, "traits": "{}", "identifiers": "[]"}
        | {"deleted": False, "version": 1}
        for key in range(3)
    ]
    await lake.append(1, "profiles", pa.Table.from_pylist(people, table_schema("profiles")))
    await lake.append(1, "aliases", pa.table({"key": [3], "profile_key": [1], "version": [1]}))
    sql = """
        SELECT profile_key, count(*) AS n FROM happenings JOIN people USING (profile_key)
        JOIN wanted ON wanted.name = happenings.name
        WHERE time >= TIMESTAMPTZ '2026-01-05 00:00:00+00' AND month = '2026-01'
        GROUP BY profile_key ORDER BY profile_key
    """
    found = await lake.select(1, sql, tables={"wanted": pa.table({"name": ["Order Completed"]})})
    wanted = [i % 4 for i in range(4, 31) if i % 3 == 2]
    counts = {key: sum(1 for one in wanted if one == key or (key == 1 and one == 3)) for key in range(3)}
    assert {row["profile_key"]: row["n"] for row in found.to_pylist()} == counts
