"""What computes over the lake: DuckDB in processes of its own and in this one, or Spark."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from kizuna.kernel.engine import Engine
from kizuna.kernel.errors import Unavailable
from kizuna.kernel.settings import Settings

if TYPE_CHECKING:
    from kizuna.adapters.lake.delta import DeltaLake


def open_engine(settings: Settings, lake: DeltaLake) -> Engine:
    """The engine that the settings name. Raises ``Unavailable`` where it is Spark, and its client is not installed."""
    if settings.engine == "duckdb":
        from kizuna.adapters.engines.local import LocalEngine

        return LocalEngine(lake)
    from kizuna.adapters.engines.spark import SparkEngine

    if find_spec("pyspark") is None:
        raise Unavailable(
            "engine_missing",
            "KIZUNA_ENGINE names a Spark cluster, and Spark's client is not installed. Install it with "
            '`pip install "kizuna[spark]"`, or set KIZUNA_ENGINE=duckdb.',
        )
    return SparkEngine(settings.engine, lake, timeout_s=settings.query_timeout_s)
