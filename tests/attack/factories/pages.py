"""Addresses that the document leaves out."""

from tests.attack.planter import Planted, Planter, plants


@plants("/{path}", "/assets/{name}", "/sdk/{name}")
async def plan_page(planter: Planter) -> Planted:
    return Planted({"path": "customers", "name": "nothing.js"}, names_things=False)
