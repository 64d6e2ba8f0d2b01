"""Scores: their keys are the same everywhere, their settings are each workspace's own."""

from tests.attack.planter import Planted, Planter, plants

KEY = "last_purchase_at"


@plants("/api/analytics/scores/{key}")
async def plant_score(planter: Planter) -> Planted:
    settings = {"enabled": True, "params": {"event": {"name": planter.canary()}}}
    answer = await planter.owner.put(f"/api/analytics/scores/{KEY}", json=settings)
    assert answer.is_success, answer.text
    return Planted({"key": KEY}, names_things=False)


@plants("analytics_change_score")
async def plan_change(planter: Planter) -> Planted:
    planted = await plant_score(planter)
    return Planted(planted.params, {"enabled": True, "params": {"event": {"name": "Intruder"}}}, names_things=False)


@plants("analytics_preview_score")
async def plan_preview(planter: Planter) -> Planted:
    await planter.person()
    planted = await plant_score(planter)
    return Planted(planted.params, {"params": {}}, names_things=False)


@plants("analytics_explain_score")
async def plan_explained(planter: Planter) -> Planted:
    return Planted({"key": "churn_risk", "id": await planter.person()}, names_things=True)
