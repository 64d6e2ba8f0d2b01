"""A session of a Spark Connect server, with what Kizuna's statements need in it."""

from __future__ import annotations

import itertools
import socket
import tempfile
import threading
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kizuna.adapters.engines.messages import LakeView
from kizuna.adapters.engines.spark_errors import unreachable
from kizuna.adapters.engines.spark_tables import read_tables
from kizuna.kernel.lake import TableName

PORT = 15002
WARM_MAX = 20
KNOCK_S = 5.0
TRIES_AGAIN = 4

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.ansi.enabled": "true",
    # Nothing in the place of ${…}, neither settings of the cluster nor its environment.
    "spark.sql.variable.substitute": "false",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    # It would mine itemsets twice more, to weigh a model and to write it to a disk, or (in 4.1) refuse to mine any.
    "spark.connect.session.connectML.mlCache.memoryControl.enabled": "false",
}


def place_of(url: str) -> str:
    """Host and port of ``sc://host:port/;token=…``, without what is secret."""
    host, port = _address(url)
    return f"{host}:{port}"


@dataclass(eq=False)
class Tables:
    """Temporary views of one version of one lake."""

    view: LakeView
    names: Mapping[TableName, str]
    running: int = 0


@dataclass(eq=False)
class SparkSession:
    """For several threads at once."""

    url: str
    _tables: dict[int, Tables] = field(default_factory=dict[int, Tables])
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.spark = _connect(self.url)
        try:
            for name, value in _SETTINGS.items():
                self.spark.conf.set(name, value)
            _ship(self.spark)
            _register_folds(self.spark)
        except BaseException:
            self.close()
            raise

    def next_number(self) -> int:
        return next(self._numbers)

    @contextmanager
    def tables(self, view: LakeView) -> Iterator[Tables]:
        """The version's tables. They stay until another version of the same lake is asked for, since to find out
        about many files takes Spark a while."""
        found = self._take(view)
        try:
            yield found
        finally:
            with self._lock:
                found.running -= 1
                over = not found.running and self._tables.get(view.workspace_id) is not found
            if over:
                self._drop(found)

    def close(self, *, lost: bool = False) -> None:
        """A session that is lost has nothing left to release."""
        if lost:
            with suppress(Exception):
                self.spark.client.close()
        else:
            self.spark.stop()

    def _take(self, view: LakeView) -> Tables:
        found = self._look(view)
        if found is not None:
            return found
        made = Tables(view, read_tables(self.spark, view, self.next_number()), running=1)
        # Another thread may have made the same meanwhile: one of the two goes with its last question.
        with self._lock:
            over = [self._tables.pop(view.workspace_id, None)]
            self._tables[view.workspace_id] = made
            if len(self._tables) > WARM_MAX:
                over.append(self._tables.pop(next(iter(self._tables))))
            idle = [one for one in over if one is not None and not one.running]
        for one in idle:
            self._drop(one)
        return made

    def _look(self, view: LakeView) -> Tables | None:
        with self._lock:
            found = self._tables.get(view.workspace_id)
            if found is None or found.view != view:
                return None
            found.running += 1
            return found

    def _drop(self, tables: Tables) -> None:
        for name in tables.names.values():
            self.spark.catalog.dropTempView(name)


def _connect(url: str) -> Any:
    # Spark's client would try for ten minutes.
    try:
        socket.create_connection(_address(url), timeout=KNOCK_S).close()
    except OSError as error:
        raise unreachable(place_of(url)) from error
    _hush()
    from pyspark.sql.connect.client import DefaultChannelBuilder
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession as Remote

    # Channels of one process share what they know of an address, such as that it did not answer a minute ago.
    channel = DefaultChannelBuilder(url, [("grpc.use_local_subchannel_pool", 1)])
    session: Any = Remote.builder.channelBuilder(channel).create()
    session.client.set_retry_policies([DefaultPolicy(max_retries=TRIES_AGAIN, max_backoff=2_000)])
    return session


def _hush() -> None:
    # Of pandas, through which nothing of ours goes.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support", FutureWarning)
    from pyspark.logger import PySparkLogger

    # What is wrong is told to whoever asked; here the plan and the stack would be printed as well.
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "localhost", parts.port or PORT


def _ship(spark: Any) -> None:
    """Sends the workers a package ``kizuna`` of the few modules that run there. Unpacked, not as an archive to import
    from: compiled kernels are kept beside them, and go along for workers whose processors are like this one's."""
    import kizuna

    package = Path(kizuna.__file__).parent
    files = [*sorted((package / "measures").rglob("*.py")), package / "conditions/fold.py"]
    files += [package / f"adapters/engines/{name}.py" for name in ("plain", "spark_worker")]
    paths = {path.relative_to(package) for path in files}
    # The others' packages are empty: what they import is not there.
    inits = {folder / "__init__.py" for path in paths for folder in path.parents} - paths
    with tempfile.TemporaryDirectory(prefix="kizuna-spark-") as folder:
        archive = f"{folder}/kizuna.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
            for path in paths:
                made.write(package / path, str(path))
            for path in inits:
                made.writestr(str(path), "")
            for path in sorted((package / "measures").rglob("__pycache__/*.nb[ic]")):
                with suppress(FileNotFoundError):  # another process may put a newer one in its place just now
                    made.write(path, str(path.relative_to(package)))
        spark.addArtifacts(f"{archive}#kizuna", archive=True)


def _register_folds(spark: Any) -> None:
    from pyspark.sql.connect.functions import udf
    from pyspark.sql.types import ArrayType, StringType

    from kizuna.adapters.engines.spark_worker import fold_all, fold_one

    # Types that are only named would be looked up by whichever session is the process's first.
    spark.udf.register("kizuna_fold", udf(fold_one, StringType(), useArrow=True))
    spark.udf.register("kizuna_folds", udf(fold_all, ArrayType(StringType()), useArrow=True))
