"""Jobs of the domain."""

from kizuna.domains.workspace.service import housekeeping, jobs, letters
from kizuna.kernel.jobs import Job

TAKE_UP_JOBS = Job("workspace:take_up_jobs", jobs.take_up_jobs, scope="system", cron="* * * * *", retries=0)
CLEAN_UP = Job("workspace:clean_up", housekeeping.clean_up, scope="system", cron="41 3 * * *")
SEND_LETTER = Job(letters.SEND_LETTER, letters.send_letter, scope="long", queue="mail", retries=10)
"""2, 4, 8 … seconds apart, half an hour in all: later than that a password link is nearly over."""
