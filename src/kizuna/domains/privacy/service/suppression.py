"""By what the erased are recognised, and how many they are."""

from datetime import datetime

from kizuna.domains.privacy.repository import suppression as repository
from kizuna.kernel.context import Context
from kizuna.kernel.vault import Vault

HASH_BYTES = 16
DAYS_MAX = 366


def hash_identifier(vault: Vault, workspace_id: int, type_: str, value: str) -> bytes:
    """Of a normalised identifier. Without the vault nobody can try out addresses against it."""
    return vault.hash(f"{workspace_id}:{type_}:{value}", "person")[:HASH_BYTES]


async def count(ctx: Context) -> tuple[dict[str, int], list[tuple[str, object, int, datetime, datetime]]]:
    """Identifiers by kind; and (kind, day, number, first, last) of the latest days."""
    return await repository.count_kinds(ctx), await repository.count_by_day(ctx, DAYS_MAX)
