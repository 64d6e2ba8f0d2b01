"""Backups: what comes back is what there was, each event once, and nothing half restored opens."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from deltalake import DeltaTable
from litestar import Litestar
from psycopg import sql
from tests.cast import Person, Visitor
from tests.conftest import START
from tests.domains.collect.conftest import Sender, make_event
from tests.installation import Installation

from kizuna.adapters.postgres import copying
from kizuna.adapters.postgres.embedded import EmbeddedPostgres
from kizuna.adapters.postgres.migrate import check_version, migrate
from kizuna.app.backup import make, parts
from kizuna.app.backup.manifest import read_manifest
from kizuna.app.backup.run import Entries, list_backups, make_backup, restore_backup
from kizuna.app.build import build_runtime
from kizuna.domains.collect.repository import drain as drain_rows
from kizuna.domains.collect.service.drain import Drain, drain_all
from kizuna.domains.profiles.service import sync
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import KizunaError
from kizuna.kernel.settings import Settings
from kizuna.kernel.vault import make_vault

LEFT_OUT = {"kizuna_live_watches", "collect_tail"}


@pytest.fixture
async def shop(app: Litestar, ada: Person, visitor: Visitor) -> Sender:
    answer = await ada.post("/api/collect/sources", json={"name": "Shop", "kind": "server", "touchpoint": "web"})
    return Sender(app, visitor, answer.json())


@pytest.fixture
def target(postgres: EmbeddedPostgres, settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """An empty installation beside the first one, with the vault of the first."""
    name = f"restored_{os.getpid()}"
    maintenance = postgres.url.replace("/kizuna?", "/postgres?")
    with psycopg.connect(maintenance, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    folder = tmp_path / "restored"
    yield replace(
        settings,
        data_dir=folder,
        lake_url=str(folder / "lake"),
        database_url=postgres.url.replace("/kizuna?", f"/{name}?"),
    )
    with psycopg.connect(maintenance, autocommit=True) as db:
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


def dump(url: str | None) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    assert url
    with psycopg.connect(url, autocommit=True) as db:
        names = [table.name for table in copying.list_tables(db)]
        found: dict[str, list[str]] = {}
        for name in names:
            rows = db.execute(sql.SQL("SELECT one::text FROM {} AS one ORDER BY 1").format(sql.Identifier(name)))
            found[name] = [text for (text,) in rows.fetchall()]
    return found


def read_lake(settings: Settings, table: str = "events") -> list[dict[str, Any]]:
    rows = DeltaTable(f"{settings.lake_url}/ws=1/{table}").to_pyarrow_table().to_pylist()
    return sorted(rows, key=str)


def lake_ids(settings: Settings) -> list[str]:
    return sorted(row["message_id"] for row in read_lake(settings))


def events(name: str, count: int = 20) -> list[dict[str, Any]]:
    return [
        make_event(messageId=f"{name}-{number}", userId=f"person-{number % 7}", anonymousId=f"browser-{number % 9}")
        for number in range(count)
    ]


def expect_ids(*names: str, count: int = 20) -> list[str]:
    return sorted(f"{name}-{number}" for name in names for number in range(count))


async def fill(shop: Sender, ada: Person, runtime: Runtime) -> None:
    """Events in compacted files, in the files of loads, and in every state that the inbox knows."""
    traits = {"email": "hana@example.jp", "name": "田中\t花\\", "note": "a\nb"}
    await shop.batch({"type": "identify", "userId": "person-1", "messageId": "i-1", "traits": traits})
    await shop.batch(*events("compacted"))
    await drain_all(runtime)
    await runtime.lake.compact(1)
    await shop.batch(*events("loaded"))
    await drain_all(runtime)
    await sync.sync_workspace(runtime, 1)
    upload = runtime.settings.blobs_dir / "uploads" / "1" / "orders.csv"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"a,b\n" * 1000)
    (runtime.settings.blobs_dir / "exports").mkdir()
    (runtime.settings.blobs_dir / "exports" / "list.csv").write_text("left out")
    await leave_load_committed(shop, runtime)
    await shop.batch(*events("begun"))
    await Drain(runtime).stream_once()
    async with runtime.database.transaction("drain", 1) as db:
        waiting = await drain_rows.find_unassigned(db, 1)
        await drain_rows.assign_load(db, 1, [chunk for chunk, _ in waiting], 1)
    await shop.batch(*events("streamed"))
    await Drain(runtime).stream_once()
    await shop.batch(*events("waiting"))


async def leave_load_committed(shop: Sender, runtime: Runtime) -> None:
    """A load that is in the lake, of which the chunks did not go yet: as a worker dies between the two."""

    class Crash(BaseException):
        pass

    async def crash(*_: Any) -> None:
        raise Crash

    await shop.batch(*events("committed"))
    drain = Drain(runtime)
    await drain.stream_once()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Crash):
        patch.setattr(drain_rows, "delete_load", crash)
        await drain.load_once()


EVERYTHING = expect_ids("compacted", "loaded", "committed", "begun", "streamed", "waiting")


async def back_up(settings: Settings, folder: Path, keep: int | None = None) -> dict[str, Any]:
    return await asyncio.to_thread(make_backup, settings, str(folder), keep=keep, quiet=True)


async def restore(settings: Settings, folder: Path, **options: Any) -> dict[str, Any]:
    return await asyncio.to_thread(restore_backup, settings, str(folder), quiet=True, **options)


async def drain_restored(settings: Settings) -> list[str]:
    runtime, database = build_runtime(settings, ManualClock(START))
    try:
        await drain_all(runtime)
    finally:
        await runtime.lake.close()
        await database.close()
    return lake_ids(settings)


async def test_what_comes_back_is_what_there_was_though_the_drain_went_on(
    shop: Sender,
    ada: Person,
    runtime: Runtime,
    settings: Settings,
    target: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await fill(shop, ada, runtime)
    before, profiles = dump(settings.database_url), read_lake(settings, "profiles")
    loop = asyncio.get_running_loop()
    find_lake = make._find_lake

    async def go_on() -> None:
        """What happens between the database's moment and the look at the lake."""
        await shop.batch(*events("later"))
        await drain_all(runtime)
        await sync.sync_workspace(runtime, 1)
        await runtime.lake.compact(1)

    def find_late(*arguments: Any, now: bool) -> Any:
        if not now:
            asyncio.run_coroutine_threadsafe(go_on(), loop).result(60)
        return find_lake(*arguments, now=now)

    monkeypatch.setattr(make, "_find_lake", find_late)
    made = await back_up(settings, tmp_path / "backups")
    assert lake_ids(settings) == sorted([*EVERYTHING, "i-1", *expect_ids("later")])

    done = await restore(target, tmp_path / "backups")

    assert (done["id"], done["rows"]) == (made["id"], made["rows"])
    assert set(made["left_out"]) >= LEFT_OUT
    assert dump(target.database_url) == before
    assert read_lake(target, "profiles") == profiles
    assert (target.blobs_dir / "uploads" / "1" / "orders.csv").read_bytes() == b"a,b\n" * 1000
    assert not (target.blobs_dir / "exports").exists()
    assert await drain_restored(target) == sorted([*EVERYTHING, "i-1"])
    with psycopg.connect(target.database_url or "") as db:
        assert db.execute("SELECT count(*) FROM collect_inbox").fetchone() == (0,)


async def test_a_restored_installation_goes_on_where_the_first_one_stood(
    shop: Sender, ada: Person, runtime: Runtime, settings: Settings, target: Settings, tmp_path: Path
) -> None:
    """Ids and keys are given out behind those that were, and known messages stay known."""
    await fill(shop, ada, runtime)
    await back_up(settings, tmp_path / "backups")
    await restore(target, tmp_path / "backups")
    sequences = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
    with psycopg.connect(settings.database_url or "") as one, psycopg.connect(target.database_url or "") as two:
        assert two.execute(sequences).fetchall() == one.execute(sequences).fetchall()
        policies = "SELECT tablename, policyname, roles, qual FROM pg_policies ORDER BY 1, 2"
        assert two.execute(policies).fetchall() == one.execute(policies).fetchall()
        triggers = "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"
        assert two.execute(triggers).fetchall() == one.execute(triggers).fetchall()


async def test_a_later_backup_copies_only_what_is_new_and_both_stay_whole(
    shop: Sender, ada: Person, runtime: Runtime, settings: Settings, target: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    await shop.batch(*events("first"))
    await drain_all(runtime)
    first = await back_up(settings, folder)
    await shop.batch(*events("second"))
    await drain_all(runtime)

    second = await back_up(settings, folder)

    assert second["files_kept"] == 1
    assert [one["id"] for one in list_backups(settings, str(folder))] == [first["id"], second["id"]]
    await restore(target, folder, at=first["id"])
    assert await drain_restored(target) == expect_ids("first")


async def test_old_backups_go_with_what_only_they_needed(
    shop: Sender, ada: Person, runtime: Runtime, settings: Settings, target: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    for name in ("first", "second", "third"):
        await shop.batch(*events(name))
        await drain_all(runtime)
        await runtime.lake.compact(1)
        done = await back_up(settings, folder, keep=2)
    assert len(list_backups(settings, str(folder))) == 2
    before = len(stored(folder))

    done = await back_up(settings, folder, keep=1)

    assert [one["id"] for one in list_backups(settings, str(folder))] == [done["id"]]
    assert len(stored(folder)) < before
    await restore(target, folder)
    assert await drain_restored(target) == expect_ids("first", "second", "third")


def list_parts(folder: Path, settings: Settings) -> dict[str, Any]:
    return dict(read_manifest(make.BackupStore(str(folder)), settings.vault).stored_parts())


def stored(folder: Path) -> list[Path]:
    return [path for path in (folder / "parts").rglob("*") if path.is_file()]


async def test_nothing_in_a_backup_can_be_read_without_the_vault(
    shop: Sender, ada: Person, runtime: Runtime, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    await fill(shop, ada, runtime)
    await back_up(settings, folder)

    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    for secret in (b"hana@example.jp", b"person-1", b"PAR1", settings.vault.hash_key, b"hash_key"):
        assert secret not in everything


async def refused(settings: Settings, folder: Path, **options: Any) -> str:
    with pytest.raises(KizunaError) as caught:
        await restore(settings, folder, **options)
    return caught.value.message


def tables_in(settings: Settings) -> list[str]:
    with psycopg.connect(settings.database_url or "") as db:
        return [table.name for table in copying.list_tables(db)]


async def test_a_backup_that_is_not_whole_is_refused_before_anything_is_written(
    shop: Sender, ada: Person, runtime: Runtime, settings: Settings, target: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    await shop.batch(*events("first"))
    await drain_all(runtime)
    made = await back_up(settings, folder)
    manifest = folder / "backups" / made["id"] / "manifest"
    part, whole = stored(folder)[0], manifest.read_bytes()

    sealed = part.read_bytes()
    part.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert "was changed or cut off" in await refused(target, folder)
    part.unlink()
    assert "is missing" in await refused(target, folder)
    part.write_bytes(sealed)
    manifest.write_bytes(whole[: len(whole) // 2])
    assert "manifest was changed or cut off" in await refused(target, folder)
    manifest.write_bytes(b"")
    assert "no manifest of Kizuna" in await refused(target, folder)
    manifest.write_bytes(whole)
    assert "made under another vault" in await refused(replace(target, vault=make_vault()), folder)
    rotated = settings.vault.rotate().without_old_keys()
    assert "was rotated since" in await refused(replace(target, vault=rotated), folder)
    assert "no finished backup" in await refused(target, tmp_path)
    assert "no backup 2020" in await refused(target, folder, at="2020")
    assert tables_in(target) == []
    assert not target.data_dir.exists() or {path.name for path in target.data_dir.iterdir()} <= {"kizuna.lock"}


async def test_a_target_that_is_not_empty_is_refused(
    shop: Sender, ada: Person, runtime: Runtime, settings: Settings, target: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    await back_up(settings, folder)
    assert "is not empty" in await refused(settings, folder)
    assert "The database is not empty" in await refused(replace(target, database_url=settings.database_url), folder)
    (target.data_dir / "restoring.json").unlink()
    lake = Path(target.lake_url) / "ws=9" / "events"
    lake.mkdir(parents=True)
    (lake / "a.parquet").write_bytes(b"x")
    assert "is not empty" in await refused(target, folder)
    assert "The lake" in await refused(replace(target, data_dir=tmp_path / "third"), folder)
    assert tables_in(target) == []


ENTRY = {"at": "2026-04-01T10:00:00Z", "workspace_id": 1, "keys": [1], "hashes": ["ab"], "kind": "delete"}


async def test_nothing_opens_before_the_erased_are_erased_again(
    shop: Sender, ada: Person, runtime: Runtime, settings: Settings, target: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    await back_up(settings, folder)
    (settings.data_dir / "erasures.jsonl").write_text(json.dumps(ENTRY) + "\n")
    await back_up(settings, folder)  # the ledger lies beside all backups
    first = list_backups(settings, str(folder))[0]["id"]
    seen: list[Any] = []

    async def fail(runtime: Runtime, entries: Entries) -> int:
        raise OSError("the lake is away")

    async def replay(runtime: Runtime, entries: Entries) -> int:
        with pytest.raises(KizunaError, match="has not ended"):
            check_version(target.database_url or "")
        seen.extend(entries)
        return len(entries)

    with pytest.raises(OSError, match="the lake is away"):
        await restore(target, folder, at=first, replay=fail)
    for refuse in (check_version, migrate):
        with pytest.raises(KizunaError, match="has not ended"):
            refuse(target.database_url or "")
    done = await restore(target, folder, replay=replay)

    assert (done["id"], seen, done["erased_again"]) == (first, [ENTRY], 1)
    check_version(target.database_url or "")
    assert (target.data_dir / "erasures.jsonl").read_text() == json.dumps(ENTRY) + "\n"
    assert not (target.data_dir / "restoring.json").exists()


async def test_without_its_ledger_a_backup_is_not_restored_by_accident(
    shop: Sender, ada: Person, runtime: Runtime, settings: Settings, target: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    (settings.data_dir / "erasures.jsonl").write_text(json.dumps(ENTRY) + "\n")
    await back_up(settings, folder)
    ledger = (folder / "erasures.jsonl").rename(tmp_path / "elsewhere.jsonl")
    assert "--no-ledger" in await refused(target, folder)
    (tmp_path / "older.jsonl").write_text("")
    assert "has 0 entries and had 1" in await refused(target, folder, ledger=str(tmp_path / "older.jsonl"))
    (tmp_path / "broken.jsonl").write_text(json.dumps(ENTRY) + '\n{"at"')
    assert "Line 2" in await refused(target, folder, ledger=str(tmp_path / "broken.jsonl"))
    assert tables_in(target) == []

    async def replay(runtime: Runtime, entries: Entries) -> int:
        return len(entries)

    assert (await restore(target, folder, ledger=str(ledger), replay=replay))["erased_again"] == 1


SABOTAGE = """
import os, signal, sys
from kizuna.app.backup import store
from kizuna.app.cli import main
left = int(sys.argv[1])
def count(write):
    def counted(*arguments, **options):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(*arguments, **options)
    return counted
if sys.argv[2] == "backup":
    store.BackupStore.write = count(store.BackupStore.write)
else:
    store.BackupStore.read = count(store.BackupStore.read)
main(sys.argv[2:])
"""


def run_and_kill(settings: Settings, after: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, killed outright at its ``after``-th file; 0 lets it end."""
    environment = os.environ | {
        "KIZUNA_DATA_DIR": str(settings.data_dir),
        "KIZUNA_DATABASE_URL": settings.database_url or "",
        "KIZUNA_VAULT": settings.vault.write(),
    }
    return subprocess.run(
        [sys.executable, "-c", SABOTAGE, str(after), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def test_killed_outright_both_go_on_where_they_stopped(
    shop: Sender, ada: Person, runtime: Runtime, settings: Settings, target: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    for name in ("a", "b", "c", "d"):
        await shop.batch(*events(name))
        await drain_all(runtime)
    before = dump(settings.database_url)
    killed = await asyncio.to_thread(run_and_kill, settings, 9, "backup", str(folder))
    assert killed.returncode == -signal.SIGKILL
    assert list_backups(settings, str(folder)) == []
    assert (folder / "unfinished").exists()
    copied = set(stored(folder))

    resumed = await asyncio.to_thread(run_and_kill, settings, 0, "backup", str(folder), "--json")

    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["files_kept"] == 4
    assert not (folder / "unfinished").exists()
    assert copied & set(stored(folder))
    checks = 3 + len(list_parts(folder, settings))  # manifest, key and ledger, then every part before any is written
    for after in (checks + 4, checks + 8, checks + 8):
        killed = await asyncio.to_thread(run_and_kill, target, after, "restore", str(folder))
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        with pytest.raises(KizunaError):
            check_version(target.database_url or "")
    done = await asyncio.to_thread(run_and_kill, target, 0, "restore", str(folder))
    assert done.returncode == 0, done.stderr
    assert dump(target.database_url) == before
    assert await drain_restored(target) == expect_ids("a", "b", "c", "d")


def test_large_tables_are_cut_into_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 1000)
    store = make.BackupStore(str(tmp_path))
    key = parts.DataKey("k", bytes(32))
    told: list[int] = []
    whole = os.urandom(2500)
    written = parts.write_parts(store, key, [whole[:7], whole[7:]], told.append, pack=True)
    assert [part.raw_bytes for part in written] == told == [1000, 1000, 500]
    assert b"".join(parts.read_parts(store, key, written, told.append)) == whole


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Callable[[str], Installation]]:
    made: list[Installation] = []

    def install(name: str) -> Installation:
        made.append(Installation(tmp_path / name))
        return made[-1]

    yield install
    for one in made:
        one.kill()


def test_a_running_installation_is_backed_up_and_another_one_starts_from_it(
    installed: Callable[[str], Installation], tmp_path: Path
) -> None:
    first, folder = installed("first"), str(tmp_path / "backups")
    first.start()
    set_up = ("--workspace", "Tea", "--name", "Ada", "--email", "ada@example.com", "--password", "correct horse")
    assert first.run("setup", *set_up).returncode == 0
    running = first.run("backup", folder, "--json")
    assert running.returncode == 0, running.stderr
    first.stop()
    stopped = first.run("backup", folder, "--json")
    assert stopped.returncode == 0, stopped.stderr

    second = installed("second")
    refused = second.run("restore", folder)
    assert (refused.returncode, "under another vault" in refused.stderr) == (1, True), refused.stderr
    (second.folder / "vault.json").write_text((first.folder / "vault.json").read_text())
    restored = second.run("restore", folder)
    assert restored.returncode == 0, restored.stderr
    second.start()
    members = second.run("members", "list", "--json")
    assert [one["email"] for one in json.loads(members.stdout)] == ["ada@example.com"]
    (second.folder / "restoring.json").write_text("{}")
    second.stop()
    closed = second.run("up")
    assert (closed.returncode, "has not ended" in closed.stderr) == (1, True)
