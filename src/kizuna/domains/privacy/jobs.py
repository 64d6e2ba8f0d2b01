"""Jobs of the domain."""

from kizuna.domains.privacy.service import access, erase_request, requests, retention
from kizuna.kernel.jobs import Job

JOBS = (
    Job(requests.ERASE_TASK, erase_request.run_erasure, scope="long", retries=0),
    Job(requests.ACCESS_TASK, access.run_access, scope="long", retries=0),
    Job(retention.TASK, retention.run_retention, scope="long", retries=0),
    Job("privacy:mark_overdue", requests.mark_overdue, scope="system", retries=0, cron="7 * * * *"),
    Job("privacy:remove_old_archives", access.remove_old_archives, scope="system", retries=0, cron="53 2 * * *"),
    Job("privacy:start_retention", retention.start_retention, scope="system", retries=0, cron="11 2 * * *"),
)
