"""When a mailing is due."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_mailing(after: datetime, zone: str, every: str, hour: int, weekday: int, monthday: int) -> datetime:
    """The first time after ``after`` (aware) at which the zone's clock shows the hour, on a day that is meant; an hour
    that a change of clocks leaves out is the moment of the change. In UTC."""
    here = after.astimezone(ZoneInfo(zone))
    day = here.date()
    while True:
        if _is_meant(day, every, weekday, monthday):
            at = datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
            if at > after:
                return at
        day += timedelta(days=1)


def _is_meant(day: date, every: str, weekday: int, monthday: int) -> bool:
    if every == "day":
        return True
    if every == "week":
        return day.weekday() == weekday
    return day.day == min(monthday, monthrange(day.year, day.month)[1])
