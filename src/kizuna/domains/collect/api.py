"""What others may ask of the domain."""

from kizuna.domains.collect.service.imports.requests import list_mappings, read_import, start_import
from kizuna.domains.collect.service.imports.uploads import read_chunks, store_upload
from kizuna.domains.collect.service.imports.views import ImportOptions, ImportView, NewImport
from kizuna.kernel.context import Runtime

__all__ = [
    "ImportOptions",
    "ImportView",
    "NewImport",
    "list_mappings",
    "read_chunks",
    "read_import",
    "run_import",
    "start_import",
    "store_upload",
]


async def run_import(runtime: Runtime, workspace_id: int, job_id: int) -> None:
    """Runs or resumes an import in this process. Raises ``JobNotDue`` when it runs elsewhere or has ended."""
    # Loaded here: it brings Arrow, which the web process does without.
    from kizuna.domains.collect.service.imports.run import run_import as run

    await run(runtime, workspace_id, job_id)
