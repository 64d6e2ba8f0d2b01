"""A small Spark cluster of this machine, of separate processes, for all tests of a run that ask one.

Under pytest-xdist several processes run tests: they share the cluster. It is kept by a process of its own
(``python -m tests.spark``), which ends it when the last of them is gone, however it went.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kizuna.kernel.process import prepare_to_die_with_parent

if TYPE_CHECKING:
    from kizuna.adapters.engines.local import LocalEngine
    from kizuna.adapters.engines.spark import SparkEngine
    from kizuna.adapters.lake.delta import DeltaLake
    from kizuna.kernel.engine import Dialect, Statement

HAS_JAVA = shutil.which("java") is not None
NO_JAVA = "Spark runs on Java, which is not installed here"

_workspaces = itertools.count(1)

_START_S = 120.0
# It lives for a minute or two: to compile much would take longer than it saves.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m"
_SETTINGS = {
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": f"{_JAVA} -Xmn400m",
    "spark.executor.memory": "640m",
    "spark.executor.cores": "1",
    "spark.executor.extraJavaOptions": _JAVA,
    "spark.task.maxFailures": "1",
    "spark.ui.enabled": "false",
    "spark.ui.liveUpdate.period": "-1",
    "spark.sql.maxPlanStringLength": "200",
    "spark.shuffle.compress": "false",
    "spark.broadcast.compress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
_LOGGING = """
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
"""


@dataclass(frozen=True)
class Engines:
    """Both engines over the same lake. Nothing is in the workspace ``workspace_id`` yet."""

    lake: DeltaLake
    local: LocalEngine
    spark: SparkEngine
    workspace_id: int = field(default_factory=lambda: next(_workspaces))

    def next_workspace(self) -> int:
        return next(_workspaces)

    async def select(self, statement: Callable[[Dialect], Statement]) -> tuple[Any, Any]:
        """What the statement of each dialect gives: of DuckDB, of Spark."""
        local = await self.local.select(self.workspace_id, statement("duckdb"))
        return local, await self.spark.select(self.workspace_id, statement("spark"))


@contextmanager
def share_cluster(folder: Path) -> Iterator[str]:
    """The address of the cluster of everybody who names the same folder; it is started where there is none."""
    folder.mkdir(exist_ok=True)
    with open(folder / "users", "w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with open(folder / "starting", "w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            address = _read_address(folder) or _start_keeper(folder)
        yield f"sc://{address}"


def _read_address(folder: Path) -> str | None:
    path = folder / "address"
    return path.read_text() if path.exists() else None


def _start_keeper(folder: Path) -> str:
    subprocess.Popen(
        [sys.executable, "-m", "tests.spark", folder],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        close_fds=True,
    ).returncode = 0  # nobody waits for it: it outlives whoever started it
    until = time.monotonic() + _START_S
    while (address := _read_address(folder)) is None:
        if time.monotonic() > until or (folder / "failed").exists():
            logs = "\n".join(path.read_text()[-2_000:] for path in folder.glob("*.log"))
            raise RuntimeError(f"Spark did not start.\n{logs}")
        time.sleep(0.1)  # polls
    return address


# --- the keeper -------------------------------------------------------------------------------------


class Cluster:
    """A master, a worker with its executor, and the server of Spark Connect, each a process."""

    def __init__(self, folder: Path) -> None:
        from importlib.util import find_spec

        spec = find_spec("pyspark")
        assert spec is not None
        assert spec.origin is not None
        self.folder, self.home = folder, Path(spec.origin).parent
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> str:
        (self.folder / "log4j2.properties").write_text(_LOGGING)
        self._write_python()
        master = self._start_master()
        self._start("worker", [f"{_DEPLOY}.worker.Worker", master, *_bound(_free_port()), "--cores", "2"], _DAEMON)
        port = _free_port()
        self._start("connect", [f"{_DEPLOY}.SparkSubmit", *self._submit(master, port), "spark-internal"], {})
        self._wait(port)
        return f"127.0.0.1:{port}"

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def _start_master(self) -> str:
        port = _free_port()
        options = ["--properties-file", str(self._write_properties())]
        self._start("master", [f"{_DEPLOY}.master.Master", *_bound(port), *options], _DAEMON)
        self._wait(port)
        return f"spark://127.0.0.1:{port}"

    def _write_properties(self) -> Path:
        path = self.folder / "master.properties"
        path.write_text("spark.master.rest.enabled false\nspark.master.ui.port 0\n")
        return path

    def _write_python(self) -> None:
        """Workers have the libraries, and not Kizuna: what they run of it must be sent to them."""
        path = self.folder / "python"
        path.write_text(
            f'#!/bin/sh\nexport PYTHONPATH="$PYTHONPATH:{self.home.parent}"\nexec {sys.executable} -S "$@"\n'
        )
        path.chmod(0o755)

    def _submit(self, master: str, port: int) -> list[str]:
        settings = {
            **_SETTINGS,
            "spark.connect.grpc.binding.port": str(port),
            "spark.sql.warehouse.dir": str(self.folder / "warehouse"),
        }
        confs = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
        return ["--master", master, *confs, "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]

    def _start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                [self.home / "bin/spark-class", *command],
                cwd=self.folder,
                env={**os.environ, **env, **self._environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=prepare_to_die_with_parent(signal.SIGKILL),
            )
        self._processes.append(process)

    def _environment(self) -> dict[str, str]:
        logging = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"
        return {
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.folder),
            "SPARK_WORKER_DIR": str(self.folder / "work"),
            "PYSPARK_PYTHON": str(self.folder / "python"),
            "JDK_JAVA_OPTIONS": logging,
        }

    def _wait(self, port: int) -> None:
        until = time.monotonic() + _START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > until or any(process.poll() is not None for process in self._processes):
                    raise
                time.sleep(0.1)  # polls


_DEPLOY = "org.apache.spark.deploy"
_DAEMON = {"SPARK_DAEMON_MEMORY": "128m", "SPARK_DAEMON_JAVA_OPTS": _JAVA}


def _bound(port: int) -> list[str]:
    return ["--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _keep(folder: Path) -> None:
    cluster = Cluster(folder)
    address = folder / "address"
    try:
        whole = folder / "address.new"
        whole.write_text(cluster.start())
        whole.rename(address)
        with open(folder / "users", "w") as users:
            fcntl.flock(users, fcntl.LOCK_EX)  # nobody uses it any more
            address.unlink()
    except OSError:
        (folder / "failed").touch()
        raise
    finally:
        cluster.end()


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
