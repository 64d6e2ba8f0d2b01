"""Jobs of the domain."""

from kizuna.domains.analytics.service import cache, runs
from kizuna.kernel.jobs import Job

JOBS = (
    Job(runs.RUN_TASK, runs.run_question, scope="long", retries=0),
    Job("analytics:sweep_results", cache.sweep_results, scope="system", cron="53 * * * *", retries=0),
)
