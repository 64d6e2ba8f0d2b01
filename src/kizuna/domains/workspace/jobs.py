"""What the domain does by itself, over all workspaces."""

from kizuna.domains.workspace.service import housekeeping, jobs
from kizuna.kernel.jobs import Job

TAKE_UP_JOBS = Job("workspace:take_up_jobs", jobs.take_up_jobs, scope="system", cron="* * * * *", retries=0)
CLEAN_UP = Job("workspace:clean_up", housekeeping.clean_up, scope="system", cron="41 3 * * *")
