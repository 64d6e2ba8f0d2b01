"""Jobs of the domain."""

from kizuna.domains.privacy.service import access, erase_request, letters, requests, retention
from kizuna.kernel.jobs import Job

SEND_MAIL = Job(letters.SEND_MAIL, letters.send_letter, scope="long", queue="mail", retries=11)
"""2, 4, 8 … seconds apart, an hour in all: a mail server that greylists takes it on the way."""

JOBS = (
    Job(requests.ERASE_TASK, erase_request.run_erasure, scope="long", retries=0),
    Job(requests.ACCESS_TASK, access.run_access, scope="long", retries=0),
    Job(retention.TASK, retention.run_retention, scope="long", retries=0),
    Job("privacy:mark_overdue", requests.mark_overdue, scope="system", retries=0, cron="7 * * * *"),
    Job("privacy:remove_old_archives", access.remove_old_archives, scope="system", retries=0, cron="53 2 * * *"),
    Job("privacy:start_retention", retention.start_retention, scope="system", retries=0, cron="11 2 * * *"),
    Job("privacy:clean_up_letters", letters.clean_up, scope="system", cron="23 4 * * *"),
    SEND_MAIL,
)
