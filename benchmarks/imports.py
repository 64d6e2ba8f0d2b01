"""Imports: 1,469,307 order lines from a file to the lake, through the HTTP API of a running `kizuna up`."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psutil

from benchmarks.report import Result, write_results
from kizuna.app.api_client import ApiClient
from kizuna.app.demo import count_events, describe_workspace
from kizuna.app.demo_data import ORDER_MAPPING, DemoData

POLL_S = 0.2
BUDGET_S = 60
BASKETS = 155_848


@contextmanager
def running(folder: Path) -> Iterator[tuple[ApiClient, psutil.Process]]:
    """A fresh installation, signed in; and its supervisor."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"KIZUNA_DATA_DIR": str(folder / "data"), "KIZUNA_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "kizuna", "up"], env=environment, stderr=subprocess.DEVNULL)
    try:
        client = ApiClient(f"http://127.0.0.1:{port}")
        client.wait_until_ready(60)
        client.post("/api/setup", describe_workspace(secrets.token_urlsafe(12)))
        client.learn_token()
        yield client, psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


class Memory:
    """The most that the worker took; pages it shares with others count in part."""

    def __init__(self, supervisor: psutil.Process) -> None:
        children = supervisor.children()
        self._worker = next(one for one in children if "work" in one.cmdline())
        self.start = self.peak = self._worker.memory_full_info().pss

    def look(self) -> None:
        self.peak = max(self.peak, self._worker.memory_full_info().pss)


def measure(client: ApiClient, path: Path, mapping: dict[str, str], look: Callable[[], None]) -> dict[str, float]:
    """Seconds from the first byte of the upload until the last order is in the lake, by step."""
    before = _orders(client)
    started = time.perf_counter()
    upload = client.upload(path, lambda sent: None)
    uploaded = time.perf_counter()
    body = {"upload_id": upload["id"], "kind": "orders", "mapping": mapping}
    job: dict[str, Any] = client.post("/api/collect/imports", body)
    while job["state"] in ("queued", "running"):
        time.sleep(POLL_S)
        look()
        job = client.get(f"/api/jobs/{job['id']}")
    assert job["state"] == "done", job
    sent = time.perf_counter()
    new = job["result"]["events_sent"]
    while _orders(client) < before + new:
        time.sleep(POLL_S)
        look()
    end = time.perf_counter()
    return {"upload": uploaded - started, "job": sent - uploaded, "all": end - started, "new": new}


def _orders(client: ApiClient) -> int:
    return dict(count_events(client)).get("Order Completed", 0)


def run() -> None:
    folder = Path(tempfile.mkdtemp(prefix="kizuna-bench-"))
    try:
        lines, table = folder / "order-lines.parquet", folder / "order-lines.csv"
        DemoData().write_orders(lines)
        duckdb.execute(f"COPY (SELECT * FROM '{lines}') TO '{table}' (FORMAT csv, HEADER)")
        with running(folder) as (client, supervisor):
            memory = Memory(supervisor)
            csv = measure(client, table, ORDER_MAPPING, memory.look)
            again = measure(client, table, ORDER_MAPPING, memory.look)
        assert csv["new"] == BASKETS, csv
        assert again["new"] == 0, again
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    megabyte = 1_048_576
    write_results(
        "imports",
        [
            Result("1,469,307 order lines (CSV) into the lake", csv["all"], "s", "lower", BUDGET_S),
            Result("  of it the upload", csv["upload"], "s", "lower"),
            Result("  of it the import job", csv["job"], "s", "lower"),
            Result("the same file again (nothing changes)", again["all"], "s", "lower"),
            Result("worker's peak above idle", (memory.peak - memory.start) / megabyte, "MB", "lower", 500),
        ],
    )
