"""``kizuna doctor``: looks at everything an installation stands on and says what to do."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

import psycopg

from kizuna.adapters.engines import open_engine
from kizuna.adapters.lake import open_lake
from kizuna.adapters.mail import open_mailer
from kizuna.adapters.postgres.embedded import database_url
from kizuna.adapters.postgres.migrate import check_version
from kizuna.app.backup.last import find_last_backup
from kizuna.kernel.errors import KizunaError
from kizuna.kernel.mail import TransportError
from kizuna.kernel.settings import Settings

CLOCK_DRIFT_S_MAX = 2.0
POSTGRES_VERSION_MIN = 150000
FREE_SHARE_MIN = 0.05
SECRET_CHARACTERS_MIN = 32
BACKUP_DAYS_MAX = 7


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``remedy`` says what to do when it is not ok."""

    check: str
    state: Literal["ok", "warning", "broken"]
    detail: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


async def examine(settings: Settings) -> list[Finding]:
    """All checks; none stops the others."""
    checks: list[tuple[str, Callable[[Settings], Awaitable[Finding]]]] = [
        ("database", check_database),
        ("roles", check_roles),
        ("clock", check_clock),
        ("lake", check_lake),
        ("engine", check_engine),
        ("disk", check_disk),
        ("keys", check_keys),
        ("vault", check_vault),
        ("backup", check_backup),
        ("port", check_port),
        ("mail", check_mail),
    ]
    findings: list[Finding] = []
    for name, check in checks:
        try:
            findings.append(await check(settings))
        except KizunaError as error:
            findings.append(Finding(name, "broken", error.message))
        except (psycopg.Error, OSError) as error:
            findings.append(Finding(name, "broken", str(error).strip().splitlines()[-1], _start_hint(settings)))
    return findings


def _start_hint(settings: Settings) -> str:
    if settings.embedded:
        return "The embedded database runs only while `kizuna up` does; start it and ask again."
    return "Check KIZUNA_DATABASE_URL, the server and its access rules."


async def check_database(settings: Settings) -> Finding:
    url = database_url(settings)
    async with await psycopg.AsyncConnection.connect(url, connect_timeout=5) as db:
        version = db.info.server_version
    if version < POSTGRES_VERSION_MIN:
        return Finding("database", "broken", f"PostgreSQL {version // 10000}", "Kizuna needs PostgreSQL 15 or later.")
    await asyncio.to_thread(check_version, url)
    return Finding("database", "ok", f"PostgreSQL {version // 10000}, schema up to date")


async def check_roles(settings: Settings) -> Finding:
    """The application's role must not be able to pass row-level security."""
    async with await psycopg.AsyncConnection.connect(database_url(settings), connect_timeout=5) as db:
        rows = await (
            await db.execute(
                "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname LIKE 'kizuna\\_%' ORDER BY 1"
            )
        ).fetchall()
    too_strong = [name for name, strong in rows if strong]
    if len(rows) < 4:
        return Finding("roles", "broken", f"{len(rows)} of 4 roles exist", "Run `kizuna migrate`.")
    if too_strong:
        remedy = f"ALTER ROLE {too_strong[0]} NOSUPERUSER NOBYPASSRLS;"
        return Finding("roles", "broken", f"{', '.join(too_strong)} can pass row-level security", remedy)
    return Finding("roles", "ok", "row-level security cannot be passed")


async def check_clock(settings: Settings) -> Finding:
    async with await psycopg.AsyncConnection.connect(database_url(settings), connect_timeout=5) as db:
        row = await (await db.execute("SELECT clock_timestamp()")).fetchone()
    assert row is not None
    drift_s = abs((datetime.now(UTC) - row[0]).total_seconds())
    if drift_s > CLOCK_DRIFT_S_MAX:
        remedy = "Run a time service (chrony, systemd-timesyncd) on this machine and the database's."
        return Finding("clock", "warning", f"{drift_s:.1f} s apart from the database's", remedy)
    return Finding("clock", "ok", f"within {drift_s * 1000:.0f} ms of the database's")


async def check_lake(settings: Settings) -> Finding:
    lake = open_lake(settings)
    try:
        await lake.check()
    finally:
        await lake.close()
    return Finding("lake", "ok", f"{settings.lake_url} can be written, read and cleaned")


async def check_engine(settings: Settings) -> Finding:
    lake = open_lake(settings)
    engine = open_engine(settings, lake)
    try:
        version = await engine.check()
    finally:
        await engine.close()
        await lake.close()
    if engine.name == "spark":
        return Finding("engine", "ok", f"Spark {version} at {settings.engine.partition(';')[0]}")
    return Finding("engine", "ok", f"DuckDB {version}, {settings.query_memory_mb} MB a query")


async def check_disk(settings: Settings) -> Finding:
    stat = os.statvfs(settings.data_dir)
    free, share = stat.f_bavail * stat.f_frsize, stat.f_bavail / max(stat.f_blocks, 1)
    detail = f"{free // 1_073_741_824} GB free ({share:.0%}) under {settings.data_dir}"
    if share < FREE_SHARE_MIN:
        return Finding("disk", "warning", detail, "Free some space; when the disk is full, events are refused.")
    return Finding("disk", "ok", detail)


async def check_keys(settings: Settings) -> Finding:
    if len(settings.secret_key) < SECRET_CHARACTERS_MIN:
        remedy = f"Give KIZUNA_SECRET_KEY at least {SECRET_CHARACTERS_MIN} random characters."
        return Finding("keys", "warning", "the secret key is short", remedy)
    path = settings.data_dir / "secret.key"
    if path.exists() and path.stat().st_mode & 0o077:
        return Finding("keys", "warning", f"others may read {path}", f"chmod 600 {path}")
    return Finding("keys", "ok", "the secret key is long and private")


async def check_vault(settings: Settings) -> Finding:
    vault = settings.vault
    if vault.path is None:
        return Finding("vault", "ok", f"from KIZUNA_VAULT, key {vault.newest} seals")
    if vault.path.stat().st_mode & 0o077 and vault.path == settings.data_dir / "vault.json":
        return Finding("vault", "warning", f"others may read {vault.path}", f"chmod 600 {vault.path}")
    return Finding("vault", "ok", f"{vault.path} is private, key {vault.newest} seals")


async def check_backup(settings: Settings) -> Finding:
    remedy = "Run `kizuna backup DESTINATION` every day, and keep the vault apart from it."
    last = find_last_backup(settings)
    if last is None:
        return Finding("backup", "warning", "no backup of this data folder is known", remedy)
    age = datetime.now(UTC) - last[0]
    detail = f"the last is {age.days} days and {age.seconds // 3600} hours old, at {last[1]}"
    return (
        Finding("backup", "ok", detail) if age.days < BACKUP_DAYS_MAX else Finding("backup", "warning", detail, remedy)
    )


async def check_mail(settings: Settings) -> Finding:
    """Connects to the mail server and signs in; sends nothing."""
    mailer = open_mailer(settings)
    if not mailer.ready:
        remedy = "Set KIZUNA_SMTP_URL to send confirmations, links and passwords."
        return Finding("mail", "warning", "not set up, nothing is sent", remedy)
    try:
        return Finding("mail", "ok", f"{await mailer.check()} takes mail")
    except TransportError as error:
        return Finding("mail", "broken", error.message, "Check KIZUNA_SMTP_URL, and try again.")


async def check_port(settings: Settings) -> Finding:
    """Says who has the port: Kizuna itself, somebody else, or nobody."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(settings.host, settings.port), 2)
    except (OSError, TimeoutError):
        return Finding("port", "ok", f"{settings.port} is free")
    writer.write(f"GET /healthz HTTP/1.0\r\nHost: {settings.host}\r\n\r\n".encode())
    try:
        answer = await asyncio.wait_for(reader.read(4096), 2)
    except (OSError, TimeoutError):
        answer = b""
    finally:
        writer.close()
    if b'"status":"ok"' in answer:
        return Finding("port", "ok", f"Kizuna answers on {settings.port}")
    return Finding("port", "warning", f"{settings.port} is used by another program", "Choose one with KIZUNA_PORT.")
