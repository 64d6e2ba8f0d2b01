"""Imports that are stopped, or whose worker dies: nothing lost, nothing twice, counts exact."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.domains.collect.imports.conftest import Imports

from kizuna.domains.collect.service.imports import import_orders, import_rows
from kizuna.domains.collect.service.imports.uploads import store_upload
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import SYSTEM, Database, Role
from kizuna.kernel.errors import Limit

ROWS = 600


def _event_row(n: int) -> str:
    """Every fiftieth row names nobody, and one is cut short."""
    user = "guest" if n % 50 == 7 else f"u{n % 90}"
    return f"{user},Visit {n},2026-0{n % 3 + 1}-01 10:00:{n % 60:02d}\n" + ("bad\n" if n == 300 else "")


EVENTS = "user,event,when\n" + "".join(_event_row(n) for n in range(ROWS))
LINES = "order,when,user,sku,quantity\n" + "".join(
    f"{n % 200},2026-03-01 10:00,u{n % 200},s{n},1\n" for n in range(ROWS)
)


class Killed(BaseException):
    """The process is gone: nothing of it may run any more."""


@dataclass
class Watched:
    """The database, with somebody who is told before each transaction."""

    inner: Database
    before: Callable[[int], Awaitable[None]]
    count: int = 0

    @asynccontextmanager
    async def transaction(self, role: Role = "app", workspace_id: int | None = None) -> AsyncIterator[Any]:
        self.count += 1
        await self.before(self.count)
        async with self.inner.transaction(role, workspace_id) as db:
            yield db

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small file is many transactions."""
    monkeypatch.setattr(import_rows, "EVENTS_PER_PIECE_MAX", 40)
    monkeypatch.setattr(import_orders, "ORDERS_PER_PIECE", 15)


async def run_and_die(imports: Imports, import_id: int, at: int) -> dict[str, Any] | None:
    """Runs the import in a process that dies at its transaction number ``at``."""

    async def die(count: int) -> None:
        if count >= at:
            raise Killed

    dying = Imports(imports.person, replace(imports.runtime, database=Watched(imports.runtime.database, die)))
    try:
        return await dying.run(import_id)
    except Killed:
        return None


@pytest.mark.parametrize(("kind", "data", "events"), [("events", EVENTS, None), ("orders", LINES, 200)])
async def test_workers_that_die_lose_and_double_nothing(
    imports: Imports, clock: ManualClock, kind: str, data: str, events: int | None
) -> None:
    chance = random.Random(7)
    upload = (await imports.upload(data)).json()
    calm = await imports.start(upload, kind, upload["suggestions"][kind], dry_run=True)
    expected = await imports.run(calm["id"])
    started = await imports.start(upload, kind, upload["suggestions"][kind])
    done, deaths = None, 0
    while done is None:
        done = await run_and_die(imports, started["id"], at=chance.randint(3, 14) + deaths)
        deaths += done is None
        clock.advance(timedelta(minutes=3))  # then the job counts as forsaken
    assert done["state"] == "done", done
    assert deaths >= 3
    for name in ("rows_read", "rows_accepted", "rows_refused", "refusals", "samples"):
        assert done[name] == expected[name], name
    assert done["events_sent"] == (events or expected["events_sent"])
    assert await imports.select("SELECT count(*), count(DISTINCT message_id) FROM events") == [
        [done["events_sent"], done["events_sent"]]
    ]
    refused = await imports.person.get(f"/api/collect/imports/{started['id']}/refused")
    assert (
        refused.text.count("\n") == (1 + done["rows_refused"] if done["rows_refused"] else 0)
        or refused.status_code == 404
    )


async def test_a_stopped_import_goes_on_at_its_row(imports: Imports) -> None:
    upload = (await imports.upload(EVENTS)).json()
    started = await imports.start(upload, "events", upload["suggestions"]["events"])

    async def stop(count: int) -> None:
        if count == 9:
            answer = await imports.person.post(f"/api/jobs/{started['id']}/stop")
            assert answer.status_code == 200, answer.text

    watched = Imports(imports.person, replace(imports.runtime, database=Watched(imports.runtime.database, stop)))
    from kizuna.domains.workspace.service import job_runs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job_runs, "REPORT_S", 0.0)  # the stop is seen at the next row, not half a second later
        stopped = await watched.run(started["id"])
    assert stopped["state"] == "stopped"
    assert 0 < stopped["rows_read"] < ROWS
    assert (await imports.person.post(f"/api/jobs/{started['id']}/resume")).status_code == 200
    done = await imports.run(started["id"])
    assert (done["state"], done["rows_read"]) == ("done", ROWS + 1)
    assert done["rows_accepted"] + done["rows_refused"] == ROWS + 1
    counts = await imports.select("SELECT count(*), count(DISTINCT message_id) FROM events")
    assert counts == [[done["events_sent"], done["events_sent"]]]


async def test_a_file_too_large_is_refused_and_leaves_nothing(imports: Imports) -> None:
    settings = replace(imports.runtime.settings, upload_mb=1)
    runtime = replace(imports.runtime, settings=settings)

    async def flood() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"a,b\n" * 25_000

    with pytest.raises(Limit, match="larger than 1 MB"):
        await store_upload(runtime, imports.person.workspace_id, SYSTEM, "flood.csv", flood())
    assert [path for path in settings.blobs_dir.rglob("*") if path.is_file()] == []
