"""Jobs of the domain."""

from kizuna.domains.segments.service import build, scheduled
from kizuna.kernel.jobs import Job

JOBS = (
    Job(build.BUILD_TASK, build.run_build, scope="long", retries=0),
    Job(scheduled.RUN_TASK, scheduled.run_tracked, scope="long", retries=0),
    Job(scheduled.DUE_TASK, scheduled.run_due, scope="long", retries=0),
    # Zones are whole quarters of an hour apart: so days begin on time everywhere.
    Job("segments:schedule", scheduled.queue_due, scope="system", cron="1,16,31,46 * * * *", retries=0),
)
