"""Jobs of imports."""

from kizuna.domains.collect.api import run_import
from kizuna.domains.collect.service.imports import uploads
from kizuna.domains.collect.service.imports.requests import TASK
from kizuna.kernel.jobs import Job

RUN_IMPORT = Job(TASK, run_import, scope="long", retries=0)
REMOVE_OLD_UPLOADS = Job(
    "collect:remove_old_uploads", uploads.remove_old_uploads, scope="system", cron="23 3 * * *", retries=0
)
