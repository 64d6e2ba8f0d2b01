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


async def request_something(planter: Planter, kind: str = "access") -> str:
    body = {"kind": kind, "profile_id": await planter.person(), "note": planter.canary()}
    return str((await planter.post("/api/privacy/requests", body))["id"])


@plants("/api/privacy/requests/{id}")
async def plant_request(planter: Planter) -> Planted:
    return Planted({"id": await request_something(planter)})


@plants("privacy_create_request")
async def plan_request(planter: Planter) -> Planted:
    return Planted(body={"kind": "access", "profile_id": await planter.person()}, names_things=True)


@plants("privacy_complete_request")
async def plant_correction(planter: Planter) -> Planted:
    return Planted({"id": await request_something(planter, "correction")}, body={"note": "done"}, names_things=True)


@plants("privacy_change_target")
async def plan_target(planter: Planter) -> Planted:
    return Planted(body={"appi_days": 13})


REGULATION = {"regulationType": "SUPPRESS_ONLY", "subjectType": "USER_ID"}


@plants("/api/privacy/regulations/{regulate_id}")
async def plant_regulation(planter: Planter) -> Planted:
    made = await planter.post("/api/privacy/regulations", REGULATION | {"subjectIds": [planter.canary()]})
    planter.secrets.add(made["data"]["regulateId"])
    return Planted({"regulate_id": made["data"]["regulateId"]})


@plants("privacy_create_regulation")
async def plan_regulation(planter: Planter) -> Planted:
    return Planted(body=REGULATION | {"subjectIds": ["intruder"]})


RULES = {"rules": [{"kind": "event", "name": "Intruder", "days": 30, "enabled": False}]}


@plants("privacy_change_retention", "privacy_try_retention")
async def plan_rules(planter: Planter) -> Planted:
    return Planted(body=RULES)


@plants("privacy_record_disclosure")
async def plan_disclosure(planter: Planter) -> Planted:
    person = await planter.person()
    body = {"recipient": "Intruder", "items": ["email"], "basis": "consent", "profile_ids": [person]}
    return Planted(body=body, names_things=True)


@plants("privacy_change_field")
async def plan_field(planter: Planter) -> Planted:
    return Planted(body={"kind": "trait", "name": "plan", "class": "contact"})


@plants("privacy_change_brand")
async def plan_brand(planter: Planter) -> Planted:
    return Planted(body={"name": "Intruder"})


@plants("privacy_make_links")
async def plan_links(planter: Planter) -> Planted:
    return Planted(body={"profile_id": await planter.person()}, names_things=True)


@plants("privacy_ask_opt_in")
async def plan_opt_in(planter: Planter) -> Planted:
    body = {"purpose": "marketing", "channels": ["email"], "profile_id": await planter.person()}
    return Planted(body=body, names_things=True)


@plants("collect_ask_opt_in")
async def plan_public_opt_in(planter: Planter) -> Planted:
    return Planted(body={"email": "intruder@example.com", "purpose": "marketing", "channels": ["email"]})


@plants("/v1/consent/{write_key}")
async def plant_texts(planter: Planter) -> Planted:
    key = (await planter.shop())["write_key"]
    return Planted({"write_key": "kw_nobody"}, proof_params={"write_key": key})


@plants("profiles_reveal_fields")
async def plan_reveal(planter: Planter) -> Planted:
    return Planted(body={"fields": ["user_id"], "reason": "to see it all"})
