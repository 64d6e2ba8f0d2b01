"""When sign-in is slowed down, and how long sessions and links live."""

from datetime import datetime, timedelta

SESSION_IDLE = timedelta(days=14)
SESSION_ABSOLUTE = timedelta(days=90)
SESSION_TOUCH = timedelta(minutes=5)
"""A session's last-seen time is written at most this often: a read must not cost a write each time."""

INVITATION_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=1)
KEY_TOUCH = timedelta(minutes=1)

FREE_FAILURES_EMAIL = 5
FREE_FAILURES_IP = 20
"""More than for one e-mail: an office or a phone network shares one address."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
FORGET_FAILURES = timedelta(hours=24)


def wait_after(failures: int, free: int) -> timedelta:
    """How long to wait after the given number of failures in a row: doubles with each one past ``free``."""
    if failures < free:
        return timedelta(0)
    return min(FIRST_WAIT * 2 ** min(failures - free, 20), LONGEST_WAIT)


def session_expiry(created_at: datetime, now: datetime) -> datetime:
    """Sliding by idleness, never past the absolute end."""
    return min(now + SESSION_IDLE, created_at + SESSION_ABSOLUTE)
