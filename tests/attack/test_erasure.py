"""Plants one person into every store there is, erases them through the API, and looks for them everywhere.

New modules join by themselves: one with stores and without ``tests/domains/<name>/factory.py`` fails, and
so does a table that no factory plants anything into.
"""

import dataclasses
import importlib
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from kizuna.domains.collect.api import drain_inbox
from kizuna.domains.privacy import api as privacy
from kizuna.kernel.context import Runtime
from kizuna.kernel.module import Registry
from kizuna.kernel.person import PersonStore
from tests.attack.erasure_world import HANAKO, KENJI, World
from tests.attack.searching import list_tables, search_files, search_tables
from tests.cast import Person, Visitor
from tests.domains.collect.factory import leave_on_the_way
from tests.domains.profiles.crowd import Crowd

NOT_PLANTED = {
    "workspace_resets": "of members of staff",
    "workspace_sign_in_attempts": "keyed hashes of staff's addresses",
    "privacy_purposes": "what data is used for; the standard ones are in the code",
    "privacy_texts": "what people are asked; no person's data",
    "privacy_erased_keys": "written by erasure itself",
    "privacy_brand": "what the hosted pages look like",
    "privacy_field_classes": "how close fields are to people; names of fields only",
    "privacy_replayed": "random ids of answers that waited",
    "workspace_sign_in": "how members of staff sign in",
    "workspace_oidc": "the company's provider",
    "workspace_oidc_links": "of members of staff",
    "workspace_totp": "of members of staff",
    "workspace_recovery_codes": "of members of staff",
    "analytics_schedules": "which members of staff get which report",
    "analytics_scores": "what is worked out of everybody: figures and models, nothing of anybody",
    "kizuna_live_watches": "which pages are open",
    "procrastinate_workers": "the queue's own",
    "procrastinate_events": "the queue's own: which job was in which state",
}
"""Tables that no factory fills, and why."""

COPIES = {
    *("collect_uploads", "collect_imports", "collect_properties", "privacy_requests", "workspace_jobs"),
    *("analytics_results", "analytics_runs"),
}
"""Tables that a neighbour, too, may vanish from: copies that cannot be searched for one person go whole."""


@pytest.fixture
async def world(
    ada: Person,
    visitor: Visitor,
    runtime: Runtime,
    database_url: str,
    owner_db: psycopg.Connection[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    made = World(ada, visitor, runtime, database_url, owner_db)
    await made.open()
    return made


async def plant_everything(world: World) -> None:
    for module in world.runtime.registry.modules:
        if module.person_stores:
            await find_factory(module.name)(world)
    await leave_on_the_way(world)


def find_factory(name: str) -> Callable[[World], Any]:
    try:
        return importlib.import_module(f"tests.domains.{name}.factory").plant
    except ModuleNotFoundError:
        pytest.fail(f"the module {name} keeps something about customers: give it tests/domains/{name}/factory.py")


async def erase(world: World, kind: str = "erasure") -> dict[str, Any]:
    """Through the API, with the worker's jobs run; returns the request."""
    body = {"kind": kind, "profile_id": str(await world.profile_id(world.person)), "law": "GDPR"}
    request = (await world.ada.post("/api/privacy/requests", json=body)).json()
    started = await world.ada.post(f"/api/privacy/requests/{request['id']}/start")
    assert started.status_code == 200, started.text
    await world.run_jobs()
    return (await world.ada.get(f"/api/privacy/requests/{request['id']}")).json()


async def test_nothing_is_left_of_the_erased_and_all_of_the_neighbour(
    world: World, owner_db: psycopg.Connection[Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await plant_everything(world)
    empty = {table for table in list_tables(owner_db) if not has_rows(owner_db, table)}
    assert {one for one in empty if not one.startswith("collect_seen")} <= set(NOT_PLANTED)
    planted, _ = search_tables(owner_db, HANAKO.secrets)
    before, _ = search_tables(owner_db, KENJI.secrets)
    assert len(planted) > 15, planted  # what the factories say they do, they do
    caplog.clear()

    request = await erase(world)

    assert request["state"] == "done", request
    stores = [store.name for store in world.runtime.registry.person_stores]
    assert set(request["receipt"]["stores"]) == set(stores)
    # The events' store takes the lake's other tables along; that of profiles finds what came in between.
    assert {name for name, count in request["receipt"]["stores"].items() if not count} <= {"profiles.lake"}
    left, rows = search_tables(owner_db, HANAKO.secrets)
    assert left == {}
    left, files = search_files(tmp_path, HANAKO.secrets)
    assert left == {}
    assert not [secret for secret in HANAKO.secrets if secret in caplog.text]
    after, _ = search_tables(owner_db, KENJI.secrets)
    assert {table: found - after.get(table, set()) for table, found in before.items() if table not in COPIES} == {
        table: set() for table in before if table not in COPIES
    }
    await drain_inbox(world.runtime)
    kept, _ = search_files(tmp_path / "data" / "lake", KENJI.secrets)
    assert set.union(*kept.values()) >= set(KENJI.secrets) - {KENJI.phone, KENJI.kana}
    print(  # noqa: T201  # the count that the release note tells
        f"\nerasure: {len(stores)} stores erased; searched {len(list_tables(owner_db))} tables ({rows:,} rows), "
        f"{files} files, the log and temporary files for {len(HANAKO.secrets)} secrets: none found"
    )


def has_rows(db: psycopg.Connection[Any], table: str) -> bool:
    query = psycopg.sql.SQL("SELECT EXISTS (SELECT FROM {})").format(psycopg.sql.Identifier(table))
    row = db.execute(query).fetchone()
    return bool(row and row[0])


async def test_every_module_with_stores_has_a_factory(runtime: Runtime) -> None:
    names = [module.name for module in runtime.registry.modules if module.person_stores]
    assert set(names) >= {"workspace", "privacy", "profiles", "collect"}
    assert all(find_factory(name) for name in names)
    with pytest.raises(pytest.fail.Exception, match="factory"):
        find_factory("nowhere")


async def test_a_job_that_was_killed_goes_on_where_it_was(world: World, owner_db: psycopg.Connection[Any]) -> None:
    asked: list[str] = []
    break_once(world.runtime.registry, "collect.events", asked)
    body = {"kind": "erasure", "profile_id": str(await world.profile_id(world.person))}
    request = (await world.ada.post("/api/privacy/requests", json=body)).json()
    await world.ada.post(f"/api/privacy/requests/{request['id']}/start")
    await world.run_jobs()
    broken = (await world.ada.get(f"/api/privacy/requests/{request['id']}")).json()
    assert broken["state"] == "failed"
    resumed = await world.ada.post(f"/api/jobs/{broken['job_id']}/resume")
    assert resumed.status_code == 200, resumed.text
    await world.run_jobs()
    done = (await world.ada.get(f"/api/privacy/requests/{request['id']}")).json()
    assert done["state"] == "done"
    assert asked.count("collect.events") == 2
    assert asked.count("collect.inbox") == 1  # it had been done, and was not done again
    left, _ = search_tables(owner_db, HANAKO.secrets)
    assert left == {}


def break_once(registry: Registry, name: str, asked: list[str]) -> None:
    """One store fails the first time, as when the process is killed in it."""

    def wrap(store: PersonStore) -> PersonStore:
        async def erase(*given: Any) -> int:
            asked.append(store.name)
            if store.name == name and asked.count(name) == 1:
                raise RuntimeError("killed")
            return await store.erase(*given)

        return dataclasses.replace(store, erase=erase)

    registry.__dict__["person_stores"] = tuple(wrap(store) for store in registry.person_stores)


async def test_a_restored_backup_is_erased_again(
    world: World, owner_db: psycopg.Connection[Any], tmp_path: Path
) -> None:
    await erase(world)
    entries = list(privacy.read_entries(privacy.ledger_path(world.runtime.settings)))
    assert [entry.kind for entry in entries] == ["erasure"]
    # What a backup of before brings back, under other keys even.
    owner_db.execute("DELETE FROM privacy_suppressions")
    owner_db.execute("DELETE FROM privacy_erased_keys")
    await Crowd(world.runtime, world.workspace_id).see([*HANAKO.identifiers.items()], traits=HANAKO.traits)
    assert search_tables(owner_db, HANAKO.secrets)[0]

    assert await privacy.replay_erasures(world.runtime, entries) == len(HANAKO.identifiers)

    assert search_tables(owner_db, HANAKO.secrets)[0] == {}
    assert search_files(tmp_path, HANAKO.secrets)[0] == {}
    assert owner_db.execute("SELECT count(*) FROM privacy_suppressions").fetchone() == (len(HANAKO.identifiers),)
    assert await privacy.replay_erasures(world.runtime, entries) == 0


async def test_who_was_erased_does_not_come_in_again(
    world: World, owner_db: psycopg.Connection[Any], tmp_path: Path
) -> None:
    await erase(world)
    await world.send(world.event(world.person, type="identify", traits=world.person.traits))
    await world.send(world.event(world.person))
    await drain_inbox(world.runtime)
    assert search_tables(owner_db, HANAKO.secrets)[0] == {}
    assert search_files(tmp_path, HANAKO.secrets)[0] == {}


async def test_who_was_deleted_may_come_again(world: World, owner_db: psycopg.Connection[Any]) -> None:
    await erase(world, "deletion")
    # After a quiet second a server learns with the first body that nodes it remembers are gone.
    await world.send(world.event(world.neighbour))
    await world.send(world.event(world.person, type="identify", traits=world.person.traits))
    await drain_inbox(world.runtime)
    assert "profiles_nodes" in search_tables(owner_db, HANAKO.secrets)[0]
