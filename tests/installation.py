"""A real `kizuna up` on a scratch folder and a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

START_TIMEOUT_S = 60


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Installation:
    """One data folder and what runs on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "KIZUNA_DATA_DIR": str(self.folder),
            "KIZUNA_PORT": str(self.port),
            "PYTHONWARNINGS": "default",
        }

    def run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kizuna", *arguments],
            env=self.environment | changes,
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kizuna", "up"],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            try:
                return self.get("/readyz") == {"status": "ready"}
            except OSError:
                return False

        wait_for(ready)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return json.load(answer)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        _, self.stderr = self.process.communicate(timeout=START_TIMEOUT_S)
        return self.process.returncode

    def kill(self) -> None:
        """Ends it with its children, in whatever state it is."""
        if self.process is None or self.process.poll() is not None:
            return
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        for child in children:
            if child.is_running():
                child.kill()
        self.process.communicate()


def wait_for(condition: Any, timeout_s: float = START_TIMEOUT_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s} s")
        time.sleep(0.1)  # polls another process
