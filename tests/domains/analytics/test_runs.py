"""Heavy questions in the background: their progress, their answer, and how they are stopped."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.cast import Person
from tests.domains.analytics.test_api import figure, orders
from tests.domains.analytics.test_cache import Slow, slow  # noqa: F401  # a fixture
from tests.domains.segments.shop import Shop

from kizuna.domains.analytics.repository import results
from kizuna.domains.analytics.service import cache
from kizuna.domains.analytics.service.runs import run_question
from kizuna.kernel.clock import ManualClock

RUNS = "/api/analytics/runs"


async def start(person: Person, **more: Any) -> dict[str, Any]:
    made = await person.post(RUNS, json={"query": orders(**more)})
    assert made.status_code == 202, made.text
    return made.json()


async def test_a_run_is_answered_in_the_background(shop: Shop, ben: Person, cleo: Person, clock: ManualClock) -> None:
    made = await start(ben)
    assert (made["state"], made["answer"]) == ("queued", None)
    await shop.run_jobs()
    done = (await ben.get(f"{RUNS}/{made['id']}")).json()
    assert (done["state"], figure(done["answer"])) == ("done", 3)
    job = (await ben.get(f"/api/jobs/{made['job_id']}")).json()
    assert (job["kind"], job["title"]) == ("analytics.run", "Question: Trend")
    assert (await cleo.get(f"{RUNS}/{made['id']}")).status_code == 404, "its answer is what Ben may see"
    clock.advance(timedelta(days=2))
    await cache.sweep_results(shop.runtime)
    async with ben.unit() as ctx:
        assert await results.find_run(ctx, made["id"]) is None


async def test_a_run_sees_what_its_asker_sees(shop: Shop, ben: Person) -> None:
    hidden = orders(breakdown={"by": "trait", "trait": "email"})
    refused = await ben.post(RUNS, json={"query": hidden})
    assert refused.json()["code"] == "field_hidden"
    made = await start(shop.owner, breakdown={"by": "trait", "trait": "email"})
    await shop.run_jobs()
    answer = (await shop.owner.get(f"{RUNS}/{made['id']}")).json()["answer"]
    assert "hanako@example.jp" in str(answer["rows"])


async def test_an_answer_that_is_kept_calls_segments_by_their_present_names(shop: Shop) -> None:
    guests = await shop.upload("Guests", "hanako")
    made = await start(shop.owner, breakdown={"by": "segment", "segments": [guests["id"]]})
    await shop.run_jobs()
    await shop.owner.patch(f"/api/segments/{guests['id']}", json={"name": "Best guests"})
    answer = (await shop.owner.get(f"{RUNS}/{made['id']}")).json()["answer"]
    labels = next(column["words"] for column in answer["columns"] if column["key"] == "label")
    assert labels[str(guests["id"])]["en"] == "Best guests"


async def test_a_run_that_waits_is_stopped(shop: Shop, ben: Person) -> None:
    made = await start(ben)
    assert (await ben.delete(f"{RUNS}/{made['id']}")).status_code == 204
    await shop.run_jobs()
    stopped = (await ben.get(f"{RUNS}/{made['id']}")).json()
    assert (stopped["state"], stopped["answer"]) == ("stopped", None)
    assert (await ben.delete(f"{RUNS}/{made['id']}")).status_code == 204
    assert (await ben.get(f"{RUNS}/{made['id']}")).status_code == 404


async def test_a_run_that_computes_is_stopped(shop: Shop, ben: Person, slow: Slow) -> None:  # noqa: F811
    made = await start(ben)
    running = asyncio.create_task(
        run_question(shop.runtime, shop.owner.workspace_id, made["job_id"], run_id=made["id"])
    )
    await slow.began.wait()
    assert (await ben.get(f"{RUNS}/{made['id']}")).json()["state"] == "running"
    await ben.delete(f"{RUNS}/{made['id']}")
    await running
    assert slow.stopped == 1
    assert (await ben.get(f"{RUNS}/{made['id']}")).json()["state"] == "stopped"
