"""What others may ask of the domain.

To see events as they come, a module lists ``stream_taps``: see ``contracts.StreamBatch``.
"""

from collections.abc import Sequence
from typing import Any

from kizuna.domains.collect.contracts import KnownEvent, Refused
from kizuna.domains.collect.rules.imports.reasons import disarm_formula
from kizuna.domains.collect.service import catalogue, own_events
from kizuna.domains.collect.service.imports.requests import list_mappings, read_import, start_import
from kizuna.domains.collect.service.imports.uploads import read_chunks, store_upload
from kizuna.domains.collect.service.imports.views import ImportOptions, ImportView, NewImport
from kizuna.kernel.context import Context, Runtime

__all__ = [
    "ImportOptions",
    "ImportView",
    "KnownEvent",
    "NewImport",
    "disarm_formula",
    "drain_inbox",
    "list_events",
    "list_mappings",
    "read_chunks",
    "read_import",
    "record_events",
    "run_import",
    "start_import",
    "store_upload",
    "wait_until_loaded",
]


async def run_import(runtime: Runtime, workspace_id: int, job_id: int) -> None:
    """Runs or resumes an import in this process. Raises ``JobNotDue`` when it runs elsewhere or has ended."""
    # Loaded here: it brings Arrow, which the web process does without.
    from kizuna.domains.collect.service.imports.run import run_import as run

    await run(runtime, workspace_id, job_id)


async def list_events(ctx: Context, names_max: int, properties_max: int) -> list[KnownEvent]:
    """Events of the catalogue, the most frequent first, each with its most frequent properties."""
    return await catalogue.list_events(ctx, names_max, properties_max)


async def record_events(ctx: Context, source_id: int, items: Sequence[dict[str, Any]]) -> list[Refused]:
    """Takes in events that Kizuna itself makes, in Segment's form, within the context's transaction.

    Each item needs a ``type``, an id of the person and, to be safe against repetition, a ``messageId``
    of its own. Returns the items that were refused. Call it once in a transaction.
    Raises ``NotFound`` when the workspace has no such source.
    """
    return await own_events.record_events(ctx, source_id, items)


async def drain_inbox(runtime: Runtime) -> None:
    """Carries what is in the inbox to the stream and the lake now; for the CLI and for tests."""
    # Loaded here: it brings numpy.
    from kizuna.domains.collect.service.drain import drain_all

    await drain_all(runtime)


async def wait_until_loaded(runtime: Runtime, workspace_id: int, timeout_s: float = 60.0) -> bool:
    """Waits until every event that was streamed up to now is in the lake; false when that takes too long."""
    from kizuna.domains.collect.service.load import wait_until_loaded as wait

    return await wait(runtime, workspace_id, timeout_s)
