"""Profiles in the lake, exports, and rebuilding from the log."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from tests.cast import Person
from tests.domains.profiles.crowd import Crowd

from kizuna.app.worker import run_jobs_once
from kizuna.domains.profiles import api
from kizuna.domains.profiles.service import export, merge, sync
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings

HANA = ("user_id", "hana")
RYO = ("user_id", "ryo")
COOKIE = ("anonymous_id", "c-1")


def read_table(archive: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.read("profiles.csv")


async def ask(runtime: Runtime, workspace_id: int, sql: str) -> list[list[Any]]:
    return (await runtime.lake.run_sql(workspace_id, sql)).rows


async def test_changes_reach_the_lake_once(crowd: Crowd) -> None:
    await crowd.see([HANA, COOKIE], traits={"name": "田中 花", "plan": "gold"})
    await crowd.see([RYO])
    assert await sync.sync_workspace(crowd.runtime, crowd.workspace_id) == 3
    assert await sync.sync_workspace(crowd.runtime, crowd.workspace_id) == 0
    shown = await ask(crowd.runtime, crowd.workspace_id, "SELECT name FROM profiles ORDER BY name NULLS LAST")
    assert shown == [["田中 花"], [None]]
    await crowd.see([RYO], traits={"name": "佐藤 亮"})
    async with crowd.unit() as ctx:
        await merge.merge_profiles(ctx, await crowd.profile_id(*HANA), await crowd.profile_id(*RYO))
    await sync.sync_workspace(crowd.runtime, crowd.workspace_id)
    shown = await ask(crowd.runtime, crowd.workspace_id, "SELECT count(*) FROM profiles")
    assert shown == [[1]]


async def test_a_crash_between_lake_and_note_repeats_nothing(crowd: Crowd, owner_db: psycopg.Connection[Any]) -> None:
    await crowd.see([HANA], traits={"name": "田中 花"})
    await sync.sync_workspace(crowd.runtime, crowd.workspace_id)
    owner_db.execute("UPDATE profiles_heads SET synced_version = 0")
    await sync.sync_workspace(crowd.runtime, crowd.workspace_id)
    state = await crowd.runtime.lake.table_state(crowd.workspace_id, "profiles")
    assert state is not None
    assert state.rows == 1


async def test_an_export_is_a_file_that_excel_reads(
    ada: Person, runtime: Runtime, settings: Settings, database_url: str
) -> None:
    crowd = Crowd(runtime, ada.workspace_id)
    await crowd.see([HANA, ("phone", "090-1234-5678")], traits={"name": "田中 花", "tags": ["a", "b"], "vip": True})
    await crowd.see([RYO], traits={"name": "=cmd|' /C calc'!A0"})
    await crowd.see([COOKIE])
    started = await ada.post(
        "/api/profiles/exports",
        json={
            "identified": True,
            "columns": ["name", "phone", "identified", "traits.tags", "traits.none"],
            "reason": "For the printer of our cards",
        },
    )
    assert started.status_code == 202, started.text
    await run_jobs_once(runtime, database_url)
    job = (await ada.get(f"/api/jobs/{started.json()['id']}")).json()
    assert job["state"] == "done", job
    assert job["result"] == {"rows": 2, "withheld": 0}
    content = read_table((await ada.get(f"/api/jobs/{job['id']}/file")).content)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows == [
        ["name", "phone", "identified", "traits.tags", "traits.none"],
        ["田中 花", "+819012345678", "true", '["a", "b"]', ""],
        ["'=cmd|' /C calc'!A0", "", "true", "", ""],
    ]


async def test_an_export_knows_its_columns(ada: Person) -> None:
    wrong = await ada.post("/api/profiles/exports", json={"columns": ["name", "password"], "reason": "to try it"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"] == [{"field": "password", "message": "no such column"}]


def test_a_resumed_export_cuts_off_what_was_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    export._open_file(path, 0, ["name"])
    header = path.read_bytes()
    path.write_bytes(header + b"half a row")
    export._open_file(path, len(header), ["name"])
    assert path.read_bytes() == header


async def test_profiles_are_rebuilt_from_the_log(crowd: Crowd, owner_db: psycopg.Connection[Any]) -> None:
    await crowd.see([HANA, COOKIE, ("email", "hana@example.jp")], traits={"name": "田中 花"})
    await crowd.see([RYO, ("anonymous_id", "c-2")])
    expected = await crowd.partition()
    async with crowd.unit() as ctx:
        assert await api.rebuild_profiles(ctx) == 0
    owner_db.execute("UPDATE profiles_nodes SET profile_key = key")
    async with crowd.unit() as ctx:
        assert await api.rebuild_profiles(ctx) == 3
    assert await crowd.partition() == expected


def test_signals_survive_their_queue() -> None:
    from kizuna.domains.profiles.signals import Merge, ProfilesMerged, ProfilesUnmerged, Unmerge

    for signal in (ProfilesMerged((Merge(1, 2),)), ProfilesUnmerged((Unmerge(1, 2, (2, 3)),))):
        assert msgspec.convert(msgspec.to_builtins(signal), type(signal)) == signal
