"""Questions, reports, dashboards, and what stands around them."""

from datetime import timedelta
from typing import Any

from tests.attack.operations import make_text
from tests.attack.planter import Planted, Planter, plants

ANALYTICS = "/api/analytics"


def question() -> dict[str, Any]:
    until_now = {"kind": "last", "n": 1, "unit": "month", "current": True}
    return {"metric": "trend", "params": {"series": [{"event": {"name": None}}]}, "range": until_now}


async def make_report(planter: Planter) -> int:
    body = {"name": planter.canary(), "description": planter.canary(), "query": question()}
    return (await planter.post(f"{ANALYTICS}/reports", body))["id"]


async def make_dashboard(planter: Planter) -> str:
    tiles = [{"text": planter.canary()}, {"query": question()}]
    body = {"name": planter.canary(), "description": planter.canary(), "tiles": tiles}
    return (await planter.post(f"{ANALYTICS}/dashboards", body))["ref"]


@plants("analytics_run_sql")
async def plan_query(planter: Planter) -> Planted:
    """Whoever may run it sees what their workspace knows, and nothing of another's."""
    await planter.person()
    return Planted(body={"sql": "SELECT name, properties FROM events"})


@plants("/api/analytics/sql/{query_id}")
async def plan_query_id(planter: Planter) -> Planted:
    return Planted({"query_id": "ada-runs-this"})


@plants("analytics_answer_query", "analytics_export_query", "analytics_list_people", "analytics_start_run")
async def plan_question(planter: Planter) -> Planted:
    await planter.person()
    return Planted(body={"query": question()})


@plants("analytics_make_people_segment")
async def plan_people_segment(planter: Planter) -> Planted:
    await planter.person()
    return Planted(body={"query": question(), "name": make_text("Intruder")})


@plants("/api/analytics/reports/{id}")
async def plant_report(planter: Planter) -> Planted:
    return Planted({"id": str(await make_report(planter))})


@plants("analytics_add_report")
async def plan_report(planter: Planter) -> Planted:
    return Planted(body={"name": make_text("Intruder"), "query": question()})


@plants("/api/analytics/dashboards/{ref}")
async def plant_dashboard(planter: Planter) -> Planted:
    return Planted({"ref": await make_dashboard(planter)})


@plants("/api/analytics/annotations/{id}")
async def plant_annotation(planter: Planter) -> Planted:
    body = {"at": "2026-03-01T00:00:00Z", "text": planter.canary()}
    return Planted({"id": str((await planter.post(f"{ANALYTICS}/annotations", body))["id"])})


async def make_share(planter: Planter) -> dict[str, Any]:
    """For anyone who has the link; those for members are in tests/domains/analytics/test_shares.py."""
    ends = (planter.runtime.clock.now() + timedelta(days=1)).isoformat()
    body = {"kind": "report", "ref": str(await make_report(planter)), "audience": "anyone", "expires_at": ends}
    return await planter.post(f"{ANALYTICS}/shares", body)


@plants("/api/analytics/shares/{id}")
async def plant_share(planter: Planter) -> Planted:
    return Planted({"id": str((await make_share(planter))["id"])})


@plants("analytics_add_share")
async def plan_share(planter: Planter) -> Planted:
    return Planted(body={"kind": "report", "ref": str(await make_report(planter))}, names_things=True)


@plants("/api/analytics/shared/{token}", "analytics_answer_shared")
async def plant_shared(planter: Planter) -> Planted:
    """Everybody else has the link with another end."""
    token = (await make_share(planter))["url"].rpartition("/")[2]
    forged = token[:-2] + ("AA" if token[-2:] != "AA" else "BA")
    return Planted({"token": forged, "number": "0"}, proof_params={"token": token})


@plants("/api/analytics/schedules/{id}")
async def plant_schedule(planter: Planter) -> Planted:
    """Put there past the door, which asks for a mail server."""
    [row] = planter.db.execute(
        "INSERT INTO analytics_schedules (workspace_id, kind, ref, every, hour, weekday, monthday, members, enabled, "
        "created_by, created_at) VALUES (%s, 'report', %s, 'day', 9, 0, 1, %s, true, %s, now()) RETURNING id",
        (
            planter.owner.workspace_id,
            str(await make_report(planter)),
            [planter.owner.member_id],
            planter.canary(),
        ),
    )
    return Planted({"id": str(row[0])})


@plants("analytics_add_schedule")
async def plan_schedule(planter: Planter) -> Planted:
    body = {
        "kind": "report",
        "ref": str(await make_report(planter)),
        "every": "day",
        "hour": 9,
        "members": [planter.owner.member_id],
    }
    return Planted(body=body, names_things=True)


@plants("/api/analytics/runs/{id}")
async def plant_run(planter: Planter) -> Planted:
    await planter.person()
    return Planted({"id": str((await planter.post(f"{ANALYTICS}/runs", {"query": question()}))["id"])})
