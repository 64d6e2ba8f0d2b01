"""Addresses that the document leaves out."""

from tests.attack.planter import Planted, Planter, plants


@plants("/p/preferences/{token}", "/p/unsubscribe/{token}", "/p/confirm/{token}", "/p/archive/{token}")
async def plan_link(planter: Planter) -> Planted:
    return Planted({"token": "forged"}, names_things=False)


@plants("/p/theme/{name}")
async def plan_theme(planter: Planter) -> Planted:
    return Planted({"name": "nobody.css"}, names_things=False)


@plants("/{path}", "/assets/{name}", "/sdk/{name}")
async def plan_page(planter: Planter) -> Planted:
    return Planted({"path": "customers", "name": "nothing.js"}, names_things=False)
