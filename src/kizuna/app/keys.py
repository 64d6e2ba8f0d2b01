"""``kizuna keys rotate``: a new key for the vault, and everything sealed by it anew, while Kizuna runs.

The new key is in the vault before anything is sealed by it, and the old ones leave it after nothing is
sealed by them any more. Killed in between, the same command goes on. Running processes read the vault's file
again when it changes (``kernel.vault``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from kizuna.adapters.postgres.copying import APPLICATION, Connection, owner_connection
from kizuna.adapters.postgres.embedded import database_url
from kizuna.app.access import database_at_hand
from kizuna.app.modules import load_registry
from kizuna.kernel.errors import Conflict, Invalid
from kizuna.kernel.settings import Settings
from kizuna.kernel.vault import Vault, write_vault

ROWS_AT_ONCE = 500
WAIT_S_MAX = 60.0
POLL_S = 0.2
LOCK = 1667198840

TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"
MOMENT = "SELECT clock_timestamp()"

# Whoever sealed by the old key before the vault changed may not have committed yet.
COUNT_OLDER = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> %(backup)s
      AND xact_start < %(at)s
"""

# The bytes 2 to 5 of a sealed value are the id of its key.
FIND_OLD = """
    SELECT ctid::text, {column} FROM {table}
    WHERE {column} IS NOT NULL AND substring({column} FROM 2 FOR 4) <> %(newest)s AND ctid > %(after)s::tid
    ORDER BY ctid LIMIT %(limit)s FOR UPDATE
"""
COUNT_OLD = """
    SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND substring({column} FROM 2 FOR 4) <> %(newest)s
"""
WRITE = "UPDATE {table} SET {column} = %(sealed)s WHERE ctid = %(ctid)s::tid"


@dataclass
class Resealed:
    values: int = 0
    broken: int = 0
    """Values that no key of the vault opens."""


Say = Callable[[str], None]


def rotate_keys(settings: Settings, *, keep_old: bool, reseal_only: bool, say: Say) -> str | None:
    """Rotates the vault of the data folder. Of a vault that comes from the environment it returns the text to
    set instead: first with the new key in front, then, with ``reseal_only``, without the old ones."""
    with database_at_hand(settings), owner_connection(database_url(settings), "sealing secrets anew") as db:
        row = db.execute(TRY_LOCK, (LOCK,)).fetchone()
        if not (row and row[0]):
            raise Conflict("rotation_running", "Another rotation of keys is under way; let it end first.")
        if settings.vault.path != settings.data_dir / "vault.json":
            return _rotate_given(settings, db, keep_old=keep_old, reseal_only=reseal_only, say=say)
        if reseal_only:
            raise Invalid(
                "arguments", "--reseal is for a vault from KIZUNA_VAULT; `kizuna keys rotate` does it all here."
            )
        _rotate_own(settings, db, keep_old=keep_old, say=say)
        return None


def _rotate_own(settings: Settings, db: Connection, *, keep_old: bool, say: Say) -> None:
    path = settings.data_dir / "vault.json"
    vault = settings.vault.present()
    if len(vault.keys) > 1 and _count_old(db, vault):
        say(f"going on with the rotation to key {vault.newest}")
    else:
        vault = vault.rotate()
        write_vault(vault, path)
        say(f"key {vault.newest} is in {path}; running processes take it up by themselves")
    done = reseal(db, vault)
    _wait_for_older(db, say)
    done.values += reseal(db, vault).values
    say(f"{done.values:,} secrets are sealed anew")
    if keep_old or len(vault.keys) == 1:
        return
    _refuse_broken(done)
    write_vault(vault.without_old_keys(), path)
    say("the old keys are gone; keep the copy of the old vault as long as backups that were made under it")


def _rotate_given(settings: Settings, db: Connection, *, keep_old: bool, reseal_only: bool, say: Say) -> str | None:
    vault = settings.vault.present()
    if not reseal_only:
        say("1. set KIZUNA_VAULT on every machine to what is printed, and start servers and workers again")
        say("2. then run `kizuna keys rotate --reseal`")
        return vault.rotate().write()
    done = reseal(db, vault)
    _wait_for_older(db, say)
    done.values += reseal(db, vault).values
    say(f"{done.values:,} secrets are sealed anew")
    _refuse_broken(done)
    if keep_old or len(vault.keys) == 1:
        return None
    say("set KIZUNA_VAULT on every machine to what is printed: the old keys are not needed any more, but by backups")
    return vault.without_old_keys().write()


def reseal(db: Connection, vault: Vault) -> Resealed:
    """Seals by the newest key what an older one sealed, a few rows a transaction."""
    done = Resealed()
    for table, column, purpose in load_registry().sealed_columns:
        after: str | None = "(0,0)"
        while after is not None:
            with db.transaction():
                after = _reseal_some(db, vault, (table, column, purpose), after, done)
    return done


def _reseal_some(db: Connection, vault: Vault, place: tuple[str, str, str], after: str, done: Resealed) -> str | None:
    table, column, purpose = place
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    rows = db.execute(
        sql.SQL(FIND_OLD).format(**names), {"newest": _newest(vault), "after": after, "limit": ROWS_AT_ONCE}
    ).fetchall()
    for ctid, sealed in rows:
        try:
            plain = vault.unseal(bytes(sealed), purpose)
        except Invalid:
            done.broken += 1
            continue
        db.execute(sql.SQL(WRITE).format(**names), {"sealed": vault.seal(plain, purpose), "ctid": ctid})
        done.values += 1
    return rows[-1][0] if len(rows) == ROWS_AT_ONCE else None


def _count_old(db: Connection, vault: Vault) -> int:
    count = 0
    for table, column, _ in load_registry().sealed_columns:
        names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
        query = sql.SQL(COUNT_OLD).format(**names)
        row: Any = db.execute(query, {"newest": _newest(vault)}).fetchone()
        count += row[0]
    return count


def _newest(vault: Vault) -> bytes:
    return vault.newest.to_bytes(4, "big")


def _wait_for_older(db: Connection, say: Say) -> None:
    """Returns once nothing that began before now is under way. Raises ``Conflict`` when that takes too long."""
    row: Any = db.execute(MOMENT).fetchone()
    deadline = time.monotonic() + WAIT_S_MAX
    said = False
    while True:
        older: Any = db.execute(COUNT_OLDER, {"at": row[0], "backup": APPLICATION}).fetchone()
        if not older[0]:
            return
        if time.monotonic() > deadline:
            raise Conflict(
                "rotation_waits",
                f"{older[0]} transactions of before the rotation are still under way, so the old keys stay; "
                "run the same command again later, it goes on where it stopped.",
            )
        if not said:
            say("waiting for transactions of before")
            said = True
        time.sleep(POLL_S)


def _refuse_broken(done: Resealed) -> None:
    if done.broken:
        raise Conflict(
            "rotation_incomplete",
            f"{done.broken} secrets are sealed by keys that the vault lacks; the old keys stay. Restore the vault that "
            "has their keys and run this again, or enter those secrets anew.",
        )
