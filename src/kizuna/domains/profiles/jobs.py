"""Jobs of the domain."""

from kizuna.domains.profiles.service.export import JOB_NAME, run_search_export
from kizuna.domains.profiles.service.sync import sync_workspaces
from kizuna.kernel.jobs import Job

JOBS = (
    Job(JOB_NAME, run_search_export, scope="long", retries=0),
    Job("profiles:sync", sync_workspaces, scope="system", retries=0, cron="* * * * *"),
)
