"""Settings come from the environment, and from nowhere else.

Every ``KIZUNA_X`` may be given as ``KIZUNA_X_FILE``, the path of a file that holds the value, as
container platforms mount secrets.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kizuna.kernel.errors import Invalid
from kizuna.kernel.vault import Vault, read_or_make_vault, read_vault


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation can choose. ``SETTINGS_DOC`` explains each; the reference is made of it."""

    data_dir: Path
    database_url: str | None
    lake_url: str
    engine: str
    host: str
    port: int
    public_url: str
    secret_key: str
    vault: Vault
    log_level: str
    query_memory_mb: int
    query_timeout_s: int
    intake_queue_mb: int
    upload_mb: int
    trusted_proxies: int
    smtp_url: str | None
    mail_from: str | None
    outbound_private: bool

    @property
    def embedded(self) -> bool:
        return self.database_url is None

    @property
    def blobs_dir(self) -> Path:
        """Uploads, exports and refused rows of imports."""
        return self.data_dir / "blobs"


SETTINGS_DOC: dict[str, tuple[str, str]] = {
    "KIZUNA_DATA_DIR": ("kizuna-data", "folder of the embedded database, the lake and uploads"),
    "KIZUNA_DATABASE_URL": ("(embedded)", "a PostgreSQL 15+ URL; without it PostgreSQL runs embedded"),
    "KIZUNA_LAKE_URL": ("KIZUNA_DATA_DIR/lake", "where events are kept: a folder, s3://, gs:// or abfss://"),
    "KIZUNA_ENGINE": (
        "duckdb",
        "what computes over the lake: duckdb, or a Spark cluster as sc://host:15002 or "
        "sc://host:443/;use_ssl=true;token=…",
    ),
    "KIZUNA_HOST": ("127.0.0.1", "address the server listens on"),
    "KIZUNA_PORT": ("8100", "port the server listens on"),
    "KIZUNA_PUBLIC_URL": ("http://HOST:PORT", "the address people and SDKs use; cookies are Secure when it is https"),
    "KIZUNA_SECRET_KEY": (
        "(made in the data folder)",
        "key for signed links; set it when several machines serve",
    ),
    "KIZUNA_VAULT": (
        "(made in the data folder)",
        "keys that seal secrets in the database and name erased people: the text of `vault.json`; keep a copy "
        "apart from backups, which cannot be read without it",
    ),
    "KIZUNA_LOG_LEVEL": ("info", "debug, info, warning or error"),
    "KIZUNA_QUERY_MEMORY_MB": ("1024", "memory one SQL query may use"),
    "KIZUNA_QUERY_TIMEOUT_S": ("60", "time one SQL query may take"),
    "KIZUNA_TRUSTED_PROXIES": (
        "0",
        "how many reverse proxies stand in front; so many last entries of X-Forwarded-For are believed",
    ),
    "KIZUNA_INTAKE_QUEUE_MB": ("64", "events waiting for the database before new ones are answered 503"),
    "KIZUNA_UPLOAD_MB": ("2048", "size of the largest file that may be imported"),
    "KIZUNA_SMTP_URL": (
        "(no mail)",
        "mail server for confirmations and links: smtps://user:password@host:465, or "
        "smtp://user:password@host:587?starttls=required (or auto, never)",
    ),
    "KIZUNA_MAIL_FROM": ("no-reply@HOST", "sender of mail, such as Aoyama Tea <hello@example.com>"),
    "KIZUNA_OUTBOUND_PRIVATE": (
        "refuse",
        "whether destinations may lie in inner networks: refuse, or allow, which also lets this machine be called "
        "by plain http",
    ),
}


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Reads the environment. Raises ``Invalid`` with the name of the setting and the remedy."""
    env = os.environ if environ is None else environ
    data_dir = Path(_read(env, "KIZUNA_DATA_DIR") or "kizuna-data").absolute()
    host = _read(env, "KIZUNA_HOST") or "127.0.0.1"
    port = _read_int(env, "KIZUNA_PORT", 8100, low=1, high=65535)
    shown_host = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104  # only shown
    return Settings(
        data_dir=data_dir,
        database_url=_read(env, "KIZUNA_DATABASE_URL"),
        lake_url=_read(env, "KIZUNA_LAKE_URL") or str(data_dir / "lake"),
        engine=_read_engine(env),
        host=host,
        port=port,
        public_url=(_read(env, "KIZUNA_PUBLIC_URL") or f"http://{shown_host}:{port}").rstrip("/"),
        secret_key=_read(env, "KIZUNA_SECRET_KEY") or _read_or_make_secret(data_dir / "secret.key"),
        vault=_read_vault(env, data_dir),
        log_level=_read(env, "KIZUNA_LOG_LEVEL") or "info",
        query_memory_mb=_read_int(env, "KIZUNA_QUERY_MEMORY_MB", 1024, low=64, high=1 << 20),
        query_timeout_s=_read_int(env, "KIZUNA_QUERY_TIMEOUT_S", 60, low=1, high=86_400),
        intake_queue_mb=_read_int(env, "KIZUNA_INTAKE_QUEUE_MB", 64, low=1, high=16_384),
        upload_mb=_read_int(env, "KIZUNA_UPLOAD_MB", 2048, low=1, high=1 << 20),
        trusted_proxies=_read_int(env, "KIZUNA_TRUSTED_PROXIES", 0, low=0, high=16),
        smtp_url=_read(env, "KIZUNA_SMTP_URL"),
        mail_from=_read(env, "KIZUNA_MAIL_FROM"),
        outbound_private=_read_choice(env, "KIZUNA_OUTBOUND_PRIVATE", ("refuse", "allow")) == "allow",
    )


def _read(env: Mapping[str, str], name: str) -> str | None:
    path = env.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip() or None
        except OSError as error:
            raise Invalid(
                "setting_file_unreadable", f"{name}_FILE names {path}, which cannot be read: {error.strerror}."
            ) from error
    return env.get(name) or None


def _read_int(env: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    text = _read(env, name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise Invalid("setting_invalid", f"{name} must be a whole number from {low} to {high}, but is {text!r}.")
    return value


def _read_choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of the choices, of which the first is the default."""
    text = _read(env, name) or choices[0]
    if text not in choices:
        raise Invalid("setting_invalid", f"{name} must be {' or '.join(choices)}, but is {text!r}.")
    return text


_SPARK_URL = re.compile(r"sc://(\[[0-9A-Fa-f:]+\]|[^\s/:;@\[\]]+)(:[0-9]{1,5})?(/?|/(;[a-z_]+=[^;\s]*)+)")


def _read_engine(env: Mapping[str, str]) -> str:
    text = _read(env, "KIZUNA_ENGINE") or "duckdb"
    if text != "duckdb" and not _SPARK_URL.fullmatch(text):
        # What follows may be a token.
        shown = text.partition(";")[0]
        raise Invalid(
            "setting_invalid",
            "KIZUNA_ENGINE must be duckdb, or the address of a Spark Connect server as sc://host:15002, "
            f"but is {shown!r}.",
        )
    return text


def _read_vault(env: Mapping[str, str], data_dir: Path) -> Vault:
    given = _read(env, "KIZUNA_VAULT")
    if not given:
        return read_or_make_vault(data_dir / "vault.json")
    path = env.get("KIZUNA_VAULT_FILE")
    return replace(read_vault(given), path=Path(path) if path else None)


def _read_or_make_secret(path: Path) -> str:
    """A key for this data folder, made on first use and readable by its owner only."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        pass  # made below, or refused with the reason
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = secrets.token_hex(32)
        # O_EXCL: of two processes that start together one makes the key and the other reads it.
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return text
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Invalid(
            "data_dir_unwritable",
            f"The data folder {path.parent} cannot be written: {error.strerror}. "
            "Choose another with KIZUNA_DATA_DIR, or mend its rights or free space on its disk.",
        ) from error
