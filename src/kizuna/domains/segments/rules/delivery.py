"""What an answer to a delivery means, and when it is tried again."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

FIRST_WAIT = timedelta(seconds=30)
WAIT_MAX = timedelta(hours=1)
RETRY_AFTER_MAX = timedelta(days=1)
PAUSE_AFTER = timedelta(days=1)
"""A destination that takes nothing for so long is paused, and says so."""

TRANSIENT = frozenset({408, 425, 429})
"""Refusals that say "not now": the request itself is good."""

Reason = Literal["answered", "redirect", "address", "unreachable", "timeout", "answer", "gone", "paused", "stopped"]
"""Why something was not taken: the status says so; it points elsewhere; the address may not be called; nobody was
reached; nothing came in time; what came is no HTTP; the move is kept no longer; the destination was paused; the
run was stopped."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one request. ``permanent``: the same request will not be taken later either."""

    taken: bool
    status: int | None = None
    reason: Reason | None = None
    permanent: bool = False
    retry_after: timedelta | None = None


def judge_status(status: int, *, taken: bool, retry_after: timedelta | None) -> Outcome:
    if taken:
        return Outcome(True, status)
    if 300 <= status < 400:
        return Outcome(False, status, "redirect", permanent=True)
    return Outcome(
        False, status, "answered", permanent=status < 500 and status not in TRANSIENT, retry_after=retry_after
    )


def read_retry_after(text: str | None, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3), a day at most; None for what is neither."""
    if not text:
        return None
    if text.strip().isdecimal():
        return min(timedelta(seconds=min(int(text), 10**9)), RETRY_AFTER_MAX)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta(0)), RETRY_AFTER_MAX)


def next_wait(tries: int, retry_after: timedelta | None, chance: float) -> timedelta:
    """How long to wait after so many tries: twice as long each time, never shorter than the receiver asks.

    ``chance``, from 0 to 1, moves it by a quarter either way, so that many do not come back at once.
    """
    wait = min(FIRST_WAIT * 2 ** min(tries - 1, 20), WAIT_MAX) * (0.75 + chance / 2)
    return max(wait, retry_after or timedelta(0))
