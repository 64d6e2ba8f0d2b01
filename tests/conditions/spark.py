"""A Spark of this machine, as a server in a process of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grpc

from kizuna.conditions.fold import fold
from kizuna.kernel.process import prepare_to_die_with_parent

HAS_JAVA = shutil.which("java") is not None

_START_S = 120
_SETTINGS = {
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    # It lives for a minute: to compile much would take longer than it saves.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@contextmanager
def run_spark(folder: Path) -> Iterator[Any]:
    """A session that knows the functions that conditions need."""
    with _run_server(folder) as address:
        from pyspark.sql import SparkSession

        session = SparkSession.builder.remote(f"sc://{address}").create()
        try:
            _register_folds(session)
            yield session
        finally:
            session.stop()


def _register_folds(session: Any) -> None:
    from pyspark.sql.functions import udf

    # Functions within a function are sent whole: Spark's Python knows nothing of these tests.
    def fold_one(text: str | None) -> str | None:
        return None if text is None else fold(text)

    def fold_all(texts: list[str | None] | None) -> list[str | None] | None:
        return None if texts is None else [None if text is None else fold(text) for text in texts]

    session.udf.register("kizuna_fold", udf(fold_one, "string", useArrow=True))
    session.udf.register("kizuna_folds", udf(fold_all, "array<string>", useArrow=True))


@contextmanager
def _run_server(folder: Path) -> Iterator[str]:
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    home, port = Path(spec.origin).parent, _free_port()
    settings = {**_SETTINGS, "spark.connect.grpc.binding.port": str(port), "spark.sql.warehouse.dir": str(folder)}
    confs = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    command = [home / "bin" / "spark-submit", "--master", "local[2]", *confs, "--class", _SERVER, "spark-internal"]
    env = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_DIRS": str(folder), "PYSPARK_PYTHON": sys.executable}
    with open(folder / "spark.log", "wb") as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdout=log,
            stderr=log,
            preexec_fn=prepare_to_die_with_parent(signal.SIGKILL),
        )
        try:
            address = f"127.0.0.1:{port}"
            with grpc.insecure_channel(address) as channel:
                grpc.channel_ready_future(channel).result(timeout=_START_S)
            yield address
        finally:
            server.kill()
            server.wait()


_SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
