"""Times as senders give them, and the repair of clocks that are wrong."""

from collections.abc import Sequence
from datetime import UTC, datetime

from kizuna.domains.collect.contracts import FUTURE_S_MAX, OLDEST_TIME_S

_MILLISECONDS_FROM = 100_000_000_000
"""A number this large counts milliseconds: in seconds it would be the year 5138."""


_SECONDS_KEPT = 10_000
_seconds: dict[str, int] = {}
"""``2026-04-01T09:00:00`` → microseconds. Events of a moment share most of their time's text."""
_FRACTIONS = {"Z": 0} | {f".{number:03}Z": number * 1_000 for number in range(1_000)}


def read_time(value: object) -> int | None:
    """Microseconds since 1970 of an ISO 8601 text or a Unix number; None for anything else.

    A text without a zone is UTC.
    """
    if isinstance(value, str):
        try:
            return _seconds[value[:19]] + _FRACTIONS[value[19:]]
        except KeyError:
            return _read_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
    return round(seconds * 1_000_000) if abs(seconds) < 253_402_300_800 else None


def _read_text(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        us = round(moment.timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return None
    fraction_us = _FRACTIONS.get(text[19:])
    if fraction_us is not None:
        if len(_seconds) >= _SECONDS_KEPT:
            _seconds.clear()
        _seconds[text[:19]] = us - fraction_us
    return us


def correct_time(original_us: int | None, sent_us: int | None, received_us: int) -> int:
    """When it happened by our clock: ``received - (sent - original)``, so that only the sender's
    measure of the interval is trusted. Without ``sent`` the given time; without any, the receipt.
    """
    return correct_times([original_us], sent_us, received_us)[0]


def correct_times(original_us: Sequence[int | None], sent_us: int | None, received_us: int) -> list[int]:
    """As ``correct_time``, for events that were sent together."""
    shift = 0 if sent_us is None else received_us - sent_us
    return [received_us if one is None else one + shift for one in original_us]


def judge_time(time_us: int, received_us: int) -> str | None:
    """``future`` or ``late`` for a time that cannot be right; None for a usual one."""
    if time_us > received_us + FUTURE_S_MAX * 1_000_000:
        return "future"
    return "late" if time_us < OLDEST_TIME_S * 1_000_000 else None
