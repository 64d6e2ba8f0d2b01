"""Analysts' SQL may not get out: not to files, the network, settings, other workspaces, or the process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from kizuna.adapters.engines.duckdb import Session
from kizuna.adapters.lake.core import LakeCore
from kizuna.kernel.errors import Invalid, KizunaError
from kizuna.kernel.lake import LOAD_APP
from tests.adapters.lake.rows import event, table_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="module")
def session(folder: Path) -> Iterator[Session]:
    """Workspace 1, beside a workspace 2 whose events are nobody's business."""
    lake = LakeCore(str(folder / "lake"), None, 64)
    for workspace in (1, 2):
        lake.append(workspace, "events", table_of([event(f"of-{workspace}")]), 1, LOAD_APP)
    (folder / "secret.csv").write_text("secret\n42\n")
    (folder / "secret.json").write_text('{"secret": 42}')
    opened = Session(lake.view(1), memory_mb=64, threads=1, spill_dir=str(folder / "spill"))
    yield opened
    opened.close()
    lake.close()


ATTACKS = [
    # files
    "SELECT * FROM '{folder}/secret.csv'",
    'SELECT * FROM "{folder}/secret.csv"',
    "SELECT * FROM read_csv('{folder}/secret.csv')",
    "SELECT * FROM read_csv_auto('{folder}/secret.csv')",
    "SELECT * FROM READ_CSV(['{folder}/secret.csv'])",
    "SELECT * FROM read_text('{folder}/secret.csv')",
    "SELECT * FROM read_blob('{folder}/secret.csv')",
    "SELECT * FROM read_json('{folder}/secret.json')",
    "SELECT * FROM read_ndjson_objects('{folder}/secret.json')",
    "SELECT * FROM read_parquet('{folder}/lake/ws=2/events/*/*.parquet')",
    "SELECT * FROM parquet_scan('{folder}/lake/ws=2/events/*/*.parquet')",
    "SELECT * FROM '{folder}/lake/ws=2/events/month=2026-01/*.parquet'",
    "SELECT * FROM parquet_metadata('{folder}/lake/ws=1/events/*/*.parquet')",
    "SELECT * FROM parquet_kv_metadata('{folder}/lake/ws=1/events/*/*.parquet')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM sniff_csv('{folder}/secret.csv')",
    "SELECT * FROM read_duckdb('{folder}/x.duckdb')",
    "WITH a AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM a",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM events WHERE name IN (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM events, LATERAL (SELECT * FROM read_text('/etc/passwd'))",
    "FROM read_text('/etc/passwd')",
    "FROM '/etc/passwd'",
    "SELECT 1 UNION ALL SELECT content FROM read_text('/etc/passwd')",
    "SELECT /* harmless */ * FROM /**/ read_text/**/('/etc/passwd')",
    "SELECT * FROM events WHERE EXISTS (FROM read_blob('/proc/self/environ'))",
    # network
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "SELECT * FROM 'https://example.com/x.parquet'",
    "SELECT * FROM read_parquet('s3://lakes/ws=2/events/*.parquet')",
    "ATTACH 'postgres://localhost/kizuna' AS p",
    # writing
    "COPY events TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/lake/ws=1/out.parquet'",
    "EXPORT DATABASE '{folder}/out'",
    "IMPORT DATABASE '{folder}/out'",
    "CREATE TABLE mine AS SELECT 1",
    "CREATE OR REPLACE VIEW events AS SELECT 1",
    "CREATE MACRO m() AS 1",
    "INSERT INTO kizuna_alias VALUES (1, 2)",
    "UPDATE kizuna_alias SET profile_key = 1",
    "DELETE FROM events",
    "DROP VIEW events",
    "ALTER VIEW events RENAME TO other",
    "SELECT 1 INTO mine",
    "WITH gone AS (DELETE FROM kizuna_alias RETURNING *) SELECT * FROM gone",
    # settings and the process
    "SET memory_limit = '100GB'",
    "RESET memory_limit",
    "SET enable_external_access = true",
    "PRAGMA enable_external_access",
    "PRAGMA database_list",
    "INSTALL httpfs",
    "LOAD httpfs",
    "ATTACH '{folder}/other.duckdb'",
    "USE memory",
    "CALL pragma_version()",
    "CHECKPOINT",
    "BEGIN",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "CREATE SECRET (TYPE s3)",
    "EXPLAIN ANALYZE SELECT * FROM events",
    "SELECT getenv('HOME')",
    "SELECT current_setting('allowed_directories')",
    "SELECT getvariable('x')",
    "SELECT write_log('x')",
    "SELECT pg_sleep(10)",
    "SELECT sleep_ms(10000)",
    "SELECT current_user",
    "SELECT current_database()",
    # the catalogue, and what lies behind the views
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_views()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM duckdb_tables",
    "SELECT * FROM kizuna_events",
    "SELECT * FROM main.events",
    "SELECT * FROM memory.main.events",
    "SHOW TABLES",
    "SELECT * FROM (SHOW TABLES)",
    "DESCRIBE events",
    "SELECT * FROM (DESCRIBE kizuna_events)",
    "SUMMARIZE kizuna_events",
    "WITH duckdb_tables AS (SELECT 1) SELECT * FROM duckdb_tables",
    "SELECT * FROM (WITH kizuna_events AS (SELECT 1) FROM kizuna_events), kizuna_events",
    # SQL in strings
    "SELECT * FROM query('SELECT * FROM kizuna_events')",
    "SELECT * FROM query_table('kizuna_events')",
    "SELECT json_serialize_sql('SELECT 1')",
    "SELECT * FROM json_execute_serialized_sql('{{}}')",
    # more than one statement
    "SELECT 1; DROP VIEW events",
    "SELECT 1; SELECT 2",
    "SELECT 1;; COPY events TO '{folder}/out.csv'",
    "",
    "-- only a comment",
    "SELECT $1",
    "SELECT " + "(" * 2000 + "1" + ")" * 2000,
    "SELECT '" + "x" * 60_000 + "'",
    "VALUES (1",
    "SELECT * FROM python_list",
]


@pytest.mark.parametrize("sql", ATTACKS, ids=lambda sql: sql[:60])
def test_an_escape_is_refused_with_a_sentence(session: Session, folder: Path, sql: str) -> None:
    with pytest.raises(KizunaError) as caught:
        session.run(sql.replace("{folder}", str(folder)).replace("{{}}", "{}"), 10)
    assert isinstance(caught.value, Invalid)
    assert len(caught.value.message) > 10
    assert not (folder / "out.csv").exists()


BEHIND_THE_GUARD = [
    "SELECT * FROM read_text('{folder}/secret.csv')",
    "SELECT * FROM read_parquet('{folder}/lake/ws=2/events/*/*.parquet')",
    "SELECT * FROM read_text('{folder}/lake/ws=1/../../secret.csv')",
    "SELECT * FROM glob('/etc/*')",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "ATTACH '{folder}/other.duckdb'",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "SET memory_limit = '100GB'",
    "INSTALL httpfs",
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "SELECT * FROM folder",
]


@pytest.mark.parametrize("sql", BEHIND_THE_GUARD)
def test_duckdb_itself_is_closed_too(session: Session, folder: Path, sql: str) -> None:
    """Were the guard deceived, DuckDB would still open the workspace's own folder only."""
    with pytest.raises(duckdb.Error):
        session._connection.execute(sql.replace("{folder}", str(folder))).fetchall()  # pyright: ignore[reportPrivateUsage]


HARMLESS = [
    "SELECT count(*) FROM events",
    "select name, count(*) AS n from Events group by all order by n desc",
    "FROM events SELECT name",
    "WITH e AS (SELECT * FROM events) SELECT count(*) FROM e JOIN events USING (message_id)",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r",
    "SELECT x FROM range(3) AS t(x)",
    "SELECT unnest([1, 2, 3])",
    "SELECT j.key FROM events, json_each(context) AS j",
    "SELECT date_trunc('day', time), approx_count_distinct(profile_key) FROM events GROUP BY 1",
    "SELECT name, row_number() OVER (PARTITION BY profile_id ORDER BY time) FROM events QUALIFY true",
    "SELECT (properties->>'$.price')::DECIMAL(10, 2), 'read_text(''x'')' FROM events",
    "SELECT * EXCLUDE (context) REPLACE (upper(name) AS name) FROM events",
    "SELECT typeof(time), regexp_extract(name, '^P'), strftime(time, '%Y') FROM events;",
    "SELECT count(*) FILTER (WHERE name = 'x') FROM events",
    "(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1",
    "SELECT current_date, now() > time FROM events",
    "SELECT * FROM profiles LEFT JOIN events USING (profile_key)",
    "SELECT list_transform([1, 2], lambda x: x + 1)",
]


@pytest.mark.parametrize("sql", HARMLESS)
def test_ordinary_questions_are_answered(session: Session, sql: str) -> None:
    session.run(sql, 10)


def test_only_the_own_workspace_is_seen(session: Session) -> None:
    assert session.run("SELECT message_id FROM events", 10).rows == [["of-1"]]
