"""A signal is published with the transaction that made it true, or not at all."""

from dataclasses import replace
from typing import Any, ClassVar

import psycopg
import pytest
from tests.cast import make_workspace

from kizuna.adapters.postgres.database import PostgresDatabase
from kizuna.app.worker import run_jobs_once
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Unavailable
from kizuna.kernel.jobs import Job, defer
from kizuna.kernel.module import Module, Registry
from kizuna.kernel.signals import Signal, Subscriber, publish


class TeaServed(Signal, frozen=True):
    name: ClassVar[str] = "tea_served"
    guests: list[int]


@pytest.fixture
def heard() -> list[tuple[str, Any]]:
    return []


@pytest.fixture
async def workspace_id(runtime: Runtime) -> int:
    return (await make_workspace(runtime, "Aoyama Tea", "Ada")).workspace_id


@pytest.fixture
async def tea_house(runtime: Runtime, heard: list[tuple[str, Any]]) -> Runtime:
    """A runtime with two subscribers to one signal, and a workspace to serve in."""

    async def write_down(ctx: Context, signal: TeaServed) -> None:
        heard.append((f"bill of {ctx.workspace.slug}", signal.guests))

    async def wash_up(ctx: Context, signal: TeaServed) -> None:
        heard.append(("wash", signal.guests))

    async def boil(ctx: Context, litres: int) -> None:
        heard.append(("boil", litres))

    module = Module(
        name="tea",
        subscribers=(Subscriber("bill", TeaServed, write_down), Subscriber("wash", TeaServed, wash_up)),
        jobs=(Job("tea:boil", boil),),
    )
    return replace(runtime, registry=Registry((module,)))


async def test_every_subscriber_hears_a_batch_after_the_commit(
    tea_house: Runtime, workspace_id: int, database_url: str, heard: list[tuple[str, Any]]
) -> None:
    async with tea_house.unit(workspace_id) as ctx:
        await publish(ctx, TeaServed(guests=[3, 5]))
        slug = ctx.workspace.slug

    await run_jobs_once(tea_house, database_url)

    assert sorted(heard) == [(f"bill of {slug}", [3, 5]), ("wash", [3, 5])]


async def test_a_rollback_publishes_nothing(
    tea_house: Runtime, workspace_id: int, database_url: str, heard: list[tuple[str, Any]]
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with tea_house.unit(workspace_id) as ctx:
            await publish(ctx, TeaServed(guests=[1]))
            raise ZeroDivisionError

    await run_jobs_once(tea_house, database_url)

    assert heard == []


async def test_a_job_waiting_under_a_queueing_lock_is_queued_once(
    tea_house: Runtime, workspace_id: int, database_url: str, heard: list[tuple[str, Any]]
) -> None:
    async with tea_house.unit(workspace_id) as ctx:
        await defer(ctx, "tea:boil", {"litres": 2}, queueing_lock="kettle")
        await defer(ctx, "tea:boil", {"litres": 2}, queueing_lock="kettle")

    await run_jobs_once(tea_house, database_url)

    assert heard == [("boil", 2)]


async def test_the_application_can_queue_but_not_read_jobs(tea_house: Runtime, workspace_id: int) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with tea_house.unit(workspace_id) as ctx:
            await ctx.db.execute("SELECT args FROM procrastinate_jobs")


async def test_a_job_for_another_workspace_is_refused(tea_house: Runtime, workspace_id: int) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="its own workspace only"):
        async with tea_house.unit(workspace_id) as ctx:
            await defer(replace(ctx, workspace=replace(ctx.workspace, id=workspace_id + 1)), "tea:boil", {"litres": 1})


async def test_the_database_away_is_an_error_with_a_remedy() -> None:
    database = PostgresDatabase("postgresql://nobody@/nothing?host=/nonexistent&connect_timeout=1")
    database.connect_wait_s = 0.2
    with pytest.raises(Unavailable, match="try again in a moment"):
        async with database.transaction("app"):
            pass
    await database.close()
