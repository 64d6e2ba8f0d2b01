"""Purposes: what customers are asked."""

import msgspec
from litestar import get, patch, post
from litestar.params import FromPath, JSONBody

from kizuna.domains.privacy.contracts import Purpose, PurposeText, Terms
from kizuna.domains.privacy.rules.regions import region_of
from kizuna.domains.privacy.schemas import NewPurpose, PurposeChange, PurposeItem, TermsItem, TextItem, TextVersion
from kizuna.domains.privacy.service import purposes
from kizuna.kernel.context import Context
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import Page

TAGS = ["privacy"]
READ, MANAGE = require("privacy.read"), require("privacy.manage")


@get("/api/privacy/purposes", tags=TAGS, guards=[READ])
async def list_purposes(ctx: InContext) -> Page[PurposeItem]:
    """All purposes in their order, archived ones too."""
    items = [_item(ctx, purpose) for purpose in await purposes.list_purposes(ctx)]
    return Page(items, total=len(items))


@post("/api/privacy/purposes", tags=TAGS, guards=[MANAGE], problems=[409])
async def add_purpose(ctx: InContext, data: JSONBody[NewPurpose]) -> PurposeItem:
    """Add a purpose. Its key is for good; its texts may get new versions."""
    made = await purposes.add_purpose(
        ctx, Purpose(data.key, tuple(data.channels), _terms(data.terms), _texts(data.texts))
    )
    return _item(ctx, made)


@patch("/api/privacy/purposes/{key:str}", tags=TAGS, guards=[MANAGE], problems=[409])
async def change_purpose(ctx: InContext, key: FromPath[str], data: JSONBody[PurposeChange]) -> PurposeItem:
    """Change a purpose, publish new texts, or archive it: then nobody is asked, and nothing is done for it."""
    unset = msgspec.UNSET
    changed = await purposes.change_purpose(
        ctx,
        key,
        terms=None if data.terms is unset else _terms(data.terms),
        texts=None if data.texts is unset else _texts(data.texts),
        channels=None if data.channels is unset else tuple(data.channels),
        archived=None if data.archived is unset else data.archived,
    )
    return _item(ctx, changed)


@get("/api/privacy/purposes/{key:str}/versions", tags=TAGS, guards=[READ])
async def list_versions(ctx: InContext, key: FromPath[str]) -> Page[TextVersion]:
    """Every wording that people were shown, newest first; at most 200."""
    rows = await purposes.list_versions(ctx, key)
    return Page([TextVersion(*row) for row in rows], total=len(rows))


def _item(ctx: Context, purpose: Purpose) -> PurposeItem:
    return PurposeItem(
        key=purpose.key,
        channels=list(purpose.channels),
        terms={region: TermsItem(terms.basis, terms.default) for region, terms in purpose.terms.items()},
        texts={language: TextItem(text.title, text.body) for language, text in purpose.texts.items()},
        version=purpose.version,
        archived=purpose.archived,
        essential=purpose.essential(region_of(ctx.workspace.country)),
    )


def _terms(given: dict[str, TermsItem]) -> dict[str, Terms]:
    return {region: Terms(item.basis, item.default) for region, item in given.items()}


def _texts(given: dict[str, TextItem]) -> dict[str, PurposeText]:
    return {language: PurposeText(item.title, item.body) for language, item in given.items()}


HANDLERS = (list_purposes, add_purpose, change_purpose, list_versions)
