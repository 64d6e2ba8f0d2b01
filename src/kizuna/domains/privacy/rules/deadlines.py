"""When a request of a person must be answered.

GDPR article 12(3): within one month of receipt, which two further months may be added to, with the reasons
told to the person within the first. APPI articles 33–35 say "without delay" and no number of days: what
counts is a target that the workspace sets itself. Elsewhere thirty days.
"""

import calendar
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kizuna.domains.privacy.contracts import Region

APPI_DAYS_DEFAULT = 14
OTHER_DAYS = 30
GDPR_MONTHS = 1
GDPR_EXTENSION_MONTHS = 2
OTHER_EXTENSION_DAYS = 30


def due_at(law: Region, received: datetime, zone: str, appi_days: int = APPI_DAYS_DEFAULT) -> datetime:
    """The end of the last day, by the workspace's calendar."""
    day = received.astimezone(ZoneInfo(zone)).date()
    if law == "GDPR":
        return _end_of(add_months(day, GDPR_MONTHS), zone)
    return _end_of(day + timedelta(days=appi_days if law == "APPI" else OTHER_DAYS), zone)


def extended_due_at(law: Region, due: datetime, zone: str) -> datetime:
    """The one extension there is."""
    day = (due - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date()
    if law == "GDPR":
        return _end_of(add_months(day, GDPR_EXTENSION_MONTHS), zone)
    return _end_of(day + timedelta(days=OTHER_EXTENSION_DAYS), zone)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last (Regulation 1182/71, article 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _end_of(day: date, zone: str) -> datetime:
    """The first moment after it."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
