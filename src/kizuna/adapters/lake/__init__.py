"""The lake on Delta tables (delta-rs): loads, compaction, the timeline, on a folder or an object store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kizuna.kernel.settings import Settings

if TYPE_CHECKING:
    from kizuna.adapters.lake.delta import DeltaLake


def open_lake(settings: Settings) -> DeltaLake:
    """The lake that the settings name. Credentials of object stores come from the environment, under
    the names their own tools use (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, ``AWS_ALLOW_HTTP`` …)."""
    from kizuna.adapters.lake.delta import DeltaLake

    return DeltaLake(
        settings.lake_url,
        query_memory_mb=settings.query_memory_mb,
        query_timeout_s=settings.query_timeout_s,
    )
