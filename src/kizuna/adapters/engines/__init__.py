"""What computes over the lake: DuckDB in processes of its own and in this one, or Spark."""

from kizuna.kernel.engine import Engine
from kizuna.kernel.lake import Lake
from kizuna.kernel.settings import Settings


def open_engine(settings: Settings, lake: Lake) -> Engine:
    """The engine that the settings name."""
    from kizuna.adapters.engines.local import LocalEngine

    return LocalEngine(lake)
