"""Jobs of the domain."""

from kizuna.domains.segments.service import (
    audit,
    build,
    deliver,
    deliver_file,
    deliver_sync,
    export,
    scheduled,
    traits_build,
    traits_run,
)
from kizuna.kernel.jobs import Job

JOBS = (
    Job(build.BUILD_TASK, build.run_build, scope="long", retries=0),
    Job(scheduled.RUN_TASK, scheduled.run_tracked, scope="long", retries=0),
    Job(scheduled.DUE_TASK, scheduled.run_due, scope="long", retries=0),
    # Zones are whole quarters of an hour apart: so days begin on time everywhere.
    Job("segments:schedule", scheduled.queue_due, scope="system", cron="1,16,31,46 * * * *", retries=0),
    Job(traits_build.BUILD_TASK, traits_build.run_build, scope="long", retries=0),
    Job(traits_build.CLEAR_TASK, traits_build.clear_trait, scope="long"),
    Job(traits_run.DUE_TASK, traits_run.run_due, scope="long", retries=0),
    Job("segments:schedule_traits", traits_run.queue_due, scope="system", cron="3,18,33,48 * * * *", retries=0),
    Job("segments:count_traits", traits_build.count_everywhere, scope="system", cron="27 * * * *", retries=0),
    Job("segments:audit", audit.audit_all, scope="system", cron="47 3 * * *", retries=0),
    Job(export.EXPORT_TASK, export.run_export, scope="long", retries=0),
    Job(deliver.SEND_TASK, deliver.run_lane, scope="long", retries=0),
    Job("segments:send_due", deliver.send_due, scope="system", cron="* * * * *", retries=0),
    Job("segments:remove_old_deliveries", deliver.remove_old_deliveries, scope="system", cron="37 3 * * *", retries=0),
    Job(deliver_sync.SYNC_TASK, deliver_sync.run_sync, scope="long", retries=0),
    Job(deliver_sync.FILE_TASK, deliver_file.run_file, scope="long", retries=0),
)
