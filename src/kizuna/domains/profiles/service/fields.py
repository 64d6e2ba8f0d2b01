"""Which traits and types of identifiers there are."""

from kizuna.domains.profiles import queries
from kizuna.domains.profiles.rules.identifiers import ANONYMOUS_ID, DEVICE_ID, EMAIL, LINE_ID, PHONE, USER_ID
from kizuna.kernel.context import Context
from kizuna.kernel.fields import SeenField

LOOKED_AT = 2_000
FIELDS_MAX = 1_000
_TYPES = (USER_ID, EMAIL, PHONE, LINE_ID, DEVICE_ID, ANONYMOUS_ID)


async def find_fields(ctx: Context) -> list[SeenField]:
    """Of the latest customers; the types that Kizuna knows are there from the beginning."""
    traits = await queries.find_trait_names(ctx, LOOKED_AT, FIELDS_MAX)
    found = [SeenField("identifier", type_) for type_ in await list_identifier_types(ctx)]
    return found + [SeenField("trait", name) for name in traits]


async def list_identifier_types(ctx: Context) -> list[str]:
    """Those that Kizuna knows first."""
    return list(dict.fromkeys((*_TYPES, *await queries.find_identifier_types(ctx, LOOKED_AT, FIELDS_MAX))))
