"""A whole Kizuna, started as people start it, on a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
import psycopg

from kizuna.adapters.lake.core import LakeCore
from kizuna.adapters.postgres.embedded import EmbeddedPostgres
from kizuna.domains.collect.service.upkeep import UNMERGED_FILES_MAX

PASSWORD = "correct horse battery"
START_S = 120
QUIET_CPU = 0.15
"""Of one processor, all processes together: what an idle Kizuna takes at most."""


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Kizuna:
    """``with Kizuna() as kizuna:`` starts ``kizuna up``, or another command, and stops it at the end."""

    port: int = field(default_factory=find_free_port)
    environment: dict[str, str] = field(default_factory=dict[str, str])
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="kizuna-bench-")))
    keep: bool = False
    command: str = "up"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Kizuna":
        self.folder.chmod(0o755)
        self.start()
        return self

    def start(self) -> None:
        """Starts and waits until it serves."""
        environment = os.environ | self.environment
        environment |= {"KIZUNA_DATA_DIR": str(self.folder), "KIZUNA_PORT": str(self.port)}
        environment.setdefault("KIZUNA_LOG_LEVEL", "warning")
        with open(self.folder / "log.txt", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kizuna", self.command],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"kizuna did not start: {(self.folder / 'log.txt').read_text()[-2000:]}")
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def __exit__(self, *_: object) -> None:
        self.stop()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(90)
            except subprocess.TimeoutExpired:
                for child in self.children():
                    child.kill()
                self.process.kill()

    def set_up(self) -> "Owner":
        """Makes the workspace; signs its owner in."""
        client = httpx.Client(base_url=self.url, timeout=30)
        made = client.post(
            "/api/setup",
            json={
                "workspace_name": "Bench",
                "owner_name": "Ada",
                "email": "ada@example.com",
                "password": PASSWORD,
                "time_zone": "Asia/Tokyo",
                "currency": "JPY",
                "week_start": "monday",
                "language": "en",
                "country": "JP",
            },
        )
        made.raise_for_status()
        client.headers["X-CSRF-Token"] = client.get("/api/me").json()["csrf_token"]
        return Owner(client)

    def database(self) -> psycopg.Connection[Any]:
        return psycopg.connect(EmbeddedPostgres(self.folder).url, autocommit=True)

    def children(self) -> list[psutil.Process]:
        assert self.process is not None
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def find_process(self, word: str) -> psutil.Process | None:
        """The youngest process of ours whose command line has ``word`` in it."""
        found: list[psutil.Process] = []
        for child in self.children():
            try:
                if word in child.cmdline() or word == child.name():
                    found.append(child)
            except psutil.Error:
                continue
        return found[-1] if found else None

    def memory_mb(self) -> float:
        """What all processes take together; pages they share count once."""
        total = 0.0
        for process in [psutil.Process(self.process.pid), *self.children()] if self.process else []:
            try:
                total += process.memory_full_info().pss / 1e6
            except psutil.Error:
                continue
        return total

    def wait_until_empty(self, timeout_s: float = 600) -> float:
        """Waits until the inbox is empty; how long that took."""
        start = time.perf_counter()
        with self.database() as db:
            while db.execute("SELECT EXISTS (SELECT FROM collect_inbox)").fetchone() != (False,):
                if time.perf_counter() - start > timeout_s:
                    raise TimeoutError("the inbox does not get empty")
                time.sleep(0.1)
        return time.perf_counter() - start

    def wait_until_quiet(self, timeout_s: float = 900, *, merged: bool = True) -> None:
        """Waits until what the last load left to do is done: small files are joined a minute or two later, if there
        are enough of them in one month."""
        deadline = time.monotonic() + timeout_s
        quiet = 0
        while quiet < 3:
            if time.monotonic() > deadline:
                raise TimeoutError("Kizuna does not come to rest")
            before = self._cpu_s()
            time.sleep(1)
            quiet = quiet + 1 if self._cpu_s() - before < QUIET_CPU and not (merged and self._waits_for_merge()) else 0

    def _waits_for_merge(self) -> bool:
        state = LakeCore(str(self.folder / "lake"), None, 64).table_state(1, "events")
        return state is not None and state.unmerged_files >= UNMERGED_FILES_MAX

    def _cpu_s(self) -> float:
        spent = 0.0
        for child in self.children():
            with suppress(psutil.Error):
                times = child.cpu_times()
                spent += times.user + times.system
        return spent


@dataclass
class Owner:
    """Who may do everything; ``with owner:`` closes the connections."""

    client: httpx.Client

    def __enter__(self) -> "Owner":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def add_source(self, kind: str = "server", touchpoint: str = "web") -> dict[str, Any]:
        answer = self.client.post(
            "/api/collect/sources", json={"name": f"{kind} {touchpoint}", "kind": kind, "touchpoint": touchpoint}
        )
        answer.raise_for_status()
        return answer.json()


class MemoryWatch(threading.Thread):
    """Notes the most memory that was taken."""

    def __init__(self, kizuna: Kizuna) -> None:
        super().__init__(daemon=True)
        self.kizuna = kizuna
        self.most_mb = 0.0
        self._finished = threading.Event()

    def run(self) -> None:
        while not self._finished.wait(1.0):
            self.most_mb = max(self.most_mb, self.kizuna.memory_mb())

    def finish(self) -> float:
        self._finished.set()
        self.join()
        return self.most_mb


class CpuWatch:
    """``with CpuWatch() as watch:`` tells in ``watch.stolen`` which share of the machine's CPU time its host
    gave to others. A virtual machine is told so by the kernel; a real one always has 0."""

    stolen = 0.0

    def __enter__(self) -> Self:
        self._before = psutil.cpu_times()
        return self

    def __exit__(self, *_: object) -> None:
        after = psutil.cpu_times()
        spent = sum(after[:8]) - sum(self._before[:8])  # guests are part of user
        stolen = getattr(after, "steal", 0.0) - getattr(self._before, "steal", 0.0)
        self.stolen = stolen / spent if spent else 0.0


@contextmanager
def running_prototype() -> Iterator[str]:
    """The address of ``prototype.py``, on a PostgreSQL of its own with Kizuna's settings."""
    folder = Path(tempfile.mkdtemp(prefix="kizuna-bench-"))
    folder.chmod(0o755)
    database = EmbeddedPostgres(folder)
    database.start()
    port = find_free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "--no-log"),
            "benchmarks.load.prototype:app",
        ],
        env=os.environ | {"PROTOTYPE_DATABASE": database.url},
    )
    try:
        _wait_for_answer(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_answer(url: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            httpx.get(url, timeout=2)
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
