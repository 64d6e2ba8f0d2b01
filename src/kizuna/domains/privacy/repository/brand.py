"""The look of hosted pages, and the banner's words."""

from collections.abc import Mapping

import msgspec
from psycopg.types.json import Jsonb

from kizuna.domains.privacy.contracts import Brand, PurposeText
from kizuna.kernel.context import Context

READ_BRAND = """
    SELECT name, color, radius, logo_url, privacy_url, banner, version
    FROM privacy_brand WHERE workspace_id = %(workspace_id)s
"""

WRITE_BRAND = """
    INSERT INTO privacy_brand (workspace_id, name, color, radius, logo_url, privacy_url, banner, version)
    VALUES (%(workspace_id)s, %(name)s, %(color)s, %(radius)s, %(logo_url)s, %(privacy_url)s, %(banner)s, %(version)s)
    ON CONFLICT (workspace_id) DO UPDATE
    SET name = excluded.name, color = excluded.color, radius = excluded.radius, logo_url = excluded.logo_url,
        privacy_url = excluded.privacy_url, banner = excluded.banner, version = excluded.version
"""


async def read_brand(ctx: Context) -> Brand | None:
    """None while the workspace has chosen nothing."""
    row = await (await ctx.db.execute(READ_BRAND, {"workspace_id": ctx.workspace.id})).fetchone()
    if row is None:
        return None
    name, color, radius, logo_url, privacy_url, banner, version = row
    return Brand(name, color, radius, logo_url, privacy_url, msgspec.convert(banner, dict[str, PurposeText]), version)


async def write_brand(ctx: Context, brand: Brand) -> None:
    banner: Mapping[str, PurposeText] = brand.banner
    await ctx.db.execute(
        WRITE_BRAND,
        msgspec.structs.asdict(brand)
        | {"workspace_id": ctx.workspace.id, "banner": Jsonb(msgspec.to_builtins(banner))},
    )
