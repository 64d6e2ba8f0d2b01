"""What can be said of Spark where there is none."""

from __future__ import annotations

import socket
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pyarrow as pa
import pytest

from kizuna.adapters import engines
from kizuna.adapters.engines import open_engine
from kizuna.adapters.engines.messages import LakeView
from kizuna.adapters.engines.plain import plain_input, plain_result
from kizuna.adapters.engines.spark import SparkEngine
from kizuna.adapters.engines.spark_errors import FilesGoneError, SessionLostError, explain
from kizuna.adapters.engines.spark_session import place_of
from kizuna.adapters.engines.spark_sql import translate
from kizuna.adapters.engines.spark_tables import spark_path
from kizuna.adapters.engines.spark_worker import pack, run_kernel, unpack
from kizuna.adapters.engines.stoppable import run_stoppable
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.kernel.engine import Statement
from kizuna.kernel.errors import Conflict, Invalid, Limit, Unavailable
from kizuna.kernel.settings import Settings, read_settings


def settings_of(tmp_path: Path, engine: str) -> Settings:
    return read_settings({"KIZUNA_DATA_DIR": str(tmp_path), "KIZUNA_SECRET_KEY": "x", "KIZUNA_ENGINE": engine})


@pytest.mark.parametrize(
    "engine",
    ["duckdb", "sc://spark", "sc://10.0.0.7:15002", "sc://[::1]:15002/", "sc://s:443/;use_ssl=true;token=a%3D"],
)
def test_engines_that_may_be_named(tmp_path: Path, engine: str) -> None:
    assert settings_of(tmp_path, engine).engine == engine


@pytest.mark.parametrize(
    "engine", ["spark", "sc://", "sc://host:port", "spark://host:7077", "sc://h/;token", "sc://u@h"]
)
def test_other_engines_are_refused(tmp_path: Path, engine: str) -> None:
    with pytest.raises(Invalid, match="KIZUNA_ENGINE must be duckdb, or the address of a Spark Connect server"):
        settings_of(tmp_path, engine)


def test_a_token_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        settings_of(tmp_path, "sc:/host/;token=secret")
    assert "secret" not in caught.value.message
    assert place_of("sc://spark.example:443/;token=secret") == "spark.example:443"


async def test_without_sparks_client_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    lake = DeltaLake(str(tmp_path / "lake"))
    with pytest.raises(Unavailable, match=r"kizuna\[spark\]"):
        open_engine(settings_of(tmp_path, "sc://spark"), lake)
    assert open_engine(settings_of(tmp_path, "duckdb"), lake).name == "duckdb"
    await lake.close()


async def test_a_cluster_that_is_away_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        lake = DeltaLake(str(tmp_path / "lake"))
        engine = SparkEngine(f"sc://127.0.0.1:{taken.getsockname()[1]}", lake, timeout_s=60)
        with pytest.raises(Unavailable, match="does not answer"):
            await engine.select(1, Statement("SELECT 1 AS one"))
        await engine.close()
        await lake.close()


def test_files_are_named_as_hadoop_names_them() -> None:
    local = LakeView(1, "/data/la ke/ws=1", True, {}, {})
    assert spark_path(local, "/data/la ke/ws=1/a[1]*.parquet") == "file:///data/la ke/ws=1/a\\[1\\]\\*.parquet"
    assert spark_path(local, "/data/{x}", glob=False) == "file:///data/{x}"
    for url, expected in (
        ("s3://b/lake", "s3a://b/lake"),
        ("gs://b/lake", "gs://b/lake"),
        ("abfss://c@account.dfs.core.windows.net/lake", "abfss://c@account.dfs.core.windows.net/lake"),
    ):
        assert spark_path(LakeView(1, url, False, {}, {}), f"{url}/part.parquet") == f"{expected}/part.parquet"


def test_sums_may_be_asked_to_be_wide() -> None:
    text = "SELECT sum(x) FILTER (WHERE y) / 2 AS half, sum(DISTINCT x) AS once FROM t"
    assert "DECIMAL" not in translate(text)
    assert translate(text, wide_sums=True).count("(x) + CAST(0 AS DECIMAL(20, 0))") == 2
    with pytest.raises(Invalid):
        translate("SELECT (")


class Said(Exception):
    """As Spark's client says it, with the server's stack behind it."""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[INVALID_HANDLE.SESSION_CLOSED] The handle is invalid. Session was closed.", SessionLostError),
        (
            "<_InactiveRpcError: status = StatusCode.UNAVAILABLE details = failed to connect>",
            SessionLostError,
        ),
        ("Cannot call methods on a stopped SparkContext.", SessionLostError),
        ("[FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error while reading file file:///x.", FilesGoneError),
        ("[OPERATION_CANCELED] Operation has been canceled.", Conflict),
        ("Job aborted: ExecutorLostFailure (executor 3 exited): Container killed by YARN for exceeding limits", Limit),
        ("java.lang.OutOfMemoryError: Java heap space", Limit),
        (
            "[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.12 than in driver",
            Unavailable,
        ),
        ("ModuleNotFoundError: No module named 'numba'\n  at org.apache.spark", Unavailable),
        ("<_InactiveRpcError: status = StatusCode.UNAUTHENTICATED>", Unavailable),
        ("[UNRESOLVED_COLUMN] A column `x` cannot be resolved. SQLSTATE: 42703\n== SQL (line 1) ==\nSELECT x", Invalid),
    ],
)
def test_errors_are_told_apart(text: str, kind: type[Exception]) -> None:
    found = explain(Said(text), "spark:15002")
    assert type(found) is kind
    assert "org.apache" not in str(found)
    assert "== SQL" not in str(found)


def test_results_travel_as_they_are() -> None:
    table = pa.table({"n": pa.array([1, 2, None], pa.uint8()), "t": pa.array(["a", None, "茶"])})
    for whole in (table, table.slice(0, 0)):
        assert unpack(list(pack(whole))).equals(whole)
    assert list(run_kernel(lambda rows: rows, table.slice(0, 0).to_batches())) == []
    (parcel,) = run_kernel(lambda rows: rows.slice(1), table.to_batches(max_chunksize=1))
    assert unpack(parcel.column(0).to_pylist()).equals(table.slice(1))


def test_types_of_engines_are_made_alike() -> None:
    wide = pa.array([1, 1 << 80], pa.decimal128(38, 0))
    table = pa.table({"i": pa.array([1, 2], pa.int8()), "d": pa.array([1, 2], pa.decimal128(20, 0)), "wide": wide})
    assert plain_result(table).schema.types == [pa.int64(), pa.int64(), pa.float64()]
    assert plain_input(table.select(["i", "d"])).schema.types == [pa.int8(), pa.int64()]


async def test_work_elsewhere_that_does_not_hear_is_left_alone() -> None:
    begun, deaf, told = Event(), Event(), list[int]()
    with ThreadPoolExecutor(1) as pool:
        work: Future[bool] = pool.submit(lambda: begun.set() or deaf.wait())
        begun.wait()
        with pytest.raises(Limit):
            await run_stoppable(work, lambda: told.append(1), 0.01, patience_s=0.0)
        assert not work.done()
        deaf.set()
    assert told
