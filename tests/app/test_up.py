"""`kizuna up` on a real folder: starts, refuses what is in its way, stops in order, comes back after a kill."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.installation import START_TIMEOUT_S, Installation, wait_for


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path / "data")
    yield made
    made.kill()


def test_it_starts_serves_and_stops_leaving_nothing_behind(installation: Installation) -> None:
    installation.start()
    assert installation.process
    tree = psutil.Process(installation.process.pid).children(recursive=True)
    names = {name for child in tree for name in (" ".join(child.cmdline()),)}

    assert installation.get("/healthz") == {"status": "ok"}
    assert any("postgres" in name for name in names)
    assert any(name.endswith("work") for name in names)
    assert installation.stop() == 0
    assert not [child for child in tree if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_a_second_up_on_the_same_folder_says_who_has_it(installation: Installation) -> None:
    installation.start()
    assert installation.process

    second = installation.run("up")

    assert second.returncode == 1
    assert f"already runs on {installation.folder} (process {installation.process.pid})" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1


def test_a_used_port_is_named(installation: Installation) -> None:
    with closing(socket.socket()) as holder:
        holder.bind(("127.0.0.1", installation.port))
        holder.listen()

        refused = installation.run("up")

    assert refused.returncode == 1
    assert f"Port {installation.port} on 127.0.0.1 cannot be used" in refused.stderr
    assert "KIZUNA_PORT" in refused.stderr


def test_a_folder_that_cannot_be_written_is_refused(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    refused = installation.run("up", KIZUNA_DATA_DIR=str(tmp_path / "file" / "data"))

    assert refused.returncode == 1
    assert "cannot be written" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists() or os.geteuid() != 0, reason="needs root to mount a full disk")
def test_a_full_disk_is_refused_before_anything_is_made(installation: Installation, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        refused = installation.run("up", KIZUNA_DATA_DIR=str(small / "data"))
    finally:
        subprocess.run(["umount", str(small)], check=True)

    assert refused.returncode == 1
    assert "MB left" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_database_of_a_newer_version_is_not_touched(installation: Installation) -> None:
    installation.start()
    with psycopg.connect(embedded_url(installation), autocommit=True) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    installation.stop()

    refused = installation.run("up")

    assert refused.returncode == 1
    assert "made by a newer Kizuna (schema 9999)" in refused.stderr


def test_whatever_is_killed_comes_back(installation: Installation) -> None:
    installation.start()
    assert installation.process
    for part in ("postgres", "serve", "work"):
        wait_for(lambda part=part: find_part(installation, part) is not None)
        victim = find_part(installation, part)
        assert victim is not None
        victim.kill()
        wait_for(lambda victim=victim: not victim.is_running() or victim.status() == psutil.STATUS_ZOMBIE)
        installation.wait_until_ready()

    assert installation.stop() == 0


def find_part(installation: Installation, part: str) -> psutil.Process | None:
    """A child that runs as ``part`` now; what was killed may still be listed without a command line."""
    assert installation.process
    for child in psutil.Process(installation.process.pid).children():
        with suppress(psutil.Error):
            if part in " ".join(child.cmdline()[:4]):
                return child
    return None


def test_after_a_killed_supervisor_up_starts_again(installation: Installation) -> None:
    installation.start()
    assert installation.process
    orphans = psutil.Process(installation.process.pid).children(recursive=True)
    installation.process.kill()
    installation.process.communicate()
    psutil.wait_procs(orphans, timeout=START_TIMEOUT_S)

    installation.start()

    assert installation.stop() == 0


def test_doctor_finds_nothing_broken_while_it_runs(installation: Installation) -> None:
    installation.start()

    report = installation.run("doctor", "--json")

    findings = {finding["check"]: finding for finding in json.loads(report.stdout)}
    assert report.returncode == 0, report.stdout
    assert findings["roles"]["detail"] == "row-level security cannot be passed"
    assert findings["port"]["detail"] == f"Kizuna answers on {installation.port}"


def test_doctor_says_what_to_do_when_the_database_is_away(installation: Installation) -> None:
    report = installation.run("doctor")

    assert report.returncode == 1
    assert "✗ database" in report.stdout
    assert "start it and ask again" in report.stdout


def embedded_url(installation: Installation) -> str:
    from kizuna.adapters.postgres.embedded import EmbeddedPostgres

    return EmbeddedPostgres(installation.folder).url
