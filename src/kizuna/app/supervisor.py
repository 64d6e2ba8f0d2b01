"""``kizuna up``: the database, the server and the worker as one process tree on one data folder."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from kizuna.adapters.postgres.embedded import EmbeddedPostgres, database_url
from kizuna.adapters.postgres.migrate import migrate
from kizuna.app.backup.marker import refuse_unrestored
from kizuna.kernel.errors import Conflict, Invalid, Unavailable
from kizuna.kernel.process import prepare_to_die_with_parent
from kizuna.kernel.settings import Settings

POLL_S = 0.2
SUPERVISED = "KIZUNA_SUPERVISED"
"""Set for the parts: their supervisor has brought the schema up to date already."""
STOP_TIMEOUT_S = 30
RESTART_DELAY_S = 1.0
FREE_BYTES_MIN = 200 * 1024 * 1024
WORKER_NICENESS = 5
"""Somebody waits for what the server and the database do; what the worker does can come a moment later."""

LEAN_MEMORY = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""An arena a thread is faster for programs with many busy threads; ours would only keep more memory."""

COMPILER_NICENESS = 19

Say = Callable[[str], None]


@dataclass
class _Child:
    name: str
    arguments: list[str]
    niceness: int = 0
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    once: bool = False
    """It ends by itself, and is not missed if it fails."""

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kizuna", *self.arguments],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C comes to us alone; we stop the parts in order
            preexec_fn=prepare_to_die_with_parent(),
            env=LEAN_MEMORY | os.environ | {SUPERVISED: "1"},
        )
        if self.niceness:
            os.setpriority(os.PRIO_PROCESS, self.process.pid, self.niceness)
        self.started_at = time.monotonic()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, timeout_s: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Supervisor:
    """Starts the parts in order, restarts what dies, stops them in reverse order."""

    settings: Settings
    say: Say
    reload: bool = False
    _lock: IO[str] | None = None
    _postgres: EmbeddedPostgres | None = None
    _children: list[_Child] = field(default_factory=list[_Child])
    _stopping: bool = False

    def prepare(self) -> None:
        """Locks the folder, checks port and disk, starts PostgreSQL, migrates.

        Raises ``Conflict`` or ``Invalid`` with one sentence that says what is in the way.
        """
        self._lock = lock_folder(self.settings)
        refuse_unrestored(self.settings)
        check_disk(self.settings)
        check_port(self.settings)
        if self.settings.embedded:
            self.say("starting the database")
            self._postgres = EmbeddedPostgres(self.settings.data_dir)
            self._postgres.start()
        applied = migrate(database_url(self.settings))
        if applied:
            self.say(f"database schema brought to {applied[-1]}")

    def run(self, extra: Callable[[], None] | None = None) -> None:
        """Runs until SIGTERM or Ctrl-C. ``extra`` is called once the children are started."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self.ask_to_stop())
        try:
            arguments = ["--reload"] if self.reload else []
            self._children = [
                _Child("server", ["serve", *arguments]),
                _Child("worker", ["work", *arguments], WORKER_NICENESS),
                _Child("compiler of kernels", ["compile", "--quiet"], COMPILER_NICENESS, once=True),
            ]
            for child in self._children:
                child.start()
            if extra:
                extra()
            while not self._stopping:
                self._restart_dead()
                time.sleep(POLL_S)
        finally:
            self.stop()

    def stop(self) -> None:
        """Server first, so that nothing new is acknowledged; the worker; at last the database."""
        for child in self._children:
            child.stop()
            child.wait(STOP_TIMEOUT_S)
        if self._postgres:
            self._postgres.stop()
        if self._lock:
            self._lock.close()

    def ask_to_stop(self) -> None:
        """Lets ``run`` return soon; from any thread."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        return self._stopping

    def _restart_dead(self) -> None:
        if self._postgres and self._postgres.poll() is not None:
            self.say("the database stopped; starting it again")
            try:
                self._postgres.start()
            except Unavailable as error:
                # Killed outright, it may leave a backend that holds its shared memory for a moment.
                self.say(error.message)
                time.sleep(RESTART_DELAY_S)
                return
        for child in self._children:
            assert child.process is not None
            code = child.process.poll()
            if child.once:
                continue
            if code is not None and time.monotonic() - child.started_at > RESTART_DELAY_S and not self._stopping:
                self.say(f"the {child.name} stopped (exit code {code}); starting it again")
                child.start()


def lock_folder(settings: Settings) -> IO[str]:
    """One Kizuna a folder. Raises ``Conflict`` when another has it, ``Invalid`` when it cannot be written."""
    path = settings.data_dir / "kizuna.lock"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+", encoding="utf-8")  # noqa: SIM115  # held as long as we run
    except OSError as error:
        raise Invalid(
            "data_dir_unwritable",
            f"The data folder {settings.data_dir} cannot be written: {error.strerror}. "
            "Choose another with KIZUNA_DATA_DIR, or mend its rights.",
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise Conflict(
            "already_running",
            f"Kizuna already runs on {settings.data_dir} (process {holder}). "
            "Stop it first, or choose another folder with KIZUNA_DATA_DIR.",
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def check_port(settings: Settings) -> None:
    """Raises ``Conflict`` when the port cannot be listened on."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Conflict(
                "port_in_use",
                f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}. "
                "Stop what uses it, or choose another with KIZUNA_PORT.",
            ) from error


def check_disk(settings: Settings) -> None:
    """Raises ``Invalid`` when the data folder's disk is (almost) full."""
    stat = os.statvfs(settings.data_dir)
    free = stat.f_bavail * stat.f_frsize
    if free < FREE_BYTES_MIN:
        raise Invalid(
            "disk_full",
            f"The disk of {settings.data_dir} has {free // 1_048_576} MB left; Kizuna needs "
            f"{FREE_BYTES_MIN // 1_048_576} MB to start. "
            "Free some space or choose another folder with KIZUNA_DATA_DIR.",
        )
