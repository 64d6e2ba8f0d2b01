"""HTTP of the preference centre's settings, and of double opt-in."""

import msgspec
from litestar import Router, get, patch, post
from litestar.params import JSONBody

from kizuna.domains.privacy.contracts import Brand
from kizuna.domains.privacy.schemas import (
    AskedOptIn,
    BrandChange,
    BrandView,
    NewOptIn,
    PersonLinks,
    Preview,
    WantedLinks,
)
from kizuna.domains.privacy.service import brand, links, opt_ins
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid
from kizuna.web.auth import require
from kizuna.web.context import InContext


def _view(ctx: Context, found: Brand) -> BrandView:
    return BrandView(
        **msgspec.structs.asdict(found),
        page_url=f"{ctx.settings.public_url}/p/preferences?brand={ctx.workspace.slug}",
        mail_ready=ctx.runtime.mailer.ready,
    )


@get("/brand", guards=[require("privacy.read")])
async def read_brand(ctx: InContext) -> BrandView:
    """How hosted pages look, and what the consent banner says."""
    return _view(ctx, await brand.read_brand(ctx))


@patch("/brand", guards=[require("privacy.manage")])
async def change_brand(ctx: InContext, data: JSONBody[BrandChange]) -> BrandView:
    """Change name, colour, corners, logo, policy address or the banner's words."""
    given = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    return _view(ctx, await brand.change_brand(ctx, given))


@post("/preview", guards=[require("privacy.read")], status_code=200)
async def make_preview(ctx: InContext) -> Preview:
    """A link to the preference page of nobody, for an hour."""
    return Preview(links.make_preview(ctx))


@post("/links", guards=[require("privacy.record")], problems=[404], status_code=200)
async def make_links(ctx: InContext, data: JSONBody[WantedLinks]) -> PersonLinks:
    """The links of one customer, to hand them over. It stands in the audit log."""
    made = await links.hand_over_links(ctx, data.profile_id, data.language)
    return PersonLinks(made.preferences, made.unsubscribe)


@post("/opt-ins", guards=[require("privacy.record")], problems=[404, 409, 429], status_code=202)
async def ask_opt_in(ctx: InContext, data: JSONBody[NewOptIn]) -> AskedOptIn:
    """Ask the owner of an address by mail to confirm a consent. It counts when they do, within 48 hours."""
    address = data.email
    if address is None:
        if data.profile_id is None and data.identifier is None:
            raise Invalid("person_missing", "Say who: give an email, a profile_id or an identifier.")
        identifiers = [(data.identifier.type, data.identifier.value)] if data.identifier else []
        address = await opt_ins.address_of(ctx, data.profile_id, identifiers)
    language = data.language or ("ja" if ctx.workspace.language == "ja" else "en")
    return AskedOptIn(await opt_ins.ask_opt_in(ctx, address, data.purpose, data.channels, language))


router = Router(
    "/api/privacy",
    route_handlers=[read_brand, change_brand, make_preview, make_links, ask_opt_in],
    tags=["privacy"],
)
