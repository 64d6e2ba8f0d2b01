"""Purposes, and what people answered to them."""

from typing import Any

from tests.attack.operations import make_text
from tests.attack.planter import Planted, Planter, plants

TERMS = {region: {"basis": "consent", "default": "refused"} for region in ("APPI", "GDPR", "other")}


def make_purpose(text: str) -> dict[str, Any]:
    texts = {language: {"title": text, "body": text} for language in ("ja", "en")}
    return {"key": make_text("p"), "terms": TERMS, "texts": texts}


async def add_purpose(planter: Planter) -> str:
    """One for all: a workspace has few, and none is ever removed."""
    if "purpose" not in planter.kept:
        made = await planter.post("/api/privacy/purposes", make_purpose(planter.canary()))
        planter.kept["purpose"] = made["key"]
    return planter.kept["purpose"]


@plants("/api/privacy/purposes/{key}")
async def plant_purpose(planter: Planter) -> Planted:
    return Planted({"key": await add_purpose(planter)})


@plants("privacy_add_purpose")
async def plan_purpose(planter: Planter) -> Planted:
    return Planted(body=make_purpose("Intruder"))


@plants("privacy_change_purpose")
async def plan_change(planter: Planter) -> Planted:
    return Planted(body={"texts": make_purpose("Intruder")["texts"]})


@plants("/api/privacy/people/{profile_id}")
async def plant_person(planter: Planter) -> Planted:
    person = await planter.person()
    answers = [{"purpose": await add_purpose(planter), "granted": True, "note": planter.canary()}]
    await planter.post(f"/api/privacy/people/{person}/consent", {"answers": answers})
    return Planted({"profile_id": person})


@plants("privacy_record_consent")
async def plan_answer(planter: Planter) -> Planted:
    purpose = await add_purpose(planter)
    return Planted(body={"answers": [{"purpose": purpose, "granted": False, "note": "intruder"}]})
