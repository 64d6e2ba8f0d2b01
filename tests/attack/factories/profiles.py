"""People."""

from tests.attack.planter import Planted, Planter, plants


@plants("/api/profiles/{profile_id}")
async def plant_profile(planter: Planter) -> Planted:
    return Planted({"profile_id": await planter.person()})


@plants("profiles_edit_traits")
async def plan_traits(planter: Planter) -> Planted:
    return Planted(body={"colour": "red"})


@plants("profiles_merge_profiles")
async def plan_merge(planter: Planter) -> Planted:
    return Planted(body={"into": await planter.person(), "from": await planter.person()}, names_things=True)


@plants("profiles_unmerge_profile")
async def plant_merged(planter: Planter) -> Planted:
    into = await planter.person()
    await planter.post("/api/profiles/merge", {"into": into, "from": await planter.person()})
    links = (await planter.owner.get(f"/api/profiles/{into}/identity")).json()["links"]
    by_hand = [link["id"] for link in links if link["reason"] == "manual"] or [links[-1]["id"]]
    return Planted({"profile_id": into}, {"link_id": by_hand[0]}, names_things=True)
