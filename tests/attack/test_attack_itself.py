"""The attack finds the holes it is for: endpoints with a hole are added, and it names them."""

from typing import Any

import psycopg
import pytest
from litestar import Litestar, get, post
from litestar.params import FromPath

from kizuna.kernel.context import Runtime
from kizuna.web.auth import require
from kizuna.web.context import InRuntime
from tests.attack import tally
from tests.attack.askers import outsiders
from tests.attack.operations import list_operations
from tests.attack.planter import FACTORIES, Planted, Planter
from tests.attack.test_walk import World, attack_and_compare
from tests.cast import Person


async def as_owner(runtime: Runtime) -> psycopg.AsyncConnection[Any]:
    """Past all policies, as no code of ours is: what would be if the last line of defence fell."""
    return await psycopg.AsyncConnection.connect(runtime.settings.database_url or "")


@get("/api/jobs/{id:int}/shown", guards=[require()], tags=["jobs"])
async def forgets_the_workspace(runtime: InRuntime, id: FromPath[int]) -> list[str]:
    """Show a job of anybody."""
    async with await as_owner(runtime) as db:
        rows = await (await db.execute("SELECT title FROM workspace_jobs WHERE id = %s", (id,))).fetchall()
    return [row[0] for row in rows]


@post("/api/jobs/{id:int}/touch", tags=["jobs"], status_code=403)
async def forgets_the_guard(runtime: InRuntime, id: FromPath[int]) -> None:
    """Refuse, but change something first."""
    async with await as_owner(runtime) as db:
        await db.execute("UPDATE workspace_jobs SET done = 7 WHERE id = %s", (id,))


@get("/api/things/{thing_id:int}", guards=[require()], tags=["things"])
async def is_unknown(thing_id: FromPath[int]) -> None:
    """Read a thing that no factory plants."""


@pytest.fixture
async def planters(
    app: Litestar, runtime: Runtime, ada: Person, dan: Person, owner_db: psycopg.Connection[Any]
) -> tuple[Planter, Planter]:
    for handler in (forgets_the_workspace, forgets_the_guard, is_unknown):
        app.register(handler)
    return Planter(ada, app, runtime, owner_db, "a"), Planter(dan, app, runtime, owner_db, "d")


async def test_holes_are_named(
    planters: tuple[Planter, Planter], owner_db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "note", lambda *_: None)  # these are no operations of ours
    ada, dan = planters
    wanted = [one for one in list_operations(ada.app) if one.path in ("/api/jobs/{id}/shown", "/api/jobs/{id}/touch")]
    world = World(wanted, ada, dan, owner_db)
    async with outsiders(ada, dan) as askers:
        stranger = next(one for one in askers if one.name == "owner of another workspace")
        await attack_and_compare(world, stranger, await world.plan())
    found = "\n".join(world.holes)
    assert "GET /api/jobs/{id}/shown: told ['kzcanarya" in found
    assert "GET /api/jobs/{id}/shown: reached what belongs to another workspace" in found
    assert "POST /api/jobs/{id}/touch: changed ['workspace_jobs']" in found


async def test_what_no_factory_plants_is_asked_for(planters: tuple[Planter, Planter]) -> None:
    ada, _ = planters
    [unknown] = [one for one in list_operations(ada.app) if one.path == "/api/things/{thing_id}"]
    with pytest.raises(AssertionError, match=r"Write a factory .* @plants\('/api/things/\{thing_id\}'\) .*things\.py"):
        await ada.plant(unknown)


async def test_what_its_collection_makes_needs_no_factory(
    planters: tuple[Planter, Planter], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _ = planters
    monkeypatch.delitem(FACTORIES, "/api/collect/sources/{source_id}")
    [reading] = [one for one in list_operations(ada.app) if one.id == "collect_read_source"]
    planted: Planted = await ada.plant(reading)
    answer = await ada.owner.get(f"/api/collect/sources/{planted.params['source_id']}")
    assert answer.json()["name"].startswith("kzcanarya0")
