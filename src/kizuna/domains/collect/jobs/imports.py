"""Jobs of imports."""

from kizuna.domains.collect.service.imports import uploads
from kizuna.domains.collect.service.imports.requests import TASK
from kizuna.kernel.context import Runtime
from kizuna.kernel.jobs import Job


async def run_import(runtime: Runtime, workspace_id: int, job_id: int) -> None:
    # Loaded when the first import runs: the web process declares this job too and needs no Arrow.
    from kizuna.domains.collect.service.imports.run import run_import as run

    await run(runtime, workspace_id, job_id)


RUN_IMPORT = Job(TASK, run_import, scope="long", retries=0)
REMOVE_OLD_UPLOADS = Job(
    "collect:remove_old_uploads", uploads.remove_old_uploads, scope="system", cron="23 3 * * *", retries=0
)
