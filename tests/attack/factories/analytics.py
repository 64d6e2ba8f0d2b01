"""Queries."""

from tests.attack.planter import Planted, Planter, plants


@plants("analytics_run_sql")
async def plan_query(planter: Planter) -> Planted:
    """Whoever may run it sees what their workspace knows, and nothing of another's."""
    await planter.person()
    return Planted(body={"sql": "SELECT name, properties FROM events"})


@plants("/api/analytics/sql/{query_id}")
async def plan_query_id(planter: Planter) -> Planted:
    return Planted({"query_id": "ada-runs-this"})
