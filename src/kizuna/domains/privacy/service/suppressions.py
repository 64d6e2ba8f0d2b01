"""What is kept out, in numbers."""

from datetime import datetime

from kizuna.domains.privacy.repository import suppressions as repository
from kizuna.kernel.context import Context

DAYS_MAX = 366


async def count(ctx: Context) -> tuple[dict[str, int], list[tuple[str, object, int, datetime, datetime]]]:
    """Identifiers by kind; and (kind, day, number, first, last) of the latest days."""
    return await repository.count_kinds(ctx), await repository.count_by_day(ctx, DAYS_MAX)
