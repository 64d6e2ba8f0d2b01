"""Times in addresses."""

from datetime import UTC, datetime

import msgspec

from kizuna.kernel.errors import Invalid


def read_time(text: str | None, field: str) -> datetime | None:
    """RFC 3339; times without a zone are UTC, as everywhere in the API."""
    if text is None:
        return None
    try:
        time = msgspec.convert(text, datetime)
    except msgspec.ValidationError as error:
        problem = "It must be a time such as 2026-04-01T09:00:00Z."
        raise Invalid("time_invalid", f"{field}: {problem}", fields={field: problem}) from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time
